/** What the results of repairs are called where nobody gives them a name. */
import { basename, dirname, extname, join } from 'node:path';

/** The name of the MP4 that is made of a damaged one, beside it. */
export function repairedPath(path: string): string {
  return join(dirname(path), `${basename(path, extname(path))}.repaired.mp4`);
}
