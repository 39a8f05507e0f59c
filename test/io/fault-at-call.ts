/**
 * Loaded into a program under test before the program itself (`node --import`): lets something happen at its nth call that
 * changes a file system, or that reads. `SALVOR_FAULT` says what: `kill:3` ends the program with SIGKILL just before its
 * third changing call, as a power cut would; `EIO:3` makes that call fail; `read-EIO:3` the third call that reads.
 * `log` lets everything pass. The calls made are written to file descriptor 3. Not for tests to import.
 */
import fs, { writeSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { constants } from 'node:os';

type SystemCall = (...parameters: unknown[]) => unknown;

const [what = 'log', number] = (process.env['SALVOR_FAULT'] ?? 'log').split(':');
const reading = what.startsWith('read-');
const code = reading ? what.slice('read-'.length) : what;
const record = writeSync;
let calls = 0;
/** The program reads itself first (src/io/compiled-program.ts). */
let isLoading = false;

function happen(name: string, path: unknown): void {
  calls++;
  record(3, `${name} ${typeof path === 'string' ? path : ''}\n`);
  if (what === 'log' || calls !== Number(number)) return;
  if (what === 'kill') {
    process.kill(process.pid, 'SIGKILL');
    // The signal comes at once, but this thread must not get any further meanwhile.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  }
  const errno = constants.errno[code as keyof typeof constants.errno];
  throw Object.assign(new Error(`${code}: made to fail, ${name}`), { code, errno: -errno, syscall: name });
}

function patch(name: string, counts: (parameters: unknown[]) => boolean): void {
  const table = fs as unknown as Record<string, SystemCall>;
  const original = table[name]!;
  table[name] = (...parameters) => {
    if (!isLoading && counts(parameters)) happen(name, parameters[0]);
    return original(...parameters);
  };
}

/** Whether a file is opened to be written; by default it is opened for reading. */
const toWrite = (flags: unknown): boolean =>
  typeof flags === 'number'
    ? (flags & (fs.constants.O_WRONLY | fs.constants.O_RDWR)) !== 0
    : typeof flags === 'string' && /[wa+]/.test(flags);

if (reading) {
  // What Node itself loads is read with other functions than these, or through a descriptor that was there before.
  const { readFileSync } = fs;
  fs.readFileSync = ((...parameters: Parameters<typeof readFileSync>) => {
    isLoading = /\.(cjs|cache)$/.test(String(parameters[0]));
    try {
      return readFileSync(...parameters);
    } finally {
      isLoading = false;
    }
  }) as typeof readFileSync;
  patch('openSync', ([path, flags]) => !toWrite(flags) && !String(path).startsWith('/proc/'));
  patch('readSync', () => true);
} else {
  patch('openSync', ([, flags]) => toWrite(flags));
  patch('writeSync', ([descriptor]) => Number(descriptor) > 2);
  for (const name of [
    'fsyncSync',
    'ftruncateSync',
    'linkSync',
    'renameSync',
    'unlinkSync',
    'fchmodSync',
    'fchownSync',
  ]) {
    patch(name, () => true);
  }
}
syncBuiltinESMExports();
