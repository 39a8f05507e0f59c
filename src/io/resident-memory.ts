/** How much memory another process has resident, where the system tells. */
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
