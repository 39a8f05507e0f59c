/**
 * Audio that is not compressed: a sample of an MP4 is one value of each channel, a million of them in twenty seconds, so
 * that a row of a table stands for up to a thousand. Here is what that means for the boxes.
 */
import type { SampleTable } from '../media/sample-table.ts';
import type { CodecConfiguration } from '../media/track.ts';
import type { VisitRuns } from './runs.ts';

/** Bytes of one value of each channel; undefined where a row is a sample. */
export function frameBytesOf(configuration: CodecConfiguration): number | undefined {
  if (configuration.codec !== 'pcm') return undefined;
  const bytes = (configuration.channels * configuration.bitsPerSample) / 8;
  return Number.isInteger(bytes) && bytes > 0 ? bytes : undefined;
}

/** Values of all channels in a table. */
export function frameCount(table: SampleTable, frameBytes: number): number {
  return table.mediaBytes / frameBytes;
}

/** What each value lasts: what the row does divided among its values, the last of them until the next row begins. */
export function frameDurations(table: SampleTable, frameBytes: number): VisitRuns {
  return (visit) => {
    // Rows as a rule go on where the one before ends: their runs are one.
    let run = 0;
    let value = 0;
    const add = (count: number, ticks: number): void => {
      if (count === 0) return;
      if (ticks !== value && run > 0) {
        visit(run, value);
        run = 0;
      }
      value = ticks;
      run += count;
    };
    for (let i = 0; i < table.length; i++) {
      const frames = table.sizes.data[i]! / frameBytes;
      const duration = table.durations.data[i]!;
      const step = Math.max(1, Math.floor(duration / frames));
      add(frames - 1, step);
      add(1, Math.max(0, duration - step * (frames - 1)));
    }
    if (run > 0) visit(run, value);
  };
}
