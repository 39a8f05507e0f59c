/**
 * What a file is by its content: one of the containers that salvor reads, or another that it can name. The ending of a name
 * decides nothing: servers write transport streams and FLV files that are named .mp4.
 */
import { parseAdtsHeader } from '../codecs/aac/adts-header.ts';
import { parseMpegAudioFrameHeader } from '../codecs/mpeg-audio/frame-header.ts';
import { holdsFlv, looksLikeFlv } from '../flv/recognition.ts';
import type { ByteSource } from '../io/file-source.ts';
import { holdsMovie, looksLikeMovieFile } from '../mp4/file-layout.ts';
import { quoted } from '../media/shell-word.ts';
import { looksLikeTransportStream } from '../mpegts/recognition.ts';

/** A container of one file that salvor reads. Staging sets are several files, and recognised by their names. */
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

/**
 * The same, where the beginning may be damaged: what no container begins as is searched for the tags of an FLV, for the
 * moov of an MP4 or its fragments, unless it is known to be something else.
 */
export function damagedContainerOf(source: ByteSource): Container | undefined {
  const container = containerOf(source);
  if (container !== undefined || foreignFormatOf(source) !== undefined) return container;
  if (holdsFlv(source)) return 'flv';
  return holdsMovie(source) ? 'mp4' : undefined;
}

/** Brands of pictures that are kept in the boxes of MP4 (HEIF, AVIF, JPEG 2000). */
const pictureBrands = /^....ftyp(?:heic|heix|heim|heis|hevc|hevx|mif1|msf1|avif|avis|jp2 |jpx |crx )/s;

/** Whether a file is a picture in the boxes of an MP4, and so no recording. */
export function isStillPicture(source: ByteSource): boolean {
  return pictureBrands.test(Buffer.from(source.read(0, 12)).toString('latin1'));
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
  [/^DKIF/, 'IVF'],
  [/^\.RMF/, 'RealMedia'],
  [/^caff/, 'CAF'],
  [/^(?:NuppelVideo|MythTVVideo)\0/, 'NuppelVideo'],
  [/^FORM[^]{4}AIF[FC]/, 'AIFF'],
  [/^#!AMR/, 'raw AMR'],
  [
    /^(?:\u00ef\u00bb\u00bf)?\s*<(?:!doctype html|html|head|\?xml|error)/i,
    'an HTML or XML page, as servers answer with',
  ],
];
const binarySignatures: readonly (readonly [string, string])[] = [
  ['1a45dfa3', 'Matroska'],
  ['000001ba', 'an MPEG program stream'],
  ['3026b2758e66cf11', 'ASF (Windows Media)'],
  ['060e2b34020501', 'MXF'],
  ['b7d800203749da11a64e0007e95ead8d', 'WTV (Windows Media Center)'],
  ['504b0304', 'a ZIP archive'],
  ['1f8b08', 'compressed by gzip'],
];

/** The same by patterns of hexadecimal digits. */
const binaryPatterns: readonly (readonly [RegExp, string])[] = [
  [/^41560[12]..55/, 'PVA'],
  // What stands before the header (SMPTE ST 377-1, 6.5) is zeros as a rule; before a start code it may be nothing else.
  [/^(?:00)+060e2b34020501/, 'MXF'],
  [/^(?:00){2,}01b3/, 'raw MPEG video'],
];

const byFfmpeg = 'ffmpeg -i FILE -c copy writes it anew, with an index';
const intoMp4 = 'ffmpeg -i FILE -c copy FILE.mp4 puts it into an MP4, where its rate is right';
const intoTs = 'ffmpeg -i FILE -c copy NEW.ts makes a transport stream of it, which salvor ts-fix repairs';
const intoMatroska = 'ffmpeg -i FILE -c copy NEW.mkv writes it anew, with an index';
const audioByFfmpeg = 'ffmpeg -i FILE -c copy sets its header right';
const downloadAgain = 'the server answered with it instead of the recording: download that again';

/** What repairs a foreign format, as a clause; FILE stands for its path. */
const remedies: Readonly<Record<string, string>> = {
  Matroska: 'mkvmerge -o NEW.mkv FILE or ffmpeg -i FILE -c copy NEW.mkv repairs it',
  WebM: 'mkvmerge -w -o NEW.webm FILE or ffmpeg -i FILE -c copy NEW.webm repairs it',
  AVI: byFfmpeg,
  IVF: byFfmpeg,
  MXF: byFfmpeg,
  PVA: intoTs,
  'WTV (Windows Media Center)': intoTs,
  NuppelVideo: intoMatroska,
  RealMedia: byFfmpeg,
  'ASF (Windows Media)': byFfmpeg,
  'an MPEG program stream':
    'ffmpeg -fflags +genpts -i FILE -c copy NEW.ts makes a transport stream of it, which salvor ts-fix repairs',
  WAV: audioByFfmpeg,
  AIFF: audioByFfmpeg,
  CAF: audioByFfmpeg,
  Ogg: byFfmpeg,
  'raw FLAC': audioByFfmpeg,
  'raw AMR': intoMp4,
  'raw H.264': intoMp4,
  'raw H.265': intoMp4,
  'raw AAC (ADTS)': intoMp4,
  'raw MPEG audio': 'players play it as it is',
  'raw MPEG video': intoMp4,
  'a playlist': 'the recording is in the files that it names',
  'an HTML or XML page, as servers answer with': downloadAgain,
  'a ZIP archive': 'unpack it',
  'compressed by gzip': 'gunzip unpacks it',
};

/** What to do with a foreign format by the name that `foreignFormatOf` gave it; undefined where nothing is known. */
export function foreignRemedy(name: string, path: string): string | undefined {
  return remedies[name]?.replaceAll('FILE', quoted(path));
}

/** What a file is that salvor does not read, as a phrase for people; undefined where nobody could name it. */
export function foreignFormatOf(source: ByteSource): string | undefined {
  if (source.size === 0) return undefined;
  const head = source.read(0, headBytes).slice();
  const text = Buffer.from(head).toString('latin1');
  const hex = Buffer.from(head).toString('hex');
  const name =
    textSignatures.find(([pattern]) => pattern.test(text))?.[1] ??
    binarySignatures.find(([begin]) => hex.startsWith(begin))?.[1] ??
    binaryPatterns.find(([pattern]) => pattern.test(hex))?.[1];
  if (name === 'Matroska' && text.includes('webm')) return 'WebM';
  return name ?? rawVideo(hex) ?? rawAudio(head);
}

/**
 * A byte stream begins with a start code and a parameter set or a delimiter (ITU-T H.264, B.1; H.265, B.1), or with a message
 * (SEI), behind which a parameter set comes.
 */
function rawVideo(hex: string): string | undefined {
  const begin = /^(?:00){2,3}01/.exec(hex)?.[0];
  if (begin === undefined) return undefined;
  const units = [...hex.matchAll(/000001(..)(..)/g)].filter(({ index }) => index % 2 === 0).slice(0, 32);
  const avc = units
    .map(([, first]) => Number.parseInt(first!, 16))
    .map((byte) => ((byte & 0x80) === 0 ? byte & 0x1f : -1));
  // Two bytes of header, layer 0, temporal id 1: video, sequence and picture parameter sets, delimiter.
  const hevc = units.map(([, first, second]) => {
    const byte = Number.parseInt(first!, 16);
    return (byte & 0x81) === 0 && second === '01' ? byte >> 1 : -1;
  });
  const [avcFirst = -1] = avc;
  const [hevcFirst = -1] = hevc;
  if ((hevcFirst >= 32 && hevcFirst <= 35) || (hevcFirst === 39 && hevc.includes(33))) return 'raw H.265';
  return avcFirst === 7 || avcFirst === 9 || (avcFirst === 6 && avc.includes(7)) ? 'raw H.264' : undefined;
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
