/**
 * What is news where a tree is looked at again and again: what a recording came to is told once, and again when it comes to
 * something else. How it is told is not known here.
 */
import type { SweepOutcome, SweepResult } from '../../media/sweep-outcome.ts';

/** What is whole and needed nothing: a finished recording that lies there since the look before is no reason to say again what failed. */
const uncounted: ReadonlySet<SweepResult> = new Set(['nothing', 'intact', 'finished']);

/** Outcomes of one look after the other. */
export class News {
  /** What was told of each path by the look before, and by this one: who is gone and comes back is told of again. */
  #before = new Map<string, string>();
  #now = new Map<string, string>();
  /** Whether this look has brought something that was not known and that the line of a look counts. */
  hasAny = false;

  /** Whether an outcome is to be told. */
  isNew({ path, result, output, reason }: SweepOutcome): boolean {
    const said = [result, output, reason].join('\0');
    const known = this.#now.get(path) ?? this.#before.get(path);
    this.#now.set(path, said);
    if (known === said) return false;
    this.hasAny ||= !uncounted.has(result);
    return true;
  }

  /** What follows is another look. */
  lookAgain(): void {
    [this.#before, this.#now, this.hasAny] = [this.#now, new Map(), false];
  }
}
