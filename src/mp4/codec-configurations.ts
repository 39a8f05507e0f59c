/**
 * Reads the codec configurations of an MP4 or MOV recording from its moov, wherever that lies, for a recording of the same
 * stream that lost its own. Of the sample tables nothing is read, so fragmented files are as good as others. It opens
 * nothing and believes no size: boxes end where what holds them ends.
 */
import type { AvcDecoderConfiguration } from '../codecs/h264/decoder-configuration.ts';
import { ObjectTypeIndication, type EsDescriptor } from '../codecs/mpeg4/es-descriptor.ts';
import type { ByteSource } from '../io/file-source.ts';
import { audioReference, codecReference, hasParameterSets, type CodecReference } from '../media/codec-reference.ts';
import { BoxWalk } from './box-walk.ts';
import type { BoxSpan } from './box.ts';
import { visualSampleEntryLength } from './boxes/avc1.ts';
import { readAvcC } from './boxes/avcC.ts';
import { readEsds } from './boxes/esds.ts';
import { readHdlr } from './boxes/hdlr.ts';
import { readMdhd } from './boxes/mdhd.ts';
import { audioBoxOffsets } from './boxes/mp4a.ts';

/** MPEG-4 audio as an mp4a sample entry describes it. */
export interface Mpeg4AudioDescription {
  readonly descriptor: EsDescriptor;
  /** The AudioSpecificConfig, as it came; undefined where the descriptor has none, or the coder is not AAC (MP3, say). */
  readonly specificConfig: Uint8Array | undefined;
}

/** What a moov says of one track of pictures or sound: of its first sample entry. */
export interface MovieConfiguration {
  readonly kind: 'video' | 'audio';
  /** Ticks per second of the track's media; 0 where it cannot be read. */
  readonly timescale: number;
  /** Four-character code: `avc1`, `hvc1`, `mp4a`, `Opus`, … */
  readonly sampleEntryType: string;
  /** `avc1` and `avc3` only, where it can be read. In `avc3` it may be without parameter sets. */
  readonly avc: AvcDecoderConfiguration | undefined;
  /** `mp4a` only, where it can be read. */
  readonly mpeg4Audio: Mpeg4AudioDescription | undefined;
}

/** More boxes than this between the start of the file and the last configuration are a stranger's claim. */
const mostBoxes = 100_000;
/** Each track may cost up to a megabyte. */
const mostTracks = 64;

/** The handler's name is for people, and as long as a stranger likes. */
const mostOfHandler = 256;

/** The codings whose configuration is an AudioSpecificConfig. */
const aacTypes: ReadonlySet<number> = new Set([
  ObjectTypeIndication.mpeg4Audio,
  ObjectTypeIndication.mpeg2AacMain,
  ObjectTypeIndication.mpeg2AacLowComplexity,
  ObjectTypeIndication.mpeg2AacScalableSamplingRate,
]);

/** The tracks of pictures and sound in the first moov of a file, in its order; none where there is no moov. */
export function readMovieConfigurations(source: ByteSource): MovieConfiguration[] {
  const boxes = new BoxWalk(mostBoxes);
  const moov = boxes.first('moov', boxes.within(source, 0, source.size));
  if (moov === undefined) return [];
  const configurations: MovieConfiguration[] = [];
  for (const trak of boxes.inside(moov)) {
    if (configurations.length === mostTracks) break;
    if (trak.type !== 'trak') continue;
    const configuration = readTrack(boxes, trak);
    if (configuration !== undefined) configurations.push(configuration);
  }
  return configurations;
}

/** The first H.264 and the first AAC configuration of a file; neither where it is no MP4 or has no moov. */
export function readMovieReference(source: ByteSource): CodecReference {
  const configurations = readMovieConfigurations(source);
  const video = configurations.map(({ avc }) => avc).find((avc) => avc !== undefined && hasParameterSets(avc));
  const audio = configurations
    .map(({ mpeg4Audio }) => mpeg4Audio?.specificConfig)
    .map((bytes) => (bytes === undefined ? undefined : audioReference(bytes)))
    .find((reference) => reference !== undefined);
  return codecReference(source.path, video, audio);
}

function readTrack(boxes: BoxWalk, trak: BoxSpan): MovieConfiguration | undefined {
  const mdia = boxes.child(trak, 'mdia');
  const kind = handlerKind(boxes.child(mdia, 'hdlr'));
  const mdhd = boxes.child(mdia, 'mdhd');
  const stsd = boxes.child(boxes.child(boxes.child(mdia, 'minf'), 'stbl'), 'stsd');
  if (kind === undefined || stsd === undefined) return undefined;
  const [entry] = boxes.inside(stsd, 8); // version, flags, number of entries
  if (entry === undefined) return undefined;
  const isAvc = entry.type === 'avc1' || entry.type === 'avc3';
  return {
    kind,
    timescale: mdhd === undefined ? 0 : readMdhd(mdhd).timescale,
    sampleEntryType: entry.type,
    avc: kind === 'video' && isAvc ? readAvc(boxes, entry) : undefined,
    mpeg4Audio: kind === 'audio' && entry.type === 'mp4a' ? readMpeg4Audio(boxes, entry) : undefined,
  };
}

function handlerKind(hdlr: BoxSpan | undefined): 'video' | 'audio' | undefined {
  if (hdlr === undefined) return undefined;
  const { handlerType } = readHdlr({ ...hdlr, end: Math.min(hdlr.end, hdlr.body + mostOfHandler) });
  if (handlerType === 'vide') return 'video';
  return handlerType === 'soun' ? 'audio' : undefined;
}

function readAvc(boxes: BoxWalk, entry: BoxSpan): AvcDecoderConfiguration | undefined {
  const avcC = boxes.first('avcC', boxes.inside(entry, visualSampleEntryLength));
  return avcC === undefined ? undefined : readAvcC(avcC).value;
}

function readMpeg4Audio(boxes: BoxWalk, entry: BoxSpan): Mpeg4AudioDescription | undefined {
  const esds = findEsds(boxes, entry);
  const descriptor = esds === undefined ? undefined : readEsds(esds).value;
  if (descriptor === undefined) return undefined;
  const { objectTypeIndication, decoderSpecificInfo } = descriptor.decoderConfig;
  const isAac = aacTypes.has(objectTypeIndication);
  return { descriptor, specificConfig: isAac ? decoderSpecificInfo?.bytes : undefined };
}

/** The esds box, which QuickTime files have inside a `wave` box. */
function findEsds(boxes: BoxWalk, entry: BoxSpan): BoxSpan | undefined {
  for (const offset of audioBoxOffsets(entry)) {
    for (const span of boxes.inside(entry, offset)) {
      const esds = span.type === 'wave' ? boxes.child(span, 'esds') : span;
      if (esds?.type === 'esds') return esds;
    }
  }
  return undefined;
}
