/**
 * The file system as the rest of salvor knows it: `node:fs` with names that may be any bytes. On Linux a name need not be
 * UTF-8. Each byte that is no part of a UTF-8 character is one code unit of U+DC80 to U+DCFF in our strings (byte 0xff is
 * U+DCFF), as in Python's surrogateescape: no valid name has these alone, so names stay strings, can be joined and compared,
 * and none is lost. Nothing else imports `node:fs`, which would write U+FFFD in their place.
 */
import { isUtf8 } from 'node:buffer';
import * as fs from 'node:fs';

export {
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fdatasync,
  fstatSync,
  fsync,
  fsyncSync,
  ftruncateSync,
  futimesSync,
  open,
  readSync,
  writeSync,
  writevSync,
  type Stats,
} from 'node:fs';

/** A name from its bytes. Bytes that are no UTF-8 become U+DC80 to U+DCFF. */
export function nameOf(bytes: Buffer): string {
  if (isUtf8(bytes)) return bytes.toString();
  let name = '';
  for (let at = 0; at < bytes.length;) {
    const lead = bytes[at]!;
    const length = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    const character = bytes.subarray(at, at + length);
    const isCharacter = isUtf8(character);
    name += isCharacter ? character.toString() : String.fromCharCode(0xdc00 + lead);
    at += isCharacter ? character.length : 1;
  }
  return name;
}

/** The bytes of a name or path: what `nameOf` was given. */
export function bytesOfName(name: string): Buffer {
  if (name.isWellFormed()) return Buffer.from(name);
  const pieces = name.split(/([\udc80-\udcff])/u);
  return Buffer.concat(
    pieces.map((piece, index) => (index % 2 === 0 ? Buffer.from(piece) : Buffer.of(piece.charCodeAt(0) - 0xdc00))),
  );
}

/** A path as `node:fs` takes it. */
function raw<Path>(path: Path): Path | Buffer {
  return typeof path === 'string' && !path.isWellFormed() ? bytesOfName(path) : path;
}

/** A function of `node:fs` whose first argument is a path. */
function onPath<Call extends (path: fs.PathLike, ...rest: never[]) => unknown>(call: Call): Call {
  return ((path: fs.PathLike, ...rest: never[]) => call(raw(path), ...rest)) as Call;
}

/** A function of `node:fs` with two paths. */
function onPaths(call: (from: fs.PathLike, to: fs.PathLike) => void): (from: string, to: string) => void {
  return (from, to) => call(raw(from), raw(to));
}

/** As in `node:fs`, which throws the system's error; the path may be any bytes. */
export const lstatSync = onPath(fs.lstatSync);
/** As in `node:fs`; the path may be any bytes. */
export const mkdirSync = onPath(fs.mkdirSync);
/** As in `node:fs`: gives a descriptor; the path may be any bytes. */
export const openSync = onPath(fs.openSync);
/** As in `node:fs`; the path may be any bytes. */
export const readFileSync = onPath(fs.readFileSync);
/** As in `node:fs`; the path may be any bytes. */
export const rmdirSync = onPath(fs.rmdirSync);
/** As in `node:fs`: follows links; the path may be any bytes. */
export const statSync = onPath(fs.statSync);
/** As in `node:fs`; the path may be any bytes. */
export const unlinkSync = onPath(fs.unlinkSync);
/** As in `node:fs`: makes a hard link; both paths may be any bytes. */
export const linkSync = onPaths(fs.linkSync);
/** As in `node:fs`: replaces what has the second name; both paths may be any bytes. */
export const renameSync = onPaths(fs.renameSync);

/** As in `node:fs`: what the file system of a path has room for. */
export const statfsSync = onPath(fs.statfsSync);

/** What a symbolic link says. */
export function readlinkSync(path: string): string {
  return nameOf(fs.readlinkSync(raw(path), 'buffer'));
}

/** The path without links. (`fs.realpathSync` itself takes no bytes.) */
export function realpathSync(path: string): string {
  return nameOf(fs.realpathSync.native(raw(path), 'buffer'));
}

/** The names in a directory. */
export function readdirSync(path: string): string[] {
  return fs.readdirSync(raw(path), 'buffer').map(nameOf);
}

/** An entry of a directory. */
export interface DirectoryEntry {
  readonly name: string;
  /** Of the entry itself: a link is neither. */
  readonly isFile: boolean;
  readonly isDirectory: boolean;
}

/** Entries that are asked of the system at a time. */
const entriesAtOnce = 256;

/** The entries of a directory, in whatever order, one after the other: there may be very many. */
export function* readEntries(path: string): Generator<DirectoryEntry, void> {
  // The types of Node.js do not know that a path may be bytes here, and that names are then.
  const directory = fs.opendirSync(raw(path) as string, { encoding: 'buffer' as never, bufferSize: entriesAtOnce });
  try {
    for (let entry = directory.readSync(); entry !== null; entry = directory.readSync()) {
      yield {
        name: nameOf(entry.name as unknown as Buffer),
        isFile: entry.isFile(),
        isDirectory: entry.isDirectory(),
      };
    }
  } finally {
    directory.closeSync();
  }
}
