/** Builds the sample table of one track from known and carved samples, when all decode times are there. */
import { samplesAtOnce, SampleTable } from '../../media/sample-table.ts';
import { Column } from '../../media/column.ts';
import { usualDuration } from '../../media/timeline.ts';
import type { CarvedSamples } from './carved-samples.ts';
import { fillPresentationTimes } from '../clocks/presentation-times.ts';
import { filledInSteps } from '../clocks/in-steps.ts';
import { unknownOrder, type OrderedPictures } from '../clocks/ordered-pictures.ts';
import { lowerBound, samplesOf } from '../clocks/arrivals.ts';
import type { CarvedStream, JoinedSamples, Merged } from './joined-samples.ts';

/** The table, and whether all presentation times in it follow from the picture order. Goes step by step. */
export function* buildTable(
  stream: CarvedStream,
  samples: CarvedSamples,
  merged: Merged,
  own: JoinedSamples,
): Generator<void, { table: SampleTable; orderKnown: boolean }> {
  const { known } = stream;
  const numbers = yield* samplesOf(merged.arrivals, own.stream);
  const ticks = yield* ticksOf(stream, merged, numbers);
  const offsets = new Int32Array(numbers.length);
  const orderKnown = stream.kind === 'audio' || (yield* fillOffsets(stream, samples, merged, numbers, ticks, offsets));
  const table = new SampleTable((known?.length ?? 0) + own.carved);
  const sync = stream.kind === 'video' ? new Column(Uint8Array, table.offsets.data.length) : undefined;
  const shown = stream.kind === 'video' ? new Column(Int32Array, table.offsets.data.length) : undefined;
  const rows: Rows = { table, sync, shown, known };
  yield* takeKnown(rows, 0, own.from);
  yield* takeMerged(rows, { samples, merged, numbers, ticks, offsets });
  yield* takeKnown(rows, own.to, known?.length ?? 0);
  const beginsAsKnown = own.from > 0 || merged.references[numbers[0]!] === 0;
  table.firstDecodeTime = beginsAsKnown && stream.clockBreaks?.[0] !== 0 ? known!.firstDecodeTime : ticks[0]!;
  table.sync = sync;
  if (shown !== undefined && (yield* isAnyOther(shown.values(), 0))) table.compositionOffsets = shown;
  if (merged.references[numbers.at(-1)!]! < 0) settleLast(table, stream);
  return { table, orderKnown };
}

/** A table while its samples are put into it, and that of the known ones. */
interface Rows {
  readonly table: SampleTable;
  readonly sync: Column<Uint8Array> | undefined;
  readonly shown: Column<Int32Array> | undefined;
  readonly known: SampleTable | undefined;
}

/** Takes a known sample over, which lasts so many ticks here. */
function takeRow({ table, sync, shown, known }: Rows, index: number, duration: number): void {
  table.offsets.push(known!.offsets.data[index]!);
  table.sizes.push(known!.sizes.data[index]!);
  table.durations.push(duration);
  sync?.push(known!.isSync(index) ? 1 : 0);
  shown?.push(known!.compositionOffset(index));
}

/** Takes known samples over as they are. */
function* takeKnown(rows: Rows, from: number, to: number): Generator<void, void> {
  for (let i = from; i < to; i++) {
    if (i % samplesAtOnce === 0) yield;
    takeRow(rows, i, rows.known!.durations.data[i]!);
  }
}

/** Takes over the carved samples and the known ones among them, by the decode times they have now. */
function* takeMerged(
  rows: Rows,
  { samples, merged: { references }, numbers, ticks, offsets }: MergedRows,
): Generator<void, void> {
  const { table, sync, shown, known } = rows;
  for (let n = 0; n < numbers.length; n++) {
    if (n % samplesAtOnce === 0) yield;
    const reference = references[numbers[n]!]!;
    const isLast = n + 1 === numbers.length;
    const step = isLast ? 0 : ticks[n + 1]! - ticks[n]!;
    if (reference >= 0) {
      takeRow(rows, reference, isLast ? known!.durations.data[reference]! : step);
      continue;
    }
    table.offsets.push(samples.offsets.data[~reference]!);
    table.sizes.push(samples.sizes.data[~reference]!);
    table.durations.push(step);
    sync?.push(samples.sync.data[~reference]!);
    shown?.push(offsets[n]!);
  }
}

/** What the carved samples of a track are put into its table by: their numbers in the merged ones, and in that order ticks. */
interface MergedRows {
  readonly samples: CarvedSamples;
  readonly merged: Merged;
  readonly numbers: Uint32Array;
  readonly ticks: Float64Array;
  /** Composition offsets. */
  readonly offsets: Int32Array;
}

/** Decode times in ticks; those of carved samples rise. */
function* ticksOf(
  { timescale }: CarvedStream,
  { arrivals, references }: Merged,
  numbers: Uint32Array,
): Generator<void, Float64Array> {
  const ticks = new Float64Array(numbers.length);
  for (let n = 0; n < numbers.length; n++) {
    if (n % samplesAtOnce === 0) yield;
    const number = numbers[n]!;
    const tick = Math.round(arrivals.times[number]! * timescale);
    ticks[n] = n > 0 && references[number]! < 0 ? Math.max(tick, ticks[n - 1]! + 1) : tick;
  }
  return ticks;
}

/** Whether any of the values is another. */
function* isAnyOther(values: Int32Array, than: number): Generator<void, boolean> {
  for (let n = 0; n < values.length; n++) {
    if (n % samplesAtOnce === 0) yield;
    if (values[n] !== than) return true;
  }
  return false;
}

function settleLast(table: SampleTable, { frameSeconds, timescale }: CarvedStream): void {
  const last = table.length - 1;
  table.durations.data[last] = Math.round(
    frameSeconds === undefined
      ? Math.max(1, last > 0 ? usualDuration(table) : timescale / 25)
      : frameSeconds * timescale,
  );
}

/** Fills the composition offsets of carved pictures, in ticks. Returns whether the picture order gave all of them. */
function* fillOffsets(
  stream: CarvedStream,
  samples: CarvedSamples,
  merged: Merged,
  numbers: Uint32Array,
  ticks: Float64Array,
  offsets: Int32Array,
): Generator<void, boolean> {
  const pictures = yield* picturesOf(stream, samples, merged, numbers, ticks);
  yield* findBreaks(pictures, new Set(merged.arrivals.losses.map(({ before }) => lowerBound(numbers, before))));
  const complete = yield* fillPresentationTimes(pictures);
  const { presentationTimes } = pictures;
  for (let n = 0; n < offsets.length; n++) {
    if (n % samplesAtOnce === 0) yield;
    offsets[n] = Math.round(presentationTimes[n]! * stream.timescale) - ticks[n]!;
  }
  return complete;
}

/** The pictures of a track with what is known of their order: from the index, from their headers. */
function* picturesOf(
  { known, timescale, reorderedPictures }: CarvedStream,
  samples: CarvedSamples,
  { references }: Merged,
  numbers: Uint32Array,
  ticks: Float64Array,
): Generator<void, OrderedPictures & { readonly breaks: number[] }> {
  const { length } = numbers;
  const pictures = {
    decodeTimes: new Float64Array(length),
    presentationTimes: yield* filledInSteps(length, Number.NaN),
    periods: new Uint32Array(length),
    counts: new Int32Array(length).fill(unknownOrder),
    breaks: [],
    reorderedPictures,
    tickSeconds: 1 / timescale,
  };
  let context = 0;
  for (let n = 0; n < numbers.length; n++) {
    if (n % samplesAtOnce === 0) yield;
    pictures.decodeTimes[n] = ticks[n]! / timescale;
    const reference = references[numbers[n]!]!;
    let facts = ~reference;
    if (reference >= 0) {
      const offset = known!.offsets.data[reference]!;
      while (context < samples.length && samples.offsets.data[context]! < offset) context++;
      const isContext =
        context < samples.length && samples.known.data[context] === 1 && samples.offsets.data[context] === offset;
      pictures.presentationTimes[n] = (ticks[n]! + known!.compositionOffset(reference)) / timescale;
      if (!isContext) continue;
      facts = context;
    }
    pictures.periods[n] = samples.periods.data[facts]!;
    pictures.counts[n] = samples.counts.data[facts]!;
  }
  return pictures;
}

/** Order is known from a picture on; across missing media and across pictures without an order it cannot be followed. */
function* findBreaks(
  { counts, breaks }: Pick<OrderedPictures, 'counts'> & { readonly breaks: number[] },
  lost: ReadonlySet<number>,
): Generator<void, void> {
  for (let n = 1; n < counts.length; n++) {
    if (n % samplesAtOnce === 0) yield;
    const turns = (counts[n] === unknownOrder) !== (counts[n - 1] === unknownOrder);
    if (turns || lost.has(n)) breaks.push(n);
  }
}
