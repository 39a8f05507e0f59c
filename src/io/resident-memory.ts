/** How much memory another process has resident, where the system tells; and letting go of what this one no longer uses. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { readFileSync } from './file-system.ts';

/** Bytes; 0 where nothing tells. */
export function residentBytesOf(processNumber: number): number {
  try {
    const status = readFileSync(`/proc/${processNumber}/status`, 'latin1');
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}

/**
 * Has V8 collect what is no longer used, where much is: it would let it lie until its heap has grown several times over, and
 * what is done next would be added to it. `enough`: bytes below which nothing is done.
 */
export function collectGarbage(enough: number): void {
  if (process.memoryUsage.rss() < enough) return;
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
}
