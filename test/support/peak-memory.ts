/**
 * Loaded into a program under test before the program itself (`node --import`): at its exit it writes the most memory
 * the process ever had resident, in bytes, to file descriptor 3. Not for tests to import.
 *
 * /proc's VmHWM belongs to the program alone. getrusage's ru_maxrss would not do: Linux carries into it, over exec, the
 * size of the process that forked, here the test runner.
 */
import { readFileSync, writeSync } from 'node:fs';

function peakMemoryBytes(): number {
  try {
    const kibibytes = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
    if (kibibytes !== undefined) return Number(kibibytes) * 1024;
  } catch {
    // Not Linux: the figure may include the parent's.
  }
  return process.resourceUsage().maxRSS * 1024;
}

process.on('exit', () => writeSync(3, String(peakMemoryBytes())));
