/**
 * BullMQ, which holds the jobs: loaded when a queue is asked for and not before, from beside salvor, as any package of the
 * user's. What is wrong with it or its server becomes one line.
 */
import type { EventEmitter } from 'node:events';
import type * as BullmqModule from 'bullmq';
import { SalvorError } from '../media/errors.ts';
import type { QueueAddress } from './address.ts';

/** What is used of the package. */
export type Bullmq = typeof BullmqModule;

/** The name of the queue on its server. */
export const queueName = 'salvor';

const needed = { redis: 'bullmq ioredis', postgresql: 'bullmq pg' } as const;

/** Loads the package. Throws a `usage` error where it is not installed, or too old for the server. */
export async function loadBullmq({ kind }: QueueAddress): Promise<Bullmq> {
  let found: Bullmq;
  try {
    found = await import('bullmq');
  } catch (error) {
    if (!isNotThere(error)) throw error;
    throw missing('--queue needs the package bullmq, which is not installed beside salvor', kind);
  }
  if (kind === 'postgresql' && found.createPostgresBackend === undefined) {
    throw missing('a queue in PostgreSQL needs bullmq 6, and the one beside salvor is older', kind);
  }
  return found;
}

function missing(message: string, kind: QueueAddress['kind']): SalvorError {
  return new SalvorError('usage', message, {
    advice: `install it where salvor is: npm install ${needed[kind]} (with -g, if salvor was)`,
  });
}

function isNotThere(error: unknown): boolean {
  return error instanceof Error && 'code' in error && /^(ERR_)?MODULE_NOT_FOUND$/.test(String(error.code));
}

/** How long a server that does not answer is waited for, in milliseconds. */
const patience = 10_000;

/** What a connection is made with. `isPatient`: it is made again for ever, and not given up after some seconds. */
export function connectionOf({ kind, url }: QueueAddress, isPatient: boolean): BullmqModule.ConnectionOptions {
  if (kind === 'postgresql') {
    return { connectionString: url, migrate: true, connectionTimeoutMillis: patience, verify: survive } as never;
  }
  const retryStrategy = (times: number): number | null => (isPatient || times < 4 ? Math.min(times * 250, 5000) : null);
  return { url, connectTimeout: patience, maxRetriesPerRequest: isPatient ? null : 3, retryStrategy } as never;
}

/**
 * While a connection of PostgreSQL is in use and nothing is asked, nobody listens to its end, and that ends the process. Whoever
 * uses it next is told.
 */
function survive(client: EventEmitter, done: () => void): void {
  client.on('error', () => {});
  done();
}

/** The error of a server or driver as one of ours. */
export function queueError(error: unknown, { kind, shown }: QueueAddress): SalvorError {
  if (error instanceof SalvorError) return error;
  const driver = error instanceof Error ? /could not load the optional '(\w+)'/.exec(error.message)?.[1] : undefined;
  if (driver !== undefined) return missing(`a queue at ${shown} needs the package ${driver}`, kind);
  return new SalvorError('unreadable', `the queue at ${shown} cannot be used: ${failureReasonOf(error)}`, {
    cause: error,
  });
}

/** Whether it is the connection that failed, which may come back by itself. */
export function isConnectionError(error: unknown): boolean {
  return /ECONN|EPIPE|ETIMEDOUT|EHOST|EAI_AGAIN|Connection|terminat|shutting down|starting up|not answer/i.test(
    failureReasonOf(error),
  );
}

/** What went wrong, for people: several addresses of one host fail together, and say so in a list. */
export function failureReasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return failureReasonOf(error.errors[0]);
  const { message, code } = error as Partial<NodeJS.ErrnoException>;
  return [message, code].find((text) => text !== undefined && text !== '') ?? String(error);
}

/** Waits until a queue or worker can reach its server. Throws what keeps it from that. */
export async function untilReady(
  one: EventEmitter & { waitUntilReady(): Promise<unknown> },
  address: QueueAddress,
): Promise<void> {
  let last: unknown;
  const noted = (error: Error): void => void (last ??= error);
  one.on('error', noted);
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(last instanceof Error ? last : new Error('it does not answer')), patience);
  });
  try {
    await Promise.race([one.waitUntilReady(), late]);
  } catch (error) {
    throw queueError(last ?? error, address);
  } finally {
    clearTimeout(timer);
    one.off('error', noted);
  }
}
