/** What a verb prints when another runs it: kept as text, as if it went into pipes. */
import type { Terminal } from './terminal.ts';

/** A terminal that is none, and what was printed to it. */
export interface CapturedTerminal {
  readonly terminal: Terminal;
  /** What went to the standard output and to the standard error so far. */
  readonly printed: { out: string; err: string };
}

/** Takes what is printed. `environment`: that of the verb that asks. */
export function capturedTerminal(environment: Terminal['environment']): CapturedTerminal {
  const printed = { out: '', err: '' };
  const stream = (name: keyof typeof printed): Terminal['out'] => ({
    write: (text) => void (printed[name] += text),
    isTerminal: false,
    columns: 80,
  });
  return { terminal: { out: stream('out'), err: stream('err'), environment }, printed };
}
