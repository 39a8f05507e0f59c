/**
 * Which process has a file open to write to it. A recording may stand still for long, because its publisher paused or its
 * recorder gathers bytes before it writes them: then neither size nor time tells that it goes on. Linux tells who has what
 * open, to root of all processes and to everybody else of their own; where nothing is told, nothing is known here.
 */
import { fstatSync, readdirSync, readFileSync, readlinkSync, realpathSync, statSync, type Stats } from 'node:fs';
import { basename, join } from 'node:path';
import type { FileSource } from './file-source.ts';

/** The number of a process other than this one that may write to the file; undefined where none is known. */
export function processWritingTo(source: FileSource): number | undefined {
  const file = fstatSync(source.descriptor);
  const name = told(() => basename(realpathSync(source.path)));
  if (name === undefined) return undefined;
  const processes = told(() => readdirSync('/proc')) ?? [];
  for (const entry of processes) {
    if (!/^\d+$/.test(entry) || Number(entry) === process.pid) continue;
    const descriptors = told(() => readdirSync(join('/proc', entry, 'fd'))) ?? [];
    if (descriptors.some((descriptor) => mayWrite(entry, descriptor, name, file))) return Number(entry);
  }
  return undefined;
}

/** Whether a descriptor of a process is open to write to the file. The path may be another one in a container. */
function mayWrite(entry: string, descriptor: string, name: string, file: Stats): boolean {
  const link = join('/proc', entry, 'fd', descriptor);
  // By name first: to ask for the state of everything that is open could wait for a network disk that is gone.
  const target = told(() => readlinkSync(link));
  if (target === undefined || basename(target) !== name) return false;
  const open = told(() => statSync(link));
  if (open?.ino !== file.ino || open.dev !== file.dev) return false;
  const state = told(() => readFileSync(join('/proc', entry, 'fdinfo', descriptor), 'latin1')) ?? '';
  const flags = Number.parseInt(/^flags:\s*([0-7]+)$/m.exec(state)?.[1] ?? '0', 8);
  return (flags & accessMode) !== 0;
}

/** Of the flags that a file was opened with: 0 is to read only. */
const accessMode = 3;

/** Processes end and close while one looks, and not everybody may look. */
function told<T>(ask: () => T): T | undefined {
  try {
    return ask();
  } catch {
    return undefined;
  }
}
