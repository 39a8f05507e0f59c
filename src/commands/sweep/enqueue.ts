/**
 * Puts what is found in a tree into a queue, for `salvor work` on any number of machines. Only beginnings of files are looked
 * at here; whether something is to be done with a recording, who works on it finds out.
 */
import { dirname, resolve } from 'node:path';
import { Pace } from '../../io/pace.ts';
import { throwIfInterrupted, type SalvorError } from '../../media/errors.ts';
import { Batcher, type Batch, type QueuedRecording } from '../../queue/batch.ts';
import type { RecordingQueue } from '../../queue/recording-queue.ts';
import { looksLikeRecording } from '../../rescue/looks-like-recording.ts';
import {
  bytesOf,
  findCandidates,
  isYoungerThan,
  lastWritten,
  type Candidate,
} from '../../rescue/sweeping/candidates.ts';
import { isInShard, type Shard } from './shard.ts';

/** What is put into a queue. */
export interface EnqueueOptions {
  /** Directories, and files. */
  readonly roots: readonly string[];
  readonly oneFileSystem: boolean;
  /** Whether a path (from its root on) is to be looked at. */
  readonly isWanted: (place: string) => boolean;
  readonly shard: Shard | undefined;
  /** Seconds that a file must have been left alone. */
  readonly minAgeSeconds: number;
  /** Put in what failed before, even if neither it nor salvor has changed. */
  readonly retry: boolean;
  readonly dryRun: boolean;
  readonly version: string;
  readonly signal: AbortSignal;
  readonly unreadable: (error: SalvorError) => void;
  /** Called with how many files have been looked at. */
  readonly progress: (looked: number) => void;
}

/** How many recordings came to what. */
export interface EnqueueSummary {
  readonly looked: number;
  /** Put in, or, of a dry run, to be put in. */
  readonly added: number;
  /** In the queue already, whether done or not. */
  readonly known: number;
  /** Written to lately: left for the next time. */
  readonly young: number;
  readonly seconds: number;
}

/** Batches that are sent to the server at a time. */
const atOnce = 100;

/** Puts in what is not in it already. Throws where the server cannot be reached, and `interrupted` errors. */
export async function enqueue(queue: RecordingQueue, options: EnqueueOptions): Promise<EnqueueSummary> {
  const { oneFileSystem, isWanted, shard, minAgeSeconds, retry, signal, version, unreadable, progress } = options;
  const started = performance.now();
  const pace = new Pace(signal);
  const isKnown = await queue.known(
    (word, by) => word === 'later' || word === 'busy' || (word === 'failed' && (retry || by !== version)),
  );
  const counts = { looked: 0, added: 0, known: 0, young: 0 };
  const batches: Batch[] = [];
  const send = async (): Promise<void> => {
    throwIfInterrupted(signal);
    const sent = batches.splice(0);
    if (sent.length > 0 && !options.dryRun) await queue.add(sent);
    counts.added += sent.reduce((sum, { recordings }) => sum + recordings.length, 0);
  };
  let batcher = new Batcher('');
  let root: string | undefined;
  const paths = options.roots.map((path) => resolve(path));
  for (const candidate of findCandidates(paths, { oneFileSystem, unreadable })) {
    if (pace.isDue) await pace.turn();
    if (candidate === undefined) continue;
    progress(++counts.looked);
    const { path, kind, place } = candidate;
    if (!isWanted(place) || (shard !== undefined && !isInShard(place, shard))) continue;
    if (kind === 'file' && !looksLikeRecording(path)) continue;
    if (isYoungerThan(candidate, minAgeSeconds)) {
      counts.young++;
      continue;
    }
    const own = path.slice(0, path.length - place.length - 1) || '/';
    const recording = queued(candidate);
    if (isKnown(own, recording)) {
      counts.known++;
      continue;
    }
    if (own !== root) {
      batches.push(...batcher.end());
      batcher = new Batcher(own);
      root = own;
    }
    batches.push(...batcher.add(recording, dirname(place)));
    if (batches.length >= atOnce) await send();
  }
  batches.push(...batcher.end());
  await send();
  return { ...counts, seconds: (performance.now() - started) / 1000 };
}

function queued(candidate: Candidate): QueuedRecording {
  const { place, kind } = candidate;
  return { place, kind, bytes: bytesOf(candidate), mtimeMs: lastWritten(candidate) };
}
