/** Lists the samples of several tables in the order in which they lie in the file. */
import type { Ratio } from '../../media/probed-recording.ts';
import type { SampleTable } from '../../media/sample-table.ts';
import type { SampleRow } from './inspection.ts';

/** A track whose samples are listed. */
export interface ListedTrack {
  readonly index: number;
  readonly kind: string;
  readonly timeBase: Ratio;
  readonly table: SampleTable;
  /** Ticks that are added to all times. */
  readonly shift: number;
}

/** Rows in the order of offsets; within a track always in decoding order. */
export function* rowsOf(tracks: readonly ListedTrack[]): Generator<SampleRow> {
  const heads = tracks.map((track) => ({ track, next: 0, ticks: track.table.firstDecodeTime + track.shift }));
  for (;;) {
    let chosen: (typeof heads)[number] | undefined;
    let lowest = Infinity;
    for (const head of heads) {
      if (head.next >= head.track.table.length) continue;
      const offset = head.track.table.offsets.data[head.next]!;
      if (offset < lowest) {
        lowest = offset;
        chosen = head;
      }
    }
    if (chosen === undefined) return;
    const { track, next, ticks } = chosen;
    const { table } = track;
    const duration = table.durations.data[next]!;
    yield {
      track: track.index,
      kind: track.kind,
      timeBase: track.timeBase,
      dtsTicks: ticks - decodeShift(table),
      ptsTicks: ticks + table.compositionOffset(next),
      durationTicks: duration,
      size: table.sizes.data[next]!,
      offset: lowest,
      sync: table.isSync(next),
    };
    chosen.next++;
    chosen.ticks = ticks + duration;
  }
}

const shifts = new WeakMap<SampleTable, number>();

/** What decode times have to be earlier by so that nothing is shown before it is decoded: negative offsets. */
function decodeShift(table: SampleTable): number {
  let shift = shifts.get(table);
  if (shift === undefined) {
    shift = 0;
    const offsets = table.compositionOffsets?.data;
    if (offsets !== undefined) for (let i = 0; i < table.length; i++) shift = Math.max(shift, -offsets[i]!);
    shifts.set(table, shift);
  }
  return shift;
}
