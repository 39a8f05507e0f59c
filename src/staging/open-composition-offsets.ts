/**
 * Finds the composition offsets that no run in the track file reaches. They stand in `.info` if it is of this state;
 * otherwise the picture order counts of the slices tell between which pictures each is shown.
 */
import { parameterSetNalUnits } from '../codecs/h264/decoder-configuration.ts';
import { NalUnitType } from '../codecs/h264/nal-unit.ts';
import { PictureOrderCount } from '../codecs/h264/picture-order-count.ts';
import {
  activeParameterSets,
  parameterSetsOf,
  parseSliceHeader,
  type ParameterSets,
} from '../codecs/h264/slice-header.ts';
import type { ByteSource } from '../io/file-source.ts';
import type { FindingPlace, Findings } from '../media/findings.ts';
import type { SampleTable } from '../media/sample-table.ts';
import type { CodecConfiguration } from '../media/track.ts';
import type { TrackRecord } from './info.ts';
import type { TrackEntries } from './track-file.ts';

/** Pictures before the open run whose order is looked at: more than any decoder can hold back, many times over. */
const picturesLookedAt = 240;
/** Pictures after the first one of a chunk that tell when it was shown. */
const picturesAfterFirst = 32;
/** Bytes of a slice that hold its header. */
const sliceHeaderBytes = 256;

/** Fills the offsets from `compositionOffsetsKnown` on, in ticks; what had to be assumed becomes a finding. */
export function fillOpenCompositionOffsets(
  entries: TrackEntries,
  record: TrackRecord | undefined,
  configuration: CodecConfiguration,
  mdat: ByteSource,
  findings: Findings,
  place: FindingPlace,
): void {
  const { samples, compositionOffsetsKnown: known } = entries;
  const open = samples.length - known;
  if (open <= 0) return;
  const recorded =
    record !== undefined && record.compositionRuns === entries.compositionRuns
      ? record.lastCompositionRun.value
      : undefined;
  const ordered =
    recorded === undefined && configuration.codec === 'h264'
      ? fromPictureOrder(entries, parametersOf(configuration), mdat)
      : undefined;
  const value = recorded ?? ordered ?? 0;
  if (recorded === undefined && (known > 0 || ordered !== undefined)) {
    const source =
      ordered === undefined ? 'could not be found and are taken as 0' : 'follow from the picture order counts';
    findings.add(
      ordered === undefined ? 'times-assumed' : 'times-continued',
      `the last ${open} composition offsets ${source}`,
      place,
    );
  }
  if (value === 0 && samples.compositionOffsets === undefined) return;
  samples.ensureCompositionOffsets().data.fill(value, known, samples.length);
}

/** Pairs of pictures that tell a step by their order, of which this part agrees. */
const minPairs = 4;
const minAgreeing = 0.8;

/**
 * Ticks from picture to picture of a track whose steps are all alike, so that none was recorded: pictures are held back
 * for so many steps as their order says, and those composition offsets were recorded. Undefined where they do not tell.
 */
export function stepByOrder(
  { samples, compositionOffsetsKnown: known }: TrackEntries,
  configuration: CodecConfiguration,
  mdat: ByteSource,
): number | undefined {
  if (configuration.codec !== 'h264' || samples.compositionOffsets === undefined) return undefined;
  const { pictures } = readStretch(samples, 0, Math.min(known, picturesLookedAt), parametersOf(configuration), mdat);
  const steps: number[] = [];
  // The last period may go on behind what was looked at, and then the order of its pictures is not whole.
  const periods = [...new Set(pictures.map(({ period }) => period))].slice(0, -1);
  for (const period of periods) {
    const own = pictures.filter((picture) => picture.period === period);
    const places = new Map(own.toSorted((a, b) => a.count - b.count).map(({ index }, place) => [index, place]));
    for (const [n, { index }] of own.entries()) {
      const before = own[n - 1];
      // What lost its offset where a chunk began tells nothing.
      if (before === undefined || before.index === 0 || index !== before.index + 1) continue;
      const heldLonger = places.get(index)! - places.get(before.index)! - 1;
      if (heldLonger === 0) continue;
      steps.push((samples.compositionOffset(index) - samples.compositionOffset(before.index)) / heldLonger);
    }
  }
  if (steps.length < minPairs) return undefined;
  const step = steps.toSorted((a, b) => a - b)[steps.length >> 1]!;
  const agreeing = steps.filter((other) => Math.abs(other - step) <= 1).length;
  return step >= 1 && agreeing >= minAgreeing * steps.length ? Math.round(step) : undefined;
}

function parametersOf(configuration: CodecConfiguration & { codec: 'h264' }): ParameterSets {
  return parameterSetsOf(parameterSetNalUnits(configuration.record));
}

interface OrderedPicture {
  readonly index: number;
  readonly period: number;
  readonly count: number;
  readonly isIdr: boolean;
}

/** Pictures of a stretch of the track in decoding order, with the decode time of each in ticks from the stretch's first. */
interface Stretch {
  readonly pictures: readonly OrderedPicture[];
  decoded(index: number): number;
  shown(index: number): number;
}

function readStretch(
  samples: SampleTable,
  first: number,
  end: number,
  parameters: ParameterSets,
  mdat: ByteSource,
): Stretch {
  const order = new PictureOrderCount();
  const pictures: OrderedPicture[] = [];
  const decodeTimes: number[] = [];
  let time = 0;
  for (let index = first; index < Math.min(samples.length, end); index++) {
    decodeTimes.push(time);
    time += samples.durations.data[index]!;
    const slice = firstSlice(mdat, samples.offsets.at(index), samples.sizes.at(index));
    if (slice === undefined) continue;
    const header = parseSliceHeader(slice, parameters).value;
    const sps = header === undefined ? undefined : activeParameterSets(parameters, header.picParameterSetId)?.sps;
    if (header === undefined || sps === undefined) continue;
    const { period, picOrderCnt } = order.next(header, sps);
    pictures.push({ index, period, count: picOrderCnt, isIdr: header.nalUnitType === NalUnitType.idrSlice });
  }
  const decoded = (index: number): number => decodeTimes[index - first] ?? 0;
  return { pictures, decoded, shown: (index) => decoded(index) + samples.compositionOffset(index) };
}

/** The composition offset that all samples of the open run have, or undefined where the slices do not tell. */
function fromPictureOrder(entries: TrackEntries, parameters: ParameterSets, mdat: ByteSource): number | undefined {
  const { samples, compositionOffsetsKnown: known } = entries;
  const stretch = readStretch(
    samples,
    Math.max(0, known - picturesLookedAt),
    known + picturesLookedAt,
    parameters,
    mdat,
  );
  // No picture before the open run: without reordering in it there is nothing to offset.
  if (known === 0) return isInDecodingOrder(stretch.pictures) ? 0 : undefined;
  const before = stretch.pictures.filter(({ index }) => index < known);
  const offsets = stretch.pictures
    .filter(({ index }) => index >= known)
    .map((picture) => offsetOf(picture, before, stretch))
    .filter((offset) => offset !== undefined)
    .sort((a, b) => a - b);
  return offsets[Math.floor(offsets.length / 2)];
}

/**
 * A later chunk of a recording begins with decode and presentation time forced to 0 (observed), so that its first picture
 * lost its composition offset. The pictures shown after it tell which it was.
 */
export function restoreFirstCompositionOffset(
  samples: SampleTable,
  configuration: CodecConfiguration,
  mdat: ByteSource,
  findings: Findings,
  place: FindingPlace,
): void {
  if (
    configuration.codec !== 'h264' ||
    samples.compositionOffsets === undefined ||
    samples.compositionOffset(0) !== 0
  ) {
    return;
  }
  const stretch = readStretch(samples, 0, picturesAfterFirst, parametersOf(configuration), mdat);
  const [first, ...after] = stretch.pictures;
  if (first?.index !== 0) return;
  const offset = offsetOf(first, after, stretch);
  if (offset === undefined || offset <= 0) return;
  samples.compositionOffsets.data[0] = offset;
  findings.add(
    'times-continued',
    `the first picture lost its composition offset where the chunk began; ${offset} ticks follow from the picture order`,
    place,
  );
}

function isInDecodingOrder(pictures: readonly OrderedPicture[]): boolean {
  return (
    pictures.length > 0 &&
    pictures.every(
      (picture, i) => i === 0 || picture.period > pictures[i - 1]!.period || picture.count > pictures[i - 1]!.count,
    )
  );
}

/** Ticks that one count of picture order lasts, by the two pictures of one period that are the furthest apart. */
function ticksPerCount(known: readonly OrderedPicture[], stretch: Stretch): number | undefined {
  const period = known.at(-1)?.period;
  for (const candidate of [period, period === undefined ? undefined : period - 1]) {
    const pictures = known.filter((picture) => picture.period === candidate).sort((a, b) => a.count - b.count);
    const [low, high] = [pictures[0], pictures.at(-1)];
    if (low === undefined || high === undefined || low.count === high.count) continue;
    return (stretch.shown(high.index) - stretch.shown(low.index)) / (high.count - low.count);
  }
  return undefined;
}

/** How long after its decoding a picture is shown, by the pictures next to it in order whose times are known. */
function offsetOf(picture: OrderedPicture, known: readonly OrderedPicture[], stretch: Stretch): number | undefined {
  const { shown, decoded } = stretch;
  const inPeriod = known.filter(({ period }) => period === picture.period).sort((a, b) => a.count - b.count);
  if (inPeriod.length === 0) {
    // The first picture of a period is held back as long as the first of the period before.
    const idr = known.findLast(({ isIdr }) => isIdr);
    return idr === undefined ? undefined : shown(idr.index) - decoded(idr.index);
  }
  const next = inPeriod.findIndex(({ count }) => count > picture.count);
  const [low, high] =
    next < 0 ? inPeriod.slice(-2) : next === 0 ? inPeriod.slice(0, 2) : inPeriod.slice(next - 1, next + 1);
  const nearest = low ?? high!;
  const perCount =
    low === undefined || high === undefined
      ? ticksPerCount(known, stretch)
      : (shown(high.index) - shown(low.index)) / (high.count - low.count);
  if (perCount === undefined || !Number.isFinite(perCount)) return undefined;
  return Math.round(shown(nearest.index) + (picture.count - nearest.count) * perCount) - decoded(picture.index);
}

/** The first bytes of the first slice of a sample, from its NAL unit header on. */
function firstSlice(mdat: ByteSource, offset: number, size: number): Uint8Array | undefined {
  const end = offset + size;
  // An entry that is not true may point anywhere.
  if (end > mdat.size) return undefined;
  let at = offset;
  while (at + 5 <= end) {
    const header = mdat.read(at, 5);
    if (header.length < 5) return undefined;
    const length = new DataView(header.buffer, header.byteOffset).getUint32(0);
    const type = header[4]! & 0x1f;
    if (length === 0 || at + 4 + length > end) return undefined;
    if (type === NalUnitType.nonIdrSlice || type === NalUnitType.idrSlice) {
      return mdat.read(at + 4, Math.min(length, sliceHeaderBytes)).slice();
    }
    at += 4 + length;
  }
  return undefined;
}
