/**
 * How the writer of an MP4 put chunks of its pictures and of its audio in turn into the file, and when each of them was
 * recorded: a recording that lost its index, by the same recorder, was put together alike. Only the first chunks are read.
 */
import type { ReferenceRun } from '../media/codec-reference.ts';
import type { BoxWalk } from './box-walk.ts';
import type { BoxSpan } from './box.ts';
import { readCo64 } from './boxes/co64.ts';
import { readStco } from './boxes/stco.ts';
import { readStsc } from './boxes/stsc.ts';
import { readStts } from './boxes/stts.ts';

/** Chunks of a track that are looked at, and rows of its durations. */
const maxChunks = 512;
const maxRows = 65_536;

/** A chunk of one track. */
export interface TimedChunk {
  readonly offset: number;
  readonly samples: number;
  /** When its first sample was recorded and its last one ended, in seconds from the first sample of the track on. */
  readonly startSeconds: number;
  readonly endSeconds: number;
}

/** The first chunks of a track, as far as its tables tell of them. */
export function timedChunks(boxes: BoxWalk, stbl: BoxSpan | undefined, timescale: number): TimedChunk[] {
  const [stsc, stts] = [boxes.child(stbl, 'stsc'), boxes.child(stbl, 'stts')];
  const [stco, co64] = [boxes.child(stbl, 'stco'), boxes.child(stbl, 'co64')];
  const offsets = stco === undefined ? co64 && readCo64(co64) : readStco(stco);
  if (stsc === undefined || stts === undefined || offsets === undefined) return [];
  const [counts, steps] = [readStsc(stsc), readStts(stts)];
  const chunks: TimedChunk[] = [];
  let samples = 0;
  let nextFrom = counts.next() ? counts.values[0]! : Infinity;
  let nextSamples = counts.values[1]!;
  let [ticks, left, step] = [0, 0, 0];
  while (chunks.length < maxChunks && offsets.next()) {
    if (chunks.length + 1 === nextFrom) {
      samples = nextSamples;
      nextFrom = counts.next() ? counts.values[0]! : Infinity;
      nextSamples = counts.values[1]!;
    }
    const start = ticks;
    for (let open = samples; open > 0;) {
      if (left === 0 && (steps.row >= maxRows || !steps.next())) return chunks;
      if (left === 0) [left, step] = [steps.values[0]!, steps.values[1]!];
      const taken = Math.min(left, open);
      ticks += taken * step;
      left -= taken;
      open -= taken;
    }
    const [high, low] = stco === undefined ? [offsets.values[0]!, offsets.values[1]!] : [0, offsets.values[0]!];
    const offset = high * 2 ** 32 + low;
    chunks.push({ offset, samples, startSeconds: start / timescale, endSeconds: ticks / timescale });
  }
  return chunks;
}

/**
 * The chunks of both tracks in the order of the file, neighbours of one track as one. `pictures` and `audio`: the chunks of
 * each, and seconds into the presentation at which the track begins.
 */
export function chunkTurns(
  pictures: { readonly chunks: readonly TimedChunk[]; readonly begins: number },
  audio: { readonly chunks: readonly TimedChunk[]; readonly begins: number },
): ReferenceRun[] {
  // Of a track that has more chunks than are read the others lie in front of what is known of it.
  const end = Math.min(
    ...[pictures, audio].map(({ chunks }) => (chunks.length < maxChunks ? Infinity : chunks.at(-1)!.offset)),
  );
  const all = [pictures, audio].flatMap(({ chunks, begins }, n) =>
    chunks.map((chunk) => ({ ...chunk, begins, kind: n === 0 ? ('video' as const) : ('audio' as const) })),
  );
  const runs: ReferenceRun[] = [];
  for (const { offset, kind, samples, begins, startSeconds, endSeconds } of all.sort((a, b) => a.offset - b.offset)) {
    if (offset > end) break;
    const last = runs.at(-1);
    if (last?.kind === kind) {
      runs[runs.length - 1] = { ...last, samples: last.samples + samples, endSeconds: begins + endSeconds };
    } else {
      runs.push({ kind, samples, startSeconds: begins + startSeconds, endSeconds: begins + endSeconds });
    }
  }
  return runs;
}
