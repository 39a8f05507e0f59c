/**
 * What a command sees of the terminal: where results and diagnostics go, and whether a person is watching. Results go to
 * `out`, everything else to `err`.
 */
export interface Stream {
  write(text: string): void;
  /** Whether it is a terminal that can move its cursor. */
  readonly isTerminal: boolean;
  readonly columns: number;
}

export interface Terminal {
  readonly out: Stream;
  readonly err: Stream;
  readonly environment: Readonly<Record<string, string | undefined>>;
}
