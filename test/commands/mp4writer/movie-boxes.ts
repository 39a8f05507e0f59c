/**
 * The boxes of an MP4 file as the tests read them for themselves (ISO/IEC 14496-12): where each lies and what its fields
 * are. It must not use salvor's own readers.
 */
import { readFileSync } from 'node:fs';

export interface MovieBox {
  readonly type: string;
  /** All of it, from its size field on. */
  readonly bytes: Buffer;
  /** What follows its size and type. */
  readonly body: Buffer;
  readonly children: readonly MovieBox[];
}

const containers = new Set(['moov', 'trak', 'edts', 'mdia', 'minf', 'dinf', 'stbl']);
/** Bytes before the boxes inside a sample entry (8.5.2.2, 12.1.3, 12.2.3) and before those inside stsd. */
const fieldsBeforeChildren: Readonly<Record<string, number>> = { stsd: 8, avc1: 78, mp4a: 28 };

/** The boxes of a file, in order; throws where they do not fill it. */
export function readMovie(path: string): readonly MovieBox[] {
  return boxesIn(readFileSync(path));
}

/** The boxes that fill a range of bytes, in order. */
export function boxesIn(bytes: Buffer): readonly MovieBox[] {
  const boxes: MovieBox[] = [];
  for (let at = 0; at < bytes.length;) {
    const short = bytes.readUInt32BE(at);
    const type = bytes.toString('latin1', at + 4, at + 8);
    const size = short === 1 ? Number(bytes.readBigUInt64BE(at + 8)) : short;
    if (size < 8 || at + size > bytes.length) throw new Error(`box ${type} at ${at} claims ${size} bytes`);
    const whole = bytes.subarray(at, at + size);
    const body = whole.subarray(short === 1 ? 16 : 8);
    const skipped = containers.has(type) ? 0 : fieldsBeforeChildren[type];
    boxes.push({ type, bytes: whole, body, children: skipped === undefined ? [] : boxesIn(body.subarray(skipped)) });
    at += size;
  }
  return boxes;
}

/** Every box of a type below (and among) the given ones. */
export function boxesOfType(boxes: readonly MovieBox[], type: string): readonly MovieBox[] {
  return boxes.flatMap((box) => [...(box.type === type ? [box] : []), ...boxesOfType(box.children, type)]);
}

/** The one box of a type below the given ones; throws where there is none or more than one. */
export function onlyBox(boxes: readonly MovieBox[], type: string): MovieBox {
  const found = boxesOfType(boxes, type);
  if (found.length !== 1) throw new Error(`${found.length} boxes ${type}, expected one`);
  return found[0] as MovieBox;
}

/** The trak of video or audio, by its handler (8.4.3); undefined where there is none. */
export function trackBox(boxes: readonly MovieBox[], kind: 'video' | 'audio'): MovieBox | undefined {
  const handler = kind === 'video' ? 'vide' : 'soun';
  return boxesOfType(boxes, 'trak').find((trak) => onlyBox([trak], 'hdlr').body.toString('latin1', 8, 12) === handler);
}

/** Version of a full box (4.2). */
export function versionOf(box: MovieBox): number {
  return box.body.readUInt8(0);
}

export interface EditEntry {
  /** Ticks of the movie. */
  readonly segmentDuration: number;
  /** Ticks of the track, -1 for an empty edit. */
  readonly mediaTime: number;
}

/** The entries of an edit list (8.6.6). */
export function editEntries(elst: MovieBox): readonly EditEntry[] {
  const long = versionOf(elst) === 1;
  return Array.from({ length: elst.body.readUInt32BE(4) }, (_, index) => {
    const at = 8 + (long ? 20 : 12) * index;
    return long
      ? { segmentDuration: Number(elst.body.readBigUInt64BE(at)), mediaTime: Number(elst.body.readBigInt64BE(at + 8)) }
      : { segmentDuration: elst.body.readUInt32BE(at), mediaTime: elst.body.readInt32BE(at + 4) };
  });
}

export interface MovieTimes {
  readonly timescale: number;
  readonly duration: number;
}

/** Timescale and duration of an mvhd (8.2.2) or mdhd (8.4.2), whose first fields are alike. */
export function movieTimes(header: MovieBox): MovieTimes {
  return versionOf(header) === 1
    ? { timescale: header.body.readUInt32BE(20), duration: Number(header.body.readBigUInt64BE(24)) }
    : { timescale: header.body.readUInt32BE(12), duration: header.body.readUInt32BE(16) };
}
