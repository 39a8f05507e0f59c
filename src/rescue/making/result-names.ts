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

/**
 * The path of a result beside `taken`, its usual path, which is that of another recording's result: `rec.mov` →
 * `rec.mov.repaired.mp4`. `ending`: what stands behind the name of the recording.
 */
export function pathByWholeName(path: string, taken: string, ending = '.repaired.mp4'): string {
  return join(dirname(taken), `${basename(path)}${ending}`);
}

/**
 * Where the results of several recordings go, by recording: to the usual path, but for one whose usual path is that of another
 * of them with another name. Two of one name in different directories keep what they have in common.
 */
export function resultPaths(paths: readonly string[], usualPath: (path: string) => string): Map<string, string> {
  const results = new Map<string, string>();
  const takenBy = new Map<string, string>();
  for (const path of paths) {
    const usual = usualPath(path);
    const other = takenBy.get(usual);
    const isOther = other !== undefined && basename(other) !== basename(path);
    const result = isOther ? pathByWholeName(path, usual) : usual;
    results.set(path, result);
    if (!takenBy.has(result)) takenBy.set(result, path);
  }
  return results;
}
