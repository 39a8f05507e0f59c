/** Builds the sample table of one track from known and carved samples, when all decode times are there. */
import { samplesAtOnce, SampleTable } from '../../media/sample-table.ts';
import { Column } from '../../media/column.ts';
import { usualDuration } from '../../media/timeline.ts';
import type { CarvedSamples } from './carved-samples.ts';
import { fillPresentationTimes } from '../clocks/presentation-times.ts';
import { filledInSteps } from '../clocks/in-steps.ts';
import { unknownOrder } from '../clocks/ordered-pictures.ts';
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
  const takeKnown = (index: number, duration: number): void => {
    table.offsets.push(known!.offsets.data[index]!);
    table.sizes.push(known!.sizes.data[index]!);
    table.durations.push(duration);
    sync?.push(known!.isSync(index) ? 1 : 0);
    shown?.push(known!.compositionOffset(index));
  };
  for (let i = 0; i < own.from; i++) {
    if (i % samplesAtOnce === 0) yield;
    takeKnown(i, known!.durations.data[i]!);
  }
  for (let n = 0; n < numbers.length; n++) {
    if (n % samplesAtOnce === 0) yield;
    const reference = merged.references[numbers[n]!]!;
    const step = n + 1 < numbers.length ? ticks[n + 1]! - ticks[n]! : 0;
    if (reference >= 0) {
      const isLast = n + 1 === numbers.length;
      takeKnown(reference, isLast ? known!.durations.data[reference]! : step);
      continue;
    }
    table.offsets.push(samples.offsets.data[~reference]!);
    table.sizes.push(samples.sizes.data[~reference]!);
    table.durations.push(step);
    sync?.push(samples.sync.data[~reference]!);
    shown?.push(offsets[n]!);
  }
  for (let i = own.to; i < (known?.length ?? 0); i++) {
    if (i % samplesAtOnce === 0) yield;
    takeKnown(i, known!.durations.data[i]!);
  }
  const beginsAsKnown = own.from > 0 || merged.references[numbers[0]!] === 0;
  table.firstDecodeTime = beginsAsKnown && stream.clockBreaks?.[0] !== 0 ? known!.firstDecodeTime : ticks[0]!;
  table.sync = sync;
  if (shown !== undefined && (yield* isAnyOther(shown.values(), 0))) table.compositionOffsets = shown;
  if (merged.references[numbers.at(-1)!]! < 0) settleLast(table, stream);
  return { table, orderKnown };
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
  { known, timescale, reorderedPictures }: CarvedStream,
  samples: CarvedSamples,
  { arrivals, references }: Merged,
  numbers: Uint32Array,
  ticks: Float64Array,
  offsets: Int32Array,
): Generator<void, boolean> {
  const length = numbers.length;
  const pictures = {
    decodeTimes: new Float64Array(length),
    presentationTimes: yield* filledInSteps(length, Number.NaN),
    periods: new Uint32Array(length),
    counts: new Int32Array(length).fill(unknownOrder),
    breaks: [] as number[],
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
  // Order is known from a picture on; across missing media and across pictures without an order it cannot be followed.
  const lost = new Set(arrivals.losses.map(({ before }) => lowerBound(numbers, before)));
  for (let n = 1; n < length; n++) {
    if (n % samplesAtOnce === 0) yield;
    const turns = (pictures.counts[n] === unknownOrder) !== (pictures.counts[n - 1] === unknownOrder);
    if (turns || lost.has(n)) pictures.breaks.push(n);
  }
  const complete = yield* fillPresentationTimes(pictures);
  for (let n = 0; n < length; n++) {
    if (n % samplesAtOnce === 0) yield;
    offsets[n] = Math.round(pictures.presentationTimes[n]! * timescale) - ticks[n]!;
  }
  return complete;
}
