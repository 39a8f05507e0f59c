/**
 * What `salvor work` does with a batch out of the queue: each recording, one after the other, to a process of its own, as a
 * sweep would; what is done already is passed over, and a recording that goes on ending its worker is set aside. How batches
 * come and where results are kept it does not know.
 */
import { hostname } from 'node:os';
import { dirname, isAbsolute, join, normalize, resolve } from 'node:path';
import { pathKind } from '../../io/directory.ts';
import { SalvorError } from '../../media/errors.ts';
import type { QueuedRecording } from '../../queue/batch.ts';
import type { BatchResult } from '../../queue/recording-queue.ts';
import { GivenBack, maxDeaths, maxLosses, NotYet, type TakenBatch } from '../../queue/taker.ts';
import { bytesOf, candidateAt, lastWritten, type Candidate } from '../../rescue/sweeping/candidates.ts';
import { Clearing } from '../../rescue/sweeping/clearing.ts';
import { runAfter } from '../../rescue/sweeping/exec.ts';
import { inOwnFolders } from '../../rescue/sweeping/own-folders.ts';
import type { SweepOutcome, SweepResult } from '../../media/sweep-outcome.ts';
import { workWithinRoom } from '../../rescue/sweeping/room.ts';
import type { Policy } from '../../rescue/sweeping/worker-messages.ts';
import type { Pool } from '../../rescue/sweeping/pool.ts';

/** A directory under the name it has where recordings were found, and under the name it has here. */
export interface MappedRoot {
  readonly from: string;
  readonly to: string;
}

/** How batches are worked on. */
export interface WorkOptions {
  readonly pool: Pool;
  readonly policy: Policy;
  /** Where there are any, nothing outside them is touched. */
  readonly roots: readonly MappedRoot[];
  /** Why there is no room for a result of so many bytes at a path; undefined where there is. */
  readonly lackOfRoom: (path: string, bytes: number) => string | undefined;
  /** The command to run after each finished recording. */
  readonly exec: readonly string[] | undefined;
  readonly version: string;
  readonly signal: AbortSignal;
  /** Gets each outcome that is not `nothing` or `intact`. */
  readonly told: (outcome: SweepOutcome) => void;
}

/** What a recording came to, and whether it is to be put in again, by whoever finds it as it is. */
export interface QueuedOutcome extends SweepOutcome {
  /** Nothing was done, for a reason that may pass. */
  readonly isLater?: boolean;
}

/** `FROM=TO`. Throws a `usage` error. */
export function parseRoot(text: string): MappedRoot {
  const at = text.indexOf('=');
  const [from, to] = [text.slice(0, at), text.slice(at + 1)];
  if (at > 0 && isAbsolute(from) && to !== '') return { from: normalize(join(from, '/')), to: resolve(to) };
  throw new SalvorError('usage', `'${text}' maps no root`, { advice: 'write it like --root /srv/rec=/mnt/rec' });
}

/** Works on a batch. Throws `NotYet` where something of it is to be tried again, `GivenBack` when it is told to end. */
export async function workOnBatch(taken: TakenBatch<QueuedOutcome>, options: WorkOptions): Promise<BatchResult> {
  const { batch, progress } = taken;
  const root = mapped(batch.root, options.roots);
  const clearing = new Clearing(options.policy);
  const words: (SweepResult | 'later')[] = [];
  const waiting: string[] = [];
  for (const [index, recording] of batch.recordings.entries()) {
    const earlier = progress[index]?.outcome;
    const isDone = earlier !== undefined && earlier.result !== 'busy' && earlier.isLater !== true;
    const path = pathIn(root, recording);
    // Whoever had the batch before may have died over what is done by now, too.
    clearing.before({ path, place: recording.place });
    const outcome = isDone ? earlier : await workOnOne(taken, index, path, { ...options, clearing });
    words.push(outcome.isLater === true ? 'later' : outcome.result);
    const isWaiting = outcome.result === 'busy' && outcome.isLater !== true;
    if (isWaiting) waiting.push(outcome.reason ?? 'it is still being written');
  }
  if (waiting.length > 0) throw new NotYet(`${waiting.length} of ${words.length} are busy: ${waiting[0]}`);
  return { version: options.version, results: words };
}

function mapped(root: string, roots: readonly MappedRoot[]): string {
  const from = normalize(join(root, '/'));
  if (!isAbsolute(root)) throw new NotYet(`'${root}' is no absolute path`);
  const best = roots.filter((each) => from.startsWith(each.from)).toSorted((a, b) => b.from.length - a.from.length)[0];
  if (best !== undefined) return join(best.to, from.slice(best.from.length));
  if (roots.length === 0) return resolve(root);
  throw new NotYet(`no --root of ${hostname()} says where ${root} is`);
}

/** Anybody may write to a queue: what it names has to be below its root. */
function pathIn(root: string, { place }: QueuedRecording): string {
  const path = join(root, place);
  if (path.startsWith(join(root, '/')) && !isAbsolute(place)) return path;
  throw new NotYet(`'${place}' is not below ${root}`);
}

async function workOnOne(
  { batch, progress, note }: TakenBatch<QueuedOutcome>,
  index: number,
  path: string,
  { pool, policy, lackOfRoom, exec, signal, told, clearing }: WorkOptions & { readonly clearing: Clearing },
): Promise<QueuedOutcome> {
  const recording = batch.recordings[index]!;
  let { deaths, how } = progress[index]!;
  const { losses } = progress[index]!;
  const hasBegun = deaths + losses > 0;
  const ended = async (outcome: QueuedOutcome): Promise<QueuedOutcome> => {
    await note({ event: 'ended', index, outcome });
    if (outcome.result !== 'nothing' && outcome.result !== 'intact') told(outcome);
    return outcome;
  };
  for (;;) {
    if (signal.aborted) throw new GivenBack();
    // A disk that is not mounted has lost nothing.
    if (pathKind(dirname(path)) !== 'directory') throw new NotYet(`${dirname(path)} is not there on ${hostname()}`);
    const candidate = candidateAt(path, recording.kind, recording.place);
    if (candidate === undefined) return ended({ path, result: 'nothing', isLater: true, reason: 'it is gone' });
    if (inOwnFolders(policy)(candidate)) return ended({ path, result: 'nothing' });
    if (deaths >= maxDeaths) {
      const last = how === undefined ? '' : `; the last time it ${how}`;
      const reason = `it was set aside: its worker died ${deaths} times while it worked on it${last}`;
      return ended({ path, result: 'failed', reason });
    }
    if (losses >= maxLosses) {
      const reason = `it was set aside: nothing more was heard of ${losses} workers that had begun with it`;
      return ended({ path, result: 'failed', reason });
    }
    // What this queue has begun with may have changed by that.
    if (!hasBegun && !isAsFound(candidate, recording)) {
      const reason = 'it was written to after it was put into the queue';
      return ended({ path, result: 'busy', isLater: true, reason });
    }
    const full = lackOfRoom(path, bytesOf(candidate));
    // A worker that is killed while it starts has not died of this one.
    const begin = async (): Promise<void> => note({ event: 'begun', index, host: hostname() });
    const answer = await workWithinRoom(full, policy, async (allowed) =>
      pool.run({ candidate, isYoung: false, policy: allowed }, begin),
    );
    const { outcome, death, isCutOff = false, isFull = false } = answer;
    if (isCutOff) clearing.afterDeath(candidate);
    if (signal.aborted && outcome.result !== 'made' && outcome.result !== 'finished') {
      await note({ event: 'stopped', index });
      throw new GivenBack();
    }
    if (death?.isInWork === false) throw new NotYet(`a worker on ${hostname()} ${death.how}`);
    if (death !== undefined) {
      deaths++;
      how = death.how;
      await note({ event: 'died', index, how });
      continue;
    }
    if (isFull) return ended({ ...outcome, isLater: true });
    // What was made by a worker that died before it could say so has been made now, for all that is to follow.
    const isNew = outcome.result === 'made' || (outcome.result === 'finished' && hasBegun);
    if (!isNew || exec === undefined || outcome.reason !== undefined) return ended(outcome);
    const words = await runAfter(exec, outcome.output ?? path, `${JSON.stringify(outcome)}\n`, signal);
    return ended(words === undefined ? outcome : { ...outcome, reason: words });
  }
}

/** Some file systems keep times to two seconds. */
const timeTolerance = 2000;

function isAsFound(candidate: Candidate, { bytes, mtimeMs }: QueuedRecording): boolean {
  return bytesOf(candidate) === bytes && Math.abs(lastWritten(candidate) - mtimeMs) <= timeTolerance;
}
