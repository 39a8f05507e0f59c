/**
 * The folders that a sweep itself writes to: what was put aside is done with, and what was made is for others, even where they
 * lie within the tree, whatever links lead to them.
 */
import { join } from 'node:path';
import { realPathOf } from '../../io/links.ts';
import type { Candidate } from './candidates.ts';
import type { Policy } from './worker-messages.ts';

/** Whether a candidate lies in one of them. */
export function inOwnFolders({ keep, output }: Policy): (candidate: Pick<Candidate, 'realPath'>) => boolean {
  const folders = [keep, output].flatMap((folder) => (folder === undefined ? [] : join(realPathOf(folder), '/')));
  return ({ realPath }) => folders.some((folder) => realPath.startsWith(folder));
}
