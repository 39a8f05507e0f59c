/**
 * What killed workers have left hidden beside results: a verb clears up beside its own result, but none is run for what is done
 * already, and a worker that died between having named a result and having ended leaves just that. Each directory is cleared
 * once; where a worker dies meanwhile, again.
 */
import { basename, dirname, join } from 'node:path';
import { clearAbandoned } from '../../io/abandoned.ts';
import { removeFile } from '../../io/removal.ts';
import type { FileState, WalkedDirectory } from '../../io/walk.ts';
import { stagingSuffixes } from '../../staging/names.ts';
import { isRemovalMark, removalMarkOf } from '../staging/removal-mark.ts';
import type { Candidate } from './candidates.ts';
import type { Policy } from './worker-messages.ts';

/** Clears the directories of one sweep, or of one batch. */
export class Clearing {
  readonly #policy: Policy;
  readonly #cleared = new Set<string>();

  constructor(policy: Policy) {
    this.#policy = policy;
  }

  /** Clears a directory that is being looked through. */
  entered({ path, files, temporaries }: WalkedDirectory): void {
    if (!this.#isToClear(path)) return;
    clearAbandoned(path, temporaries);
    for (const mark of lastMarks(files, temporaries)) removeFile(join(path, mark));
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

/** Marks that staging files are being removed of which none is left: a run was killed before its very last step. */
function lastMarks(files: readonly FileState[], temporaries: readonly string[]): string[] {
  const paths = new Set(files.map(({ path }) => path));
  const isAlone = (path: string): boolean => stagingSuffixes.every((suffix) => !paths.has(`${path}${suffix}`));
  const marks = temporaries.filter(isRemovalMark);
  if (marks.length === 0) return [];
  const ended = new Set([...paths].filter(isAlone).map((path) => basename(removalMarkOf(path))));
  return marks.filter((mark) => ended.has(mark));
}
