/**
 * Recordings in chunks as real writers put them into a file: samples of pictures and of audio with the times at which they
 * were recorded, in the order in which they lie there.
 */
import type { ReferenceRun } from '../../../src/media/codec-reference.ts';

export const video = 0;
export const audio = 1;

export interface Sample {
  readonly stream: number;
  readonly time: number;
}

/** Samples of one track; `pauses`: seconds left out, by when they begin. */
export function track(
  stream: number,
  step: number,
  { from = 0, to = 20, pauses = [] as readonly { readonly at: number; readonly length: number }[] } = {},
): Sample[] {
  const samples: Sample[] = [];
  let time = from;
  const open = [...pauses];
  while (time < to) {
    if (open[0] !== undefined && time >= open[0].at) time += open.shift()!.length;
    samples.push({ stream, time });
    time += step;
  }
  return samples;
}

/** A clock that swings by half of its rate, and never steps back. */
export function swung(time: number): number {
  return time + (0.4 / 1.3) * Math.sin(1.3 * time);
}

/** Cuts a track into chunks of at least so many seconds each. */
export function chunks(samples: readonly Sample[], step: number, lengths: readonly number[]): Sample[][] {
  const made: Sample[][] = [];
  let chunk: Sample[] = [];
  for (const sample of samples) {
    chunk.push(sample);
    if (sample.time + step - chunk[0]!.time < lengths[made.length % lengths.length]! - 1e-9) continue;
    made.push(chunk);
    chunk = [];
  }
  if (chunk.length > 0) made.push(chunk);
  return made;
}

/** Cuts a track where its clock passes the sums of the lengths, which is how packagers cut all tracks alike. */
export function cutAlike(samples: readonly Sample[], lengths: readonly number[]): Sample[][] {
  const made: Sample[][] = [[]];
  let end = lengths[0]!;
  for (const sample of samples) {
    while (sample.time >= end - 1e-9) {
      end += lengths[made.length % lengths.length]!;
      made.push([]);
    }
    made.at(-1)!.push(sample);
  }
  return made;
}

/** A chunk is written when it is full, as phones do. */
export function asTheyFill(...tracks: readonly Sample[][][]): Sample[] {
  const all = tracks.flat().map((chunk) => ({ chunk, full: chunk.at(-1)!.time, first: chunk[0]!.stream }));
  return all.sort((a, b) => a.full - b.full || a.first - b.first).flatMap(({ chunk }) => chunk);
}

/** One of each in turn, as packagers do. */
export function inTurn(one: readonly Sample[][], other: readonly Sample[][]): Sample[] {
  const all: Sample[] = [];
  for (let n = 0; n < Math.max(one.length, other.length); n++) all.push(...(one[n] ?? []), ...(other[n] ?? []));
  return all;
}

/** How the tracks of a recording lie beside each other, as its index tells. `steps`: what a sample of each lasts. */
export function turnsOf(samples: readonly Sample[], steps: readonly [number, number]): ReferenceRun[] {
  const runs: ReferenceRun[] = [];
  for (const { stream, time } of samples) {
    const kind = stream === video ? 'video' : 'audio';
    const last = runs.at(-1);
    const endSeconds = time + steps[stream]!;
    if (last?.kind === kind) runs[runs.length - 1] = { ...last, samples: last.samples + 1, endSeconds };
    else runs.push({ kind, samples: 1, startSeconds: time, endSeconds });
  }
  return runs;
}

/** The orders in which writers put chunks of `one` and of `other` seconds into a file. */
export const layouts = {
  filled: (shown: Sample[], heard: Sample[], one: number, other: number, step: number, frame: number) =>
    asTheyFill(chunks(shown, step, [one]), chunks(heard, frame, [other])),
  alike: (shown: Sample[], heard: Sample[], one: number) => inTurn(cutAlike(shown, [one]), cutAlike(heard, [one])),
  'audio first': (shown: Sample[], heard: Sample[], one: number) =>
    inTurn(cutAlike(heard, [one]), cutAlike(shown, [one])),
  'audio ahead': (shown: Sample[], heard: Sample[], one: number, other: number) =>
    inTurn(cutAlike(heard, [one + other, ...Array.from({ length: 200 }, () => one)]), cutAlike(shown, [one])),
  'pictures ahead': (shown: Sample[], heard: Sample[], one: number, other: number) =>
    inTurn(cutAlike(shown, [one + other, ...Array.from({ length: 200 }, () => one)]), cutAlike(heard, [one])),
  unequal: (shown: Sample[], heard: Sample[], one: number, other: number) =>
    inTurn(cutAlike(shown, [one, other, 0.3, one + other]), cutAlike(heard, [one, other, 0.3, one + other])),
} as const;

export const rates = [15, 24, 25, 30000 / 1001, 50, 60];
export const frequencies = [8000, 16000, 22050, 32000, 44100, 48000, 96000];
