/**
 * The share of one machine where several sweep one tree: by the hash of a recording's path below the directory that is swept,
 * so that each takes the same ones every time, wherever it has the tree mounted. Shares are disjoint and complete.
 */
import { createHash } from 'node:crypto';
import { SalvorError } from '../../media/errors.ts';

/** One of several equal shares. */
export interface Shard {
  /** From 0. */
  readonly index: number;
  readonly count: number;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The share that `I/N` means, I from 1; `N` alone or `auto` take what is missing from the environment of Slurm arrays, Kubernetes
 * Indexed Jobs and AWS Batch arrays. Throws a `usage` error, also where the tasks of an array would not take all shares: part of
 * the tree would be left, and nobody told.
 */
export function parseShard(text: string, environment: Environment): Shard {
  const [, index, count] = /^(?:(\d+)\/)?(\d+)$/.exec(text) ?? [];
  if (count === undefined && text !== 'auto') throw wrong(`'${text}' is no share`);
  if (index !== undefined) return checked(Number(index) - 1, Number(count));
  const array = slurmArray(environment) ?? otherArray(environment);
  if (array === undefined) throw wrong('nothing in the environment says which share this is');
  const of = count === undefined ? array.count : Number(count);
  if (of === undefined) throw wrong('nothing in the environment says how many shares there are');
  if (array.count !== undefined && array.count !== of) {
    throw wrong(`the array has ${array.count} tasks, and ${of} shares are asked for`);
  }
  return checked(array.index, of);
}

function checked(index: number, count: number): Shard {
  if (count < 1 || index < 0 || index >= count) throw wrong(`there is no share ${index + 1} of ${count}`);
  return { index, count };
}

function wrong(message: string): SalvorError {
  return new SalvorError('usage', message, { advice: 'write --shard 1/4 … 4/4, or --shard 4 in a job array' });
}

function numberIn(environment: Environment, ...names: readonly string[]): number | undefined {
  const text = names.map((name) => environment[name]).find((value) => value !== undefined && /^\d+$/.test(value));
  return text === undefined ? undefined : Number(text);
}

/** Which task of an array this is, from 0, and of how many, where that is told. */
interface ArrayTask {
  readonly index: number;
  readonly count: number | undefined;
}

/** Slurm counts from whatever the user said, in steps (`--array=1-7:2`). */
function slurmArray(environment: Environment): ArrayTask | undefined {
  const task = numberIn(environment, 'SLURM_ARRAY_TASK_ID');
  if (task === undefined) return undefined;
  const count = numberIn(environment, 'SLURM_ARRAY_TASK_COUNT');
  const first = numberIn(environment, 'SLURM_ARRAY_TASK_MIN') ?? 0;
  const last = numberIn(environment, 'SLURM_ARRAY_TASK_MAX');
  const step = Math.max(1, numberIn(environment, 'SLURM_ARRAY_TASK_STEP') ?? 1);
  const index = (task - first) / step;
  const hasGaps = count !== undefined && last !== undefined && (last - first) / step + 1 !== count;
  if (hasGaps || !Number.isInteger(index)) throw wrong('the tasks of the array are not numbered without gaps');
  return { index, count };
}

/** Kubernetes does not tell of how many. */
function otherArray(environment: Environment): ArrayTask | undefined {
  const index = numberIn(environment, 'JOB_COMPLETION_INDEX', 'AWS_BATCH_JOB_ARRAY_INDEX');
  return index === undefined ? undefined : { index, count: numberIn(environment, 'AWS_BATCH_JOB_ARRAY_SIZE') };
}

/** Whether a recording is in the share. `place`: its path below the directory that is swept. */
export function isInShard(place: string, { index, count }: Shard): boolean {
  return createHash('sha256').update(place).digest().readUInt32BE(0) % count === index;
}
