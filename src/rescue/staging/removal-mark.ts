/**
 * The mark that the staging files of a recording are being removed, because its MP4 is complete: `.info` under another name. Who
 * finds it goes on with that. How they are removed is not known here.
 */
import { basename, dirname, join } from 'node:path';
import { pathKind } from '../../io/directory.ts';
import { hiddenName } from '../../io/hidden-name.ts';

const ending = 'removed';

/** Where the mark of a recording is. */
export function removalMarkOf(recording: string): string {
  return join(dirname(recording), hiddenName(basename(recording), ending));
}

/** Whether an earlier run was stopped while it removed the staging files. */
export function isRemovalBegun(recording: string): boolean {
  return pathKind(removalMarkOf(recording)) !== undefined;
}

/** Whether the name of a hidden file is that of such a mark. */
export function isRemovalMark(name: string): boolean {
  return name.endsWith(`.salvor-${ending}`);
}
