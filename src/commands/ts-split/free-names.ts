/**
 * Gives every output of a run a name of its own: the wanted one, or the next free one where that is taken: by another part
 * of the run (two cuts in a second, the hour that comes twice at the end of summer time, a clock set back), and from
 * standard input by whatever is there already, since a live stream cannot wait for somebody to choose another name.
 */
import type { AtomicOutput } from '../../io/atomic-output.ts';
import { entryKind } from '../../io/directory.ts';
import { SalvorError } from '../../media/errors.ts';
import type { Findings } from '../../media/findings.ts';
import { numberedPath } from './part-names.ts';

/** What counts as taken. */
export interface FreeNamesOptions {
  /** Whether to go around what is there already; otherwise it is for the one who opens the output to refuse it. */
  readonly avoidsExisting: boolean;
  /** Whether files that were there before may be replaced. */
  readonly replace: boolean;
}

/** The names of one run; a path that it has given is not given again. */
export class FreeNames {
  readonly #options: FreeNamesOptions;
  readonly #findings: Findings;
  /** Paths that outputs of this run have or will have. */
  readonly #given = new Set<string>();
  /** The number tried last after each wanted path. */
  readonly #numbers = new Map<string, number>();

  constructor(options: FreeNamesOptions, findings: Findings) {
    this.#options = options;
    this.#findings = findings;
  }

  /** A path that no output has yet: `wanted` if it is free. */
  pathFor(wanted: string): string {
    const path = this.#isTaken(wanted) ? this.#next(wanted) : wanted;
    this.#given.add(path);
    return path;
  }

  /** The path to use instead of one that somebody else has taken since it was given. */
  instead(wanted: string): string {
    const path = this.#next(wanted);
    this.#given.add(path);
    return path;
  }

  /** Opens an output for a wanted path; where another run is writing there, for the next free one. */
  open(wanted: string, create: (path: string, otherTarget?: () => string) => AtomicOutput): AtomicOutput {
    if (!this.#options.avoidsExisting) return create(this.pathFor(wanted));
    for (let path = this.pathFor(wanted); ; path = this.instead(wanted)) {
      try {
        return create(path, () => this.instead(wanted));
      } catch (error) {
        const isTaken = error instanceof SalvorError && (error.kind === 'busy' || entryKind(path) !== undefined);
        if (!isTaken) throw error;
      }
    }
  }

  #next(wanted: string): string {
    let number = this.#numbers.get(wanted) ?? 0;
    let path: string;
    do path = numberedPath(wanted, ++number);
    while (this.#isTaken(path));
    this.#numbers.set(wanted, number);
    this.#findings.add('ts-name-taken', `${wanted} was taken; what was to have this name is named ${path}`);
    return path;
  }

  #isTaken(path: string): boolean {
    if (this.#given.has(path)) return true;
    if (!this.#options.avoidsExisting) return false;
    const kind = entryKind(path);
    return kind !== undefined && !(this.#options.replace && kind === 'file');
  }
}
