/**
 * What a command sees of the terminal: where results and diagnostics go, and whether a person is watching. Results go to
 * `out`, everything else to `err`.
 */
import { SalvorError } from '../media/errors.ts';

/** Standard output or standard error; `columns` is 80 where it is no terminal. */
export interface Stream {
  write(text: string): void;
  /** Whether it is a terminal that can move its cursor. */
  readonly isTerminal: boolean;
  readonly columns: number;
}

/** What the launcher hands to a program; tests hand over another. */
export interface Terminal {
  readonly out: Stream;
  readonly err: Stream;
  /** Whether `out` was closed before the program began, as far as can be told. */
  readonly isOutClosed?: () => boolean;
  /** Has a hangup (SIGHUP) do this instead of ending the program. */
  readonly onHangup?: (listener: () => void) => void;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** Throws where a result that is for the standard output alone would be lost, because that is closed. */
export function refuseClosedOutput({ isOutClosed }: Terminal): void {
  if (isOutClosed?.() !== true) return;
  throw new SalvorError('output', 'standard output is closed', {
    advice: 'to throw the result away, write > /dev/null',
  });
}
