/**
 * The log of a job: a line when work on a recording begins and one when it ends. What has begun and not ended was cut off, by
 * the death of its process, which whoever started that has seen, or with everything around it, of which nobody knows why.
 */

/** A line of the log; `index`: of the recording in its batch. */
export type LogLine<Outcome> =
  | { readonly event: 'begun'; readonly index: number; readonly host: string }
  /** The process that worked on it has died. */
  | { readonly event: 'died'; readonly index: number; readonly how: string }
  /** Its worker was asked to end, and stopped at a safe point. */
  | { readonly event: 'stopped'; readonly index: number }
  | { readonly event: 'ended'; readonly index: number; readonly outcome: Outcome };

/** What a log says of one recording. */
export interface JobProgress<Outcome> {
  /** How often the process that worked on it was seen to die. */
  readonly deaths: number;
  /** How often nothing more was heard of those who worked on it. */
  readonly losses: number;
  /** What the last one died of, as far as anybody saw it. */
  readonly how: string | undefined;
  /** Where it was worked on last. */
  readonly host: string | undefined;
  /** What it came to, if it did. */
  readonly outcome: Outcome | undefined;
}

/** What the lines of a log say of each of `count` recordings. Lines that are none are passed over. */
export function readLog<Outcome>(lines: readonly string[], count: number): JobProgress<Outcome>[] {
  const all = Array.from({ length: count }, (): JobProgress<Outcome> => {
    return { deaths: 0, losses: 0, how: undefined, host: undefined, outcome: undefined };
  });
  for (const text of lines) {
    const line = parsed<Outcome>(text);
    const known = line === undefined ? undefined : all[line.index];
    if (line !== undefined && known !== undefined) all[line.index] = { ...known, ...changed(known, line) };
  }
  return all;
}

function changed<Outcome>(
  { deaths, losses }: JobProgress<Outcome>,
  line: LogLine<Outcome>,
): Partial<JobProgress<Outcome>> {
  // Until it ends nobody knows how it will.
  const seen = Math.max(0, losses - 1);
  switch (line.event) {
    case 'begun':
      return { losses: losses + 1, host: line.host };
    case 'died':
      return { deaths: deaths + 1, losses: seen, how: line.how };
    case 'stopped':
      return { losses: seen };
    case 'ended':
      return { deaths: 0, losses: 0, how: undefined, outcome: line.outcome };
    default:
      return {}; // Of a later version.
  }
}

function parsed<Outcome>(text: string): LogLine<Outcome> | undefined {
  try {
    return JSON.parse(text) as LogLine<Outcome>;
  } catch {
    return undefined;
  }
}
