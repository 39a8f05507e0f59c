/**
 * What a file is by its content: one of the containers that salvor reads, or another that it can name. The ending of a name
 * decides nothing: servers write transport streams and FLV files that are named .mp4.
 */
import { parseAdtsHeader } from '../codecs/aac/adts-header.ts';
import { parseMpegAudioFrameHeader } from '../codecs/mpeg-audio/frame-header.ts';
import { holdsFlv, looksLikeFlv } from '../flv/recognition.ts';
import type { ByteSource } from '../io/file-source.ts';
import { looksLikeMovieFile } from '../mp4/file-layout.ts';
import { looksLikeTransportStream } from '../mpegts/recognition.ts';

/** A container of one file that salvor reads. Staging sets are several files, and told by their names. */
export type Container = 'mp4' | 'flv' | 'mpegts';

/** In the order in which they are asked; the first that knows the content has it. */
const containers: readonly (readonly [Container, (source: ByteSource) => boolean])[] = [
  ['mp4', looksLikeMovieFile],
  ['flv', looksLikeFlv],
  ['mpegts', looksLikeTransportStream],
];

/** The container that a file begins as; undefined where it is none that salvor reads. */
export function containerOf(source: ByteSource): Container | undefined {
  return containers.find(([, knows]) => knows(source))?.[0];
}

/** The same, where the beginning may be damaged: what no container begins as is searched for the tags of an FLV. */
export function damagedContainerOf(source: ByteSource): Container | undefined {
  return containerOf(source) ?? (holdsFlv(source) ? 'flv' : undefined);
}

/** Bytes that tell a foreign file. */
const headBytes = 4096;

/** Names of what begins with given bytes, as text and otherwise in hexadecimal. */
const textSignatures: readonly (readonly [RegExp, string])[] = [
  [/^RIFF[^]{4}AVI /, 'AVI'],
  [/^(?:RIFF|RF64)[^]{4}WAVE/, 'WAV'],
  [/^OggS/, 'Ogg'],
  [/^fLaC/, 'raw FLAC'],
  [/^#EXTM3U/, 'a playlist'],
  [
    /^(?:\u00ef\u00bb\u00bf)?\s*<(?:!doctype html|html|head|\?xml|error)/i,
    'an HTML or XML page, as servers answer with',
  ],
];
const binarySignatures: readonly (readonly [string, string])[] = [
  ['1a45dfa3', 'Matroska'],
  ['000001ba', 'an MPEG program stream'],
  ['3026b2758e66cf11', 'ASF (Windows Media)'],
];

/** What a file is that salvor does not read, as a phrase for people; undefined where nobody could name it. */
export function foreignFormatOf(source: ByteSource): string | undefined {
  if (source.size === 0) return undefined;
  const head = source.read(0, headBytes).slice();
  const text = Buffer.from(head.buffer).toString('latin1');
  const hex = Buffer.from(head.buffer).toString('hex', 0, 16);
  const name =
    textSignatures.find(([pattern]) => pattern.test(text))?.[1] ??
    binarySignatures.find(([begin]) => hex.startsWith(begin))?.[1];
  if (name === 'Matroska' && text.includes('webm')) return 'WebM';
  return name ?? rawVideo(hex) ?? rawAudio(head);
}

/** A byte stream begins with a start code and a parameter set or a delimiter (ITU-T H.264, B.1; H.265, B.1). */
function rawVideo(hex: string): string | undefined {
  const unit = /^(?:00){2,3}01(..)(..)/.exec(hex);
  if (unit === null) return undefined;
  const [first, second] = [Number.parseInt(unit[1]!, 16), Number.parseInt(unit[2]!, 16)];
  // Two bytes of header, layer 0, temporal id 1: video, sequence and picture parameter sets, delimiter.
  const hevcType = first >> 1;
  if ((first & 0x81) === 0 && second === 1 && hevcType >= 32 && hevcType <= 35) return 'raw H.265';
  const avcType = first & 0x1f;
  return (first & 0x80) === 0 && (avcType === 7 || avcType === 9) ? 'raw H.264' : undefined;
}

/** Frames one behind the other are no accident. */
function rawAudio(head: Uint8Array): string | undefined {
  const isAdts = (at: number): number | undefined => parseAdtsHeader(head.subarray(at)).value?.frameLength;
  const isMpegAudio = (at: number): number | undefined => parseMpegAudioFrameHeader(head.subarray(at))?.frameLength;
  for (const [lengthAt, name] of [
    [isAdts, 'raw AAC (ADTS)'],
    [isMpegAudio, 'raw MPEG audio'],
  ] as const) {
    const first = lengthAt(0);
    if (first === undefined || first <= 0) continue;
    if (first + 8 > head.length || (lengthAt(first) ?? 0) > 0) return name;
  }
  return undefined;
}
