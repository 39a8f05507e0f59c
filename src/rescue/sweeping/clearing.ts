/**
 * What killed workers have left hidden beside results: a verb clears up beside its own result, but none is run for what is done
 * already, and a worker that died between having named a result and having ended leaves just that. Each directory is cleared
 * once; where a worker dies meanwhile, again.
 */
import { dirname, join } from 'node:path';
import { clearAbandoned } from '../../io/abandoned.ts';
import type { Candidate } from './candidates.ts';
import type { Policy } from './worker-messages.ts';

/** Clears the directories of one sweep, or of one batch. */
export class Clearing {
  readonly #policy: Policy;
  readonly #cleared = new Set<string>();

  constructor(policy: Policy) {
    this.#policy = policy;
  }

  /** Clears a directory that is being looked through; its temporary names are known. */
  entered(directory: string, temporaries: readonly string[]): void {
    if (this.#isToClear(directory)) clearAbandoned(directory, temporaries);
  }

  /** Clears where results of a candidate lie. */
  before(candidate: Pick<Candidate, 'path' | 'place'>): void {
    const directory = this.#resultsOf(candidate);
    if (this.#isToClear(directory)) clearAbandoned(directory);
  }

  /** Clears after a worker that died over a candidate. */
  afterDeath(candidate: Pick<Candidate, 'path' | 'place'>): void {
    if (!this.#policy.dryRun) clearAbandoned(this.#resultsOf(candidate));
  }

  #resultsOf({ path, place }: Pick<Candidate, 'path' | 'place'>): string {
    const { output } = this.#policy;
    return output === undefined ? dirname(path) : join(output, dirname(place));
  }

  #isToClear(directory: string): boolean {
    return !this.#policy.dryRun && this.#cleared.size < this.#cleared.add(directory).size;
  }
}
