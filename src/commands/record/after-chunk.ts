/** Runs a command after each file of a recording, one at a time and beside the recording, which never waits for it. */
import { runAfter } from '../../rescue/sweeping/exec.ts';

/** The command and what came of it. */
export class AfterChunk {
  readonly #words: readonly string[];
  readonly #failed: (reason: string) => void;
  #last: Promise<void> = Promise.resolve();
  #hasFailed = false;

  /** `failed`: told what went wrong with a file, whose recording is whole all the same. */
  constructor(words: readonly string[], failed: (reason: string) => void) {
    this.#words = words;
    this.#failed = failed;
  }

  /** Has it run with the path of a file, and `input` on its standard input, once those before it have ended. */
  add(path: string, input: string): void {
    this.#last = this.#runAfter(this.#last, path, input);
  }

  async #runAfter(before: Promise<void>, path: string, input: string): Promise<void> {
    await before;
    // Who ends a recording ends the stream, not what is done with the files of it.
    const { signal } = new AbortController();
    const reason = await runAfter(this.#words, path, input, signal);
    if (reason === undefined) return;
    this.#hasFailed = true;
    this.#failed(`${path}: ${reason}`);
  }

  /** When all have ended: whether one of them has failed. */
  async finish(): Promise<boolean> {
    await this.#last;
    return this.#hasFailed;
  }
}
