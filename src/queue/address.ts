/** Where a queue is: one URL, which may hold a password and is therefore never shown as it was given. */
import { SalvorError } from '../media/errors.ts';

/** A server that holds a queue. */
export interface QueueAddress {
  readonly kind: 'redis' | 'postgresql';
  /** As the drivers take it, with the password. */
  readonly url: string;
  /** Scheme, host, port and database: what may be shown. */
  readonly shown: string;
}

const kinds: Readonly<Record<string, QueueAddress['kind']>> = {
  redis: 'redis',
  rediss: 'redis',
  valkey: 'redis',
  valkeys: 'redis',
  postgres: 'postgresql',
  postgresql: 'postgresql',
};

/** The address that a URL means. Throws a `usage` error that does not repeat the URL. */
export function parseQueueAddress(text: string): QueueAddress {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const scheme = url?.protocol.slice(0, -1) ?? '';
  const kind = kinds[scheme];
  if (url === undefined || kind === undefined) {
    throw new SalvorError('usage', 'what --queue says is no address of a queue', {
      advice: 'write it like redis://host:6379 or postgres://user@host/database',
    });
  }
  // Drivers know Redis by its own name only.
  const said = text.replace(/^valkey(s?):/, 'redis$1:');
  return { kind, url: said, shown: `${scheme}://${url.host}${url.pathname === '/' ? '' : url.pathname}` };
}
