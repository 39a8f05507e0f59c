/**
 * Which process has a file open to write to it. A recording may stand still for long, because its publisher paused or its
 * recorder gathers bytes before it writes them: then neither size nor time tells that it goes on. Linux tells who has what
 * open, to root of all processes and to everybody else of their own; where nothing is told, nothing is known here.
 */
import { readdirSync, readFileSync, readlinkSync, realpathSync, statSync, type Stats } from './file-system.ts';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SalvorError, throwIfInterrupted } from '../media/errors.ts';
import type { FileSource } from './file-source.ts';

/** A process that may write to a file. */
export interface WritingProcess {
  readonly process: number;
  /** The file, by the path that was asked about. */
  readonly path: string;
}

/** An open file of another process. */
interface Descriptor {
  /** Names in /proc: of the process, and of the descriptor in its `fd`. */
  readonly process: string;
  readonly descriptor: string;
}

/** What other processes have open, by the last part of its path; when that was looked at and how long it took, in milliseconds. */
let census:
  | { readonly taken: number; readonly took: number; readonly byName: ReadonlyMap<string, readonly Descriptor[]> }
  | undefined;

/**
 * How old the census may be, in milliseconds: ten times what it took, so that it costs no more than a tenth of the time, and
 * a second at most. On a server with thousands of connections it takes longer than the work on a small file. One that opens
 * a file within this time is missed like one that opens it right after the look: the comparison of the file's states at
 * the end is for both.
 */
function censusLasts(took: number): number {
  return Math.min(1000, 10 * took);
}

/** `fresh`: no earlier one will do. */
function takeCensus(fresh: boolean): ReadonlyMap<string, readonly Descriptor[]> {
  if (!fresh && census !== undefined && performance.now() - census.taken < censusLasts(census.took)) {
    return census.byName;
  }
  const byName = new Map<string, Descriptor[]>();
  const taken = performance.now();
  for (const entry of ifReadable(() => readdirSync('/proc')) ?? []) {
    if (!/^\d+$/.test(entry) || Number(entry) === process.pid) continue;
    for (const descriptor of ifReadable(() => readdirSync(`/proc/${entry}/fd`)) ?? []) {
      const target = ifReadable(() => readlinkSync(`/proc/${entry}/fd/${descriptor}`));
      // Sockets, pipes and the like have no path.
      if (target?.startsWith('/') !== true) continue;
      const name = basename(target);
      const open = byName.get(name);
      if (open === undefined) byName.set(name, [{ process: entry, descriptor }]);
      else open.push({ process: entry, descriptor });
    }
  }
  census = { taken, took: performance.now() - taken, byName };
  return byName;
}

/**
 * A process other than this one that may write to one of the files; undefined where none is known. `fresh`: looks
 * now; otherwise one that opened it within the last second may be missed.
 */
export function writerOf(paths: readonly string[], fresh = false): WritingProcess | undefined {
  const regular = paths.flatMap((path) => {
    const file = ifReadable(() => statSync(path));
    const name = ifReadable(() => basename(realpathSync(path)));
    return file?.isFile() === true && name !== undefined ? [{ path, file, name }] : [];
  });
  if (regular.length === 0) return undefined;
  const open = takeCensus(fresh);
  for (const { path, file, name } of regular) {
    // By name first: to ask for the state of everything that is open could wait for a network disk that is gone. The path
    // may be another one in a container.
    const writer = open.get(name)?.find((each) => mayWrite(each.process, each.descriptor, file));
    if (writer !== undefined) return { process: Number(writer.process), path };
  }
  return undefined;
}

/** Whether a descriptor of a process is open to write to the file. */
function mayWrite(entry: string, descriptor: string, file: Stats): boolean {
  const open = ifReadable(() => statSync(join('/proc', entry, 'fd', descriptor)));
  if (open?.ino !== file.ino || open.dev !== file.dev) return false;
  const state = ifReadable(() => readFileSync(join('/proc', entry, 'fdinfo', descriptor), 'latin1')) ?? '';
  const flags = Number.parseInt(/^flags:\s*([0-7]+)$/m.exec(state)?.[1] ?? '0', 8);
  return (flags & accessMode) !== 0;
}

/** Of the flags that a file was opened with: 0 is to read only. */
const accessMode = 3;

/** Processes end and close while one looks, and not everybody may look. */
function ifReadable<T>(ask: () => T): T | undefined {
  try {
    return ask();
  } catch {
    return undefined;
  }
}

/**
 * Refuses files that are being written: changed since they were opened, or held open by a process that may write to them.
 * `otherwise`: what can be done about it but to wait. Throws a `busy` error.
 */
export function refuseWhileWritten(sources: readonly FileSource[], otherwise?: string): void {
  const changed = sources.find((source) => source.hasChanged());
  if (changed !== undefined) throw stillWritten(changed.path, 'the recording has ended', otherwise);
  refuseHeldOpen(
    sources.map(({ path }) => path),
    otherwise,
  );
}

/** Refuses files that a process holds open to write to them. Throws a `busy` error. */
export function refuseHeldOpen(paths: readonly string[], otherwise?: string): void {
  const writer = writerOf(paths);
  if (writer !== undefined) throw stillWritten(writer.path, `process ${writer.process} has closed it`, otherwise);
}

function stillWritten(file: string, end: string, otherwise: string | undefined): SalvorError {
  return new SalvorError('busy', 'is still being written; nothing was changed', {
    file,
    advice: `wait until ${end} (--wait does)${otherwise === undefined ? '' : `, or ${otherwise}`}`,
  });
}

/** How often is looked whether a file was closed, in milliseconds. */
const lookEvery = 200;
/** A file that was written to this short a time ago, in milliseconds, may still be growing, whoever writes to it. */
const freshFor = 1000;

/**
 * Waits until no process may write to the files and none of them grows any more, at most so many seconds: recorders run their
 * hooks before they close their files. What is still written then is refused by those who need it closed. Throws `interrupted`.
 */
export async function waitUntilClosed(paths: readonly string[], seconds: number, signal?: AbortSignal): Promise<void> {
  throwIfInterrupted(signal);
  // Who does not wait is told by those who need the files closed: to look here as well would cost as much as the work on one.
  if (seconds <= 0) return;
  const end = performance.now() + seconds * 1000;
  let before = '';
  for (;;) {
    throwIfInterrupted(signal);
    const states = paths.map((path) => ifReadable(() => statSync(path)));
    const state = states.map((status) => `${status?.size} ${status?.mtimeMs}`).join();
    const isFresh = states.some((status) => status !== undefined && Date.now() - status.mtimeMs < freshFor);
    if (writerOf(paths, true) === undefined && (!isFresh || state === before)) return;
    before = state;
    const left = end - performance.now();
    if (left <= 0) return;
    await sleep(Math.min(lookEvery, left), undefined, signal === undefined ? {} : { signal }).catch(() => {});
  }
}
