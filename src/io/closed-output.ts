/** Whether the standard output goes nowhere because it was closed (`>&-`). Who writes to it, and what, is not known here. */
import { readFileSync, readlinkSync } from './file-system.ts';

/** How a descriptor of both directions shows in Linux' fdinfo: the last octal digit holds the access mode. */
const readAndWrite = /^flags:\s*\d*2$/m;

/**
 * Whether descriptor 1 is what Node.js puts in place of a closed one as it starts: `/dev/null`, opened to read and to write.
 * A shell's `> /dev/null` opens it to write alone and is not meant; some programs (daemons, Python's `DEVNULL`, Node's own
 * `ignore`) open it to both, which cannot be told from a closed one. False where the system does not tell.
 */
export function isOutputClosed(): boolean {
  try {
    return (
      readlinkSync('/proc/self/fd/1') === '/dev/null' &&
      readAndWrite.test(readFileSync('/proc/self/fdinfo/1', 'latin1'))
    );
  } catch {
    return false;
  }
}
