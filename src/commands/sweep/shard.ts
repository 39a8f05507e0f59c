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
 * Indexed Jobs and AWS Batch arrays. Throws a `usage` error.
 */
export function parseShard(text: string, environment: Environment): Shard {
  const [, index, count] = /^(?:(\d+)\/)?(\d+)$/.exec(text) ?? [];
  if (count === undefined && text !== 'auto') throw wrong(`'${text}' is no share`);
  const shard = {
    index: index === undefined ? indexIn(environment) : Number(index) - 1,
    count: count === undefined ? countIn(environment) : Number(count),
  };
  if (shard.index === undefined) throw wrong('nothing in the environment says which share this is');
  if (shard.count === undefined) throw wrong('nothing in the environment says how many shares there are');
  const { index: at, count: of } = shard as Shard;
  if (of < 1 || at < 0 || at >= of) throw wrong(`there is no share ${at + 1} of ${of}`);
  return { index: at, count: of };
}

function wrong(message: string): SalvorError {
  return new SalvorError('usage', message, { advice: 'write --shard 1/4 … 4/4, or --shard 4 in a job array' });
}

function numberIn(environment: Environment, ...names: readonly string[]): number | undefined {
  const text = names.map((name) => environment[name]).find((value) => value !== undefined && /^\d+$/.test(value));
  return text === undefined ? undefined : Number(text);
}

/** Slurm counts from whatever the user said; the others from 0. */
function indexIn(environment: Environment): number | undefined {
  const slurm = numberIn(environment, 'SLURM_ARRAY_TASK_ID');
  if (slurm !== undefined) return slurm - (numberIn(environment, 'SLURM_ARRAY_TASK_MIN') ?? 0);
  return numberIn(environment, 'JOB_COMPLETION_INDEX', 'AWS_BATCH_JOB_ARRAY_INDEX');
}

function countIn(environment: Environment): number | undefined {
  return numberIn(environment, 'SLURM_ARRAY_TASK_COUNT', 'AWS_BATCH_JOB_ARRAY_SIZE');
}

/** Whether a recording is in the share. `place`: its path below the directory that is swept. */
export function isInShard(place: string, { index, count }: Shard): boolean {
  return createHash('sha256').update(place).digest().readUInt32BE(0) % count === index;
}
