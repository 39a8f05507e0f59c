/**
 * Reads the codec configurations of an MP4 or MOV recording from its moov, wherever that lies, for a recording of the same
 * stream that lost its own. Of the sample tables only the usual step and the first chunks are read, and of the media the
 * first frames of some audio, so fragmented files are nearly as good as others. It opens nothing and believes no size: boxes
 * end where what holds them ends.
 */
import { leadFramesIn } from '../codecs/ac3/sync-frame.ts';
import { habitsOf } from '../codecs/aac/frame-ends.ts';
import type { SamplePlace } from '../codecs/h264/sample-unit.ts';
import type { ByteSource } from '../io/file-source.ts';
import { picturesLookedAt, syncLookedAt, withWriterHabits } from '../media/configurations.ts';
import { codecReference, type CodecReference } from '../media/codec-reference.ts';
import type { CodecConfiguration } from '../media/track.ts';
import { BoxWalk } from './box-walk.ts';
import type { BoxSpan } from './box.ts';
import { readCtts } from './boxes/ctts.ts';
import { readElst } from './boxes/elst.ts';
import { readHdlr } from './boxes/hdlr.ts';
import { readMdhd } from './boxes/mdhd.ts';
import { readMvhd } from './boxes/mvhd.ts';
import { readCo64 } from './boxes/co64.ts';
import { readStco } from './boxes/stco.ts';
import { readStsc } from './boxes/stsc.ts';
import { readStss } from './boxes/stss.ts';
import { readStsz } from './boxes/stsz.ts';
import { readStts } from './boxes/stts.ts';
import { chunkTurns, timedChunks, type TimedChunk } from './chunk-turns.ts';
import { configurationOf } from './codec-sample-entry.ts';
import { readSampleEntries } from './sample-entry.ts';
import type { TableRows } from './table-rows.ts';

/** What a moov says of one track of pictures or audio: of its first sample entry. */
interface MovieConfiguration {
  readonly kind: 'video' | 'audio';
  /** Ticks per second of the track's media; undefined where it cannot be read. */
  readonly timescale: number | undefined;
  /** Four-character code: `avc1`, `hvc1`, `mp4a`, `Opus`, … */
  readonly sampleEntryType: string;
  readonly configuration: CodecConfiguration;
  /** Seconds from sample to sample, where nearly all of them have one step. */
  readonly stepSeconds: number | undefined;
  /** Seconds from the beginning of the presentation to the first sample of the track, below 0 where it is cut off; undefined where that cannot be read. */
  readonly startSeconds: number | undefined;
  /** Reads its first chunks. */
  readonly chunks: () => readonly TimedChunk[];
}

/** More boxes than this between the start of the file and the last configuration come from no recorder. */
const maxBoxes = 20_000;
/** Each track may cost up to a quarter of a megabyte while it is looked at. */
const maxTracks = 32;

/** The handler's name is for people, and may have any length. */
const maxHandlerBytes = 256;

/** The tracks of pictures and audio in the first moov of a file, one by one in its order; none where there is no moov. */
export function* readMovieConfigurations(source: ByteSource): Generator<MovieConfiguration> {
  const boxes = new BoxWalk(maxBoxes);
  const moov = boxes.first('moov', boxes.within(source, 0, source.size));
  if (moov === undefined) return;
  const mvhd = boxes.child(moov, 'mvhd');
  const movieTimescale = mvhd === undefined ? 0 : readMvhd(mvhd).timescale;
  let left = maxTracks;
  for (const trak of boxes.inside(moov)) {
    if (trak.type !== 'trak') continue;
    if (left-- === 0) return;
    const configuration = readTrack(boxes, trak, movieTimescale);
    if (configuration !== undefined) yield configuration;
  }
}

/** What a file lends; nothing where it is no MP4 or has no moov. */
export function readMovieReference(source: ByteSource): CodecReference {
  const tracks = [...readMovieConfigurations(source)];
  const [pictures, audio] = (['video', 'audio'] as const).map((kind) => tracks.find((track) => track.kind === kind));
  const turns =
    pictures === undefined || audio === undefined
      ? []
      : chunkTurns(
          { chunks: pictures.chunks(), begins: pictures.startSeconds ?? 0 },
          { chunks: audio.chunks(), begins: audio.startSeconds ?? 0 },
        );
  return codecReference(source.path, tracks, turns.length > 0 ? turns : undefined);
}

function readTrack(boxes: BoxWalk, trak: BoxSpan, movieTimescale: number): MovieConfiguration | undefined {
  const mdia = boxes.child(trak, 'mdia');
  const hdlr = boxes.child(mdia, 'hdlr');
  const mdhd = boxes.child(mdia, 'mdhd');
  const stsd = boxes.child(boxes.child(boxes.child(mdia, 'minf'), 'stbl'), 'stsd');
  if (hdlr === undefined || stsd === undefined) return undefined;
  const { handlerType } = readHdlr({ ...hdlr, end: Math.min(hdlr.end, hdlr.body + maxHandlerBytes) });
  const kind = handlerType === 'vide' ? 'video' : handlerType === 'soun' ? 'audio' : undefined;
  const [entry] = kind === undefined ? [] : readSampleEntries(stsd, handlerType, boxes, 1);
  if (kind === undefined || entry === undefined) return undefined;
  const timescale = mdhd === undefined ? undefined : readMdhd(mdhd).timescale || undefined;
  const stbl = boxes.child(boxes.child(mdia, 'minf'), 'stbl');
  const stts = boxes.child(stbl, 'stts');
  const ticks = stts === undefined ? undefined : usualStep(stts, timescale ?? 0);
  return {
    kind,
    timescale,
    stepSeconds: ticks === undefined || timescale === undefined ? undefined : ticks / timescale,
    startSeconds: timescale === undefined ? undefined : startOf(boxes, trak, timescale, movieTimescale),
    chunks: () => (timescale === undefined ? [] : timedChunks(boxes, stbl, timescale)),
    sampleEntryType: entry.span.type,
    configuration: withSampleLayout(configurationOf(entry), boxes, stbl),
  };
}

/** Samples among which the first one shown is. */
const maxReordered = 32;

/** Seconds at which a track begins, by its edit list and its first samples: below 0 where an edit list cuts off what comes first. */
function startOf(boxes: BoxWalk, trak: BoxSpan, timescale: number, movieTimescale: number): number | undefined {
  const stbl = boxes.child(boxes.child(boxes.child(trak, 'mdia'), 'minf'), 'stbl');
  const [stts, ctts, elst] = [
    boxes.child(stbl, 'stts'),
    boxes.child(stbl, 'ctts'),
    boxes.child(boxes.child(trak, 'edts'), 'elst'),
  ];
  if (stts === undefined) return undefined;
  const steps = [...firstValues(readStts(stts))];
  const offsets = ctts === undefined ? [] : [...firstValues(readCtts(ctts))];
  let [decoded, earliest] = [0, Infinity];
  for (const [n, step] of steps.entries()) {
    earliest = Math.min(earliest, decoded + ((offsets[n] ?? 0) | 0));
    decoded += step;
  }
  if (steps.length === 0) return undefined;
  let delay = 0;
  for (const { segmentDuration, mediaTime } of elst === undefined ? [] : readElst(elst)) {
    if (mediaTime >= 0) return delay + (earliest - mediaTime) / timescale;
    if (movieTimescale > 0) delay += segmentDuration / movieTimescale;
  }
  return delay + Math.max(0, earliest) / timescale;
}

/** What a table of runs has for the first samples. */
function* firstValues(rows: TableRows): Generator<number> {
  let left = maxReordered;
  while (left > 0 && rows.next()) {
    for (let n = Math.min(left, rows.values[0]!); n > 0; n--, left--) yield rows.values[1]!;
  }
}

/** No sample that is read is larger. */
const maxSampleBytes = 256 * 1024;

/** The configuration with what the tables say of how samples are put together, which no sample says by itself. */
function withSampleLayout(
  configuration: CodecConfiguration,
  boxes: BoxWalk,
  stbl: BoxSpan | undefined,
): CodecConfiguration {
  if (configuration.codec === 'pcm') return withBlocks(configuration, boxes.child(stbl, 'stsc'));
  if (configuration.codec === 'aac') {
    const samples = firstSamples(boxes, stbl, framesLookedAt);
    return { ...configuration, ...habitsOf([...samples], configuration.audio) };
  }
  if (configuration.codec === 'h264') {
    const stss = boxes.child(stbl, 'stss');
    const numbers = stss === undefined ? [] : firstSyncNumbers(readStss(stss));
    const places = [...firstPlaces(boxes, stbl, Math.max(picturesLookedAt, numbers.at(-1) ?? 0))];
    const sync = numbers.flatMap((number) => places[number - 1] ?? []);
    const read = (at: number, length: number): Uint8Array => stbl!.source.read(at, length).slice();
    return withWriterHabits(configuration, places.slice(0, picturesLookedAt), sync, read);
  }
  if (configuration.codec === 'opus') {
    const places = [...firstPlaces(boxes, stbl, packetsLookedAt)];
    const sizes = places.map(({ size }) => size).filter((size, n) => size !== places[n - 1]?.size);
    const firstBytes = new Set(places.map(({ offset }) => stbl!.source.read(offset, 1)[0]!));
    return { ...configuration, packets: { sizes, firstBytes: [...firstBytes] } };
  }
  if (configuration.codec !== 'eac3') return configuration;
  const [first] = firstSamples(boxes, stbl, 1);
  return first === undefined ? configuration : { ...configuration, framesInSample: leadFramesIn(first) };
}

/** Frames of AAC that tell how they end. */
const framesLookedAt = 32;

/** Packets of Opus that tell what they look like. */
const packetsLookedAt = 1024;

/** How far sync samples are looked for. */
const maxSyncNumber = 4096;

function firstSyncNumbers(rows: TableRows): number[] {
  const numbers: number[] = [];
  while (numbers.length < syncLookedAt && rows.next()) {
    const number = rows.values[0]!;
    if (number === 0 || number > maxSyncNumber || number <= (numbers.at(-1) ?? 0)) break;
    numbers.push(number);
  }
  return numbers;
}

/** The first samples that the tables of a track describe, as many as there are and as can be read. */
function* firstSamples(boxes: BoxWalk, stbl: BoxSpan | undefined, count: number): Generator<Uint8Array> {
  for (const { offset, size } of firstPlaces(boxes, stbl, count)) {
    if (size > maxSampleBytes) return;
    yield stbl!.source.read(offset, size).slice();
  }
}

/** Where they lie. */
function* firstPlaces(boxes: BoxWalk, stbl: BoxSpan | undefined, count: number): Generator<SamplePlace> {
  const [stsz, stsc, stco, co64] = (['stsz', 'stsc', 'stco', 'co64'] as const).map((type) => boxes.child(stbl, type));
  const offsets = stco === undefined ? co64 && readCo64(co64) : readStco(stco);
  if (stsz === undefined || stsc === undefined || offsets === undefined) return;
  const { common, rows } = readStsz(stsz);
  const counts = samplesInChunks(readStsc(stsc));
  for (let left = count; left > 0 && offsets.next();) {
    const [high, low] = stco === undefined ? [offsets.values[0]!, offsets.values[1]!] : [0, offsets.values[0]!];
    let at = high * 2 ** 32 + low;
    const inChunk = counts.next();
    if (inChunk.done === true) return;
    for (let n = Math.min(left, inChunk.value); n > 0; n--, left--) {
      const size = common > 0 ? common : rows.next() ? rows.values[0]! : 0;
      if (size === 0 || at + size > stsz.source.size) return;
      yield { offset: at, size };
      at += size;
    }
  }
}

/** Samples in each of the chunks, by runs of chunks that say with which chunk they begin; the last run has no end. */
function* samplesInChunks(runs: TableRows): Generator<number> {
  if (!runs.next()) return;
  let [first, count] = [runs.values[0]!, runs.values[1]!];
  while (runs.next()) {
    const [next, nextCount] = [runs.values[0]!, runs.values[1]!];
    for (; first < next; first++) yield count;
    count = nextCount;
  }
  for (;;) yield count;
}

/** Rows of chunks that are looked at. */
const maxChunkRows = 4096;
/** Fewer values in common are none that a writer puts together. */
const minValuesInBlock = 16;

/** Uncompressed audio with what the sizes of its chunks have in common; the last one is as long as what was left. */
function withBlocks(configuration: CodecConfiguration, stsc: BoxSpan | undefined): CodecConfiguration {
  if (stsc === undefined || configuration.codec !== 'pcm') return configuration;
  const rows = readStsc(stsc);
  const counts: number[] = [];
  while (rows.row < maxChunkRows && rows.next()) counts.push(rows.values[1]!);
  const valuesInBlock = (counts.length > 1 ? counts.slice(0, -1) : counts).reduce(commonMeasure, 0);
  return valuesInBlock >= minValuesInBlock ? { ...configuration, valuesInBlock } : configuration;
}

function commonMeasure(a: number, b: number): number {
  return b === 0 ? a : commonMeasure(b, a % b);
}

/** Runs of durations that are looked at: those of a steady rate are few, but for rounding. */
const maxRuns = 1024;
/** Part of the pictures that must have the step, or be beside it by a tick or a millisecond, to which many writers round. */
const minSteady = 0.9;

/** The mean step of nearly all samples, in ticks; undefined where they have no common one, or fragments have them all. */
function usualStep(stts: BoxSpan, timescale: number): number | undefined {
  const rows = readStts(stts);
  const counts = new Map<number, number>();
  let all = 0;
  while (rows.row < maxRuns && rows.next()) {
    const [count, ticks] = [rows.values[0]!, rows.values[1]!];
    counts.set(ticks, (counts.get(ticks) ?? 0) + count);
    all += count;
  }
  const usual = [...counts].sort((a, b) => b[1] - a[1])[0]?.[0] ?? 0;
  const rounding = Math.max(1, Math.round(timescale / 1000));
  let [samples, sum] = [0, 0];
  for (const [ticks, count] of counts) {
    if (Math.abs(ticks - usual) > rounding) continue;
    samples += count;
    sum += count * ticks;
  }
  return usual > 0 && samples > 1 && samples >= minSteady * all ? sum / samples : undefined;
}
