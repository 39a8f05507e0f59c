/** What the results of repairs are called where nobody gives them a name. */
import { basename, dirname, extname, join } from 'node:path';

/** The name of the MP4 that is made of a damaged one, beside it. */
export function repairedPath(path: string): string {
  return join(dirname(path), `${basename(path, extname(path))}.repaired.mp4`);
}

/** The name of a file in which something is set right or left out, beside it. `ending`: where it has none. */
export function fixedPath(path: string, ending = ''): string {
  const own = extname(path);
  return join(dirname(path), `${basename(path, own)}${fixedMark}${own || ending}`);
}

/** Before the ending of such a name. */
export const fixedMark = '.fixed';
