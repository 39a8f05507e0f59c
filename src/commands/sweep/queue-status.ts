/** What became of the recordings in a queue, from the logs of its jobs. How that is shown is not known here. */
import type { QueuedJob, RecordingQueue } from '../../queue/recording-queue.ts';
import type { SweepOutcome, SweepResult } from '../../media/sweep-outcome.ts';
import { join } from 'node:path';

/** How many recordings came to what. */
export interface QueueSummary extends Readonly<Record<Exclude<SweepResult, 'would-make'>, number>> {
  /** For a worker, or for their next try. */
  readonly waiting: number;
  /** In the hands of a worker. */
  readonly active: number;
  /** Made, but not intact, or what was to follow failed. */
  readonly doubtful: number;
  /** Processes of `salvor work`; undefined where the server does not tell. */
  readonly workers: number | undefined;
}

/** A recording in the queue, and where it was worked on. */
export interface QueuedRecordingStatus extends SweepOutcome {
  readonly host?: string;
}

/** Everything that something was done with or is to be done about, and the sum of all. */
export interface QueueStatus {
  readonly recordings: readonly QueuedRecordingStatus[];
  readonly summary: QueueSummary;
}

/** Asks a queue. Of a recording that is in several jobs, because it was put in again, the job that was added last counts. */
export async function queueStatus(queue: RecordingQueue): Promise<QueueStatus> {
  const latest = new Map<string, { readonly added: number; readonly status: QueuedRecordingStatus | State }>();
  for await (const job of queue.jobs<SweepOutcome>()) {
    for (const [path, status] of await statusOf(job)) {
      const known = latest.get(path);
      if (known === undefined || known.added <= job.addedMs) latest.set(path, { added: job.addedMs, status });
    }
  }
  const counts = {
    nothing: 0,
    intact: 0,
    finished: 0,
    made: 0,
    busy: 0,
    failed: 0,
    doubtful: 0,
    waiting: 0,
    active: 0,
  };
  const recordings: QueuedRecordingStatus[] = [];
  for (const { status } of latest.values()) {
    if (typeof status === 'string') {
      counts[status]++;
      continue;
    }
    const { result, reason } = status;
    if (result === 'would-make') continue;
    counts[result]++;
    if (result === 'made' && reason !== undefined) counts.doubtful++;
    if (result !== 'nothing' && result !== 'intact') recordings.push(status);
  }
  recordings.sort((a, b) => (a.path < b.path ? -1 : 1));
  return { recordings, summary: { ...counts, workers: await queue.countWorkers() } };
}

type State = 'waiting' | 'active';

async function statusOf(job: QueuedJob<SweepOutcome>): Promise<[string, QueuedRecordingStatus | State][]> {
  const { batch, state, reason } = job;
  const progress = await job.progress();
  return batch.recordings.map(({ place }, index) => {
    const path = join(batch.root, place);
    const { outcome, host } = progress[index]!;
    const isOpen = state !== 'done' && (outcome === undefined || outcome.result === 'busy');
    if (isOpen && state === 'given-up') {
      return [path, { path, result: 'failed', reason: outcome?.reason ?? reason ?? 'it was given up' }];
    }
    if (isOpen) return [path, state === 'active' ? 'active' : 'waiting'];
    const known = outcome ?? { path, result: 'nothing' };
    return [path, { ...known, ...(host === undefined ? {} : { host }) }];
  });
}
