/** Tells what a file is that is given to `repair`, and which verb mends it where this one does not. */
import { dirname, basename, join } from 'node:path';
import { fileSize } from '../../io/directory.ts';
import type { ByteSource } from '../../io/file-source.ts';
import { quoted } from '../../media/shell-word.ts';
import { stripStagingSuffix } from '../../staging/names.ts';

export type RecordingKind =
  /** An MP4 or MOV, or media without anything around it. */
  | 'movie'
  | 'flv'
  | 'mpegts'
  /** A file of a staging set. */
  | 'staging';

/** The command that mends what is no MP4. */
export function commandFor(kind: Exclude<RecordingKind, 'movie'>, path: string): string {
  if (kind === 'flv') return `salvor flv-fix ${quoted(path)}`;
  return kind === 'mpegts'
    ? `salvor ts-split --duration 10m ${quoted(path)}`
    : `salvor mp4writer --recovery ${quoted(path)}`;
}

export const kindNames: Readonly<Record<RecordingKind, string>> = {
  movie: 'an MP4',
  flv: 'an FLV',
  mpegts: 'an MPEG transport stream',
  staging: 'part of a staging set',
};

/** ISO/IEC 13818-1: every packet begins with this byte; Blu-ray and broadcast add 4 and 16 bytes to the 188. */
const syncByte = 0x47;
const packetLengths: readonly number[] = [188, 192, 204];
const packetsLookedAt = 5;

export function kindOf(source: ByteSource): RecordingKind {
  const recording = join(dirname(source.path), stripStagingSuffix(basename(source.path)));
  const isSet =
    recording !== source.path && (fileSize(`${recording}.info`) ?? fileSize(`${recording}.track1`)) !== undefined;
  if (isSet) return 'staging';
  const bytes = source.read(0, 204 * packetsLookedAt + 4);
  if (Buffer.from(bytes.subarray(0, 3)).toString('latin1') === 'FLV') return 'flv';
  return isTransportStream(bytes) ? 'mpegts' : 'movie';
}

function isTransportStream(bytes: Uint8Array): boolean {
  return packetLengths.some((length) => {
    // Packets of 192 bytes begin with a time of 4.
    const first = length === 192 ? 4 : 0;
    for (let packet = 0; packet < packetsLookedAt; packet++) {
      if (bytes[first + packet * length] !== syncByte) return false;
    }
    return true;
  });
}
