/**
 * Which run a temporary file belongs to, told by its name: the file is the lock against a second run on the same target, and
 * a later run recognises and removes what a killed one left. Within one machine since one boot, and one space of process
 * numbers, a run is alive while its process is. Of any other run nothing is known but whether it goes on touching its file.
 */
import { createHash } from 'node:crypto';
import {
  bytesOfName,
  lstatSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  unlinkSync,
  type Stats,
} from './file-system.ts';
import { hostname } from 'node:os';
import type { DirectoryHandle } from './directory-handle.ts';

/**
 * Milliseconds after which a run elsewhere that has not touched its file was killed. Network file systems may show times that
 * are a minute old.
 */
const foreignRunSilence = 180_000;
/** The same where the clock of this machine is asked, not that of the file system, and nothing is lost by waiting. */
const patientSilence = 3_600_000;

const unknownStart = '0';

/** When a process started, in clock ticks since boot: tells it from a later process with the same number. */
function startOfProcess(pid: number): string {
  try {
    const status = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return status.slice(status.lastIndexOf(')') + 2).split(' ')[19] ?? unknownStart;
  } catch {
    return unknownStart;
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

function orUnknown(ask: () => string): string {
  try {
    return ask();
  } catch {
    return '';
  }
}

let known: string | undefined;

/**
 * Sixteen characters for where process numbers mean the same: the machine by its whole name, its boot, and the space of
 * process numbers, which containers have each of their own.
 */
function placeOfProcesses(): string {
  known ??= createHash('sha256')
    .update(
      [
        hostname(),
        orUnknown(() => readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim()),
        orUnknown(() => readlinkSync('/proc/self/ns/pid')),
      ].join('\0'),
    )
    .digest('hex')
    .slice(0, 16);
  return known;
}

/** What the marks behind it leave of the 255 bytes that a name may have. */
const maxStem = 160;

/** FNV-1a of 32 bits: tells names apart whose beginnings or ASCII parts are alike. */
function fingerprint(bytes: Uint8Array): string {
  let hash = 0x811c9dc5;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash.toString(16).padStart(8, '0');
}

/** What the names of all temporary files for a target begin with. `name`: the target's own, without its directory. */
export function temporaryPrefix(name: string): string {
  const bytes = bytesOfName(name);
  const stem = bytes.toString('latin1').replaceAll(/[^\x20-\x7e]/g, '_');
  const isWhole = bytes.length <= maxStem && stem === name;
  return `.${isWhole ? stem : `${stem.slice(0, maxStem - 9)}-${fingerprint(bytes)}`}.salvor-`;
}

/** What the names of temporary files end with that hold what is nowhere else. */
const onlyCopyEnding = '-only';

/** The name of this run's temporary file for a target. `isOnlyCopy`: a later run is not to remove it. */
export function temporaryName(name: string, isOnlyCopy: boolean): string {
  const mark = `${placeOfProcesses()}-${process.pid}-${startOfProcess(process.pid)}`;
  return `${temporaryPrefix(name)}${mark}${isOnlyCopy ? onlyCopyEnding : ''}`;
}

/** The run that made a temporary file. */
interface RunMark {
  readonly place: string;
  readonly pid: number;
  readonly start: string;
  readonly isOnlyCopy: boolean;
}

/** Whether a name is one of a temporary file or another mark of a run. */
export function isTemporaryName(name: string): boolean {
  return name.startsWith('.') && name.includes('.salvor-');
}

/** `ending`: what stands behind the prefix of the name. */
function runMarkOf(ending: string): RunMark | undefined {
  const mark = /^([A-Za-z0-9_]+)-(\d+)-(\d+)(-only)?$/.exec(ending);
  if (mark === null) return undefined;
  return { place: mark[1]!, pid: Number(mark[2]), start: mark[3]!, isOnlyCopy: mark[4] === onlyCopyEnding };
}

/** Who is at work on a temporary file, undefined where that run has ended. `now`: by the clock of the file system. */
function liveRunOf(
  { place, pid, start }: RunMark,
  path: string,
  now: number,
  silence = foreignRunSilence,
): string | undefined {
  if (place === placeOfProcesses()) {
    // Where processes of other users are hidden, nothing but their numbers is known.
    const isIt = isRunning(pid) && [start, unknownStart].includes(startOfProcess(pid));
    return isIt ? `another run (process ${pid})` : undefined;
  }
  const status = lstatSync(path, { throwIfNoEntry: false });
  if (status === undefined || now - status.mtimeMs >= silence) return undefined;
  return `another run (process ${pid} of another machine or container)`;
}

/**
 * The name that an output was to have whose run has ended, where a directory's file of this name is one that has no other copy;
 * undefined for all other files.
 */
export function interruptedTarget(directory: DirectoryHandle, name: string): string | undefined {
  const mark = markIn(name);
  if (mark?.isOnlyCopy !== true) return undefined;
  const path = directory.at(name);
  if (lstatSync(path, { throwIfNoEntry: false })?.isFile() !== true) return undefined;
  return liveRunOf(mark, path, Date.now(), patientSilence) === undefined
    ? name.slice(1, name.lastIndexOf('.salvor-'))
    : undefined;
}

/**
 * Whether the run of a directory's temporary file has ended, and what it holds is not the only copy of something. Asks the
 * clock of this machine, and so waits long for runs elsewhere.
 */
export function isAbandoned(directory: DirectoryHandle, name: string): boolean {
  const mark = markIn(name);
  if (mark === undefined || mark.isOnlyCopy || lstatSync(directory.at(name)).isFile() !== true) return false;
  return liveRunOf(mark, directory.at(name), Date.now(), patientSilence) === undefined;
}

/** What the names of all temporary files for the target of this one begin with; undefined for other names. */
export function runFilePrefix(name: string): string | undefined {
  return markIn(name) === undefined ? undefined : name.slice(0, name.lastIndexOf('.salvor-') + '.salvor-'.length);
}

function markIn(name: string): RunMark | undefined {
  const ending = /^\..+\.salvor-(.+)$/s.exec(name)?.[1];
  return ending === undefined ? undefined : runMarkOf(ending);
}

/**
 * Removes what killed runs on the same target left. Gives who is at work on it where there is a live one. `own`: this run's
 * temporary file, whose status, `status`, has the time of the file system itself. Throws what the system says where the
 * directory cannot be read.
 */
export function clearLeavings(
  directory: DirectoryHandle,
  name: string,
  own: { readonly name: string; readonly status: Stats } | undefined,
  names: readonly string[] = readdirSync(directory.at('.')),
): string | undefined {
  const prefix = temporaryPrefix(name);
  for (const other of names) {
    if (!other.startsWith(prefix) || other === own?.name) continue;
    const mark = runMarkOf(other.slice(prefix.length));
    if (mark === undefined) continue;
    const path = directory.at(other);
    const alive = liveRunOf(mark, path, own?.status.ctimeMs ?? Date.now());
    if (alive !== undefined) return alive;
    if (mark.isOnlyCopy) continue;
    try {
      unlinkSync(path);
    } catch {
      // It is gone already, or the directory takes no changes any more; a later run tries again.
    }
  }
  return undefined;
}
