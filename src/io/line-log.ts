/**
 * A file of lines that is only ever added to: each line in one write at its end, so that two processes may add to it at once
 * and a kill leaves at most one line torn, which reading passes over. Now and then it is written anew without what later lines
 * replace. What the lines say is not known here.
 */
import { AtomicOutput } from './atomic-output.ts';
import { closeSync, fstatSync, fsyncSync, openSync, readFileSync, statSync, writeSync } from './file-system.ts';
import { isSame } from './run-file.ts';
import { inputError, isMissing, outputError } from './system-error.ts';

/** An open log. */
export class LineLog {
  readonly path: string;
  #descriptor: number;
  #isSynced = true;

  /** Makes the file where there is none. Throws `output` errors. */
  constructor(path: string) {
    this.path = path;
    this.#descriptor = this.#open();
  }

  #open(): number {
    try {
      return openSync(this.path, 'a');
    } catch (error) {
      throw outputError(this.path, error);
    }
  }

  /** The lines that are whole. Throws `unreadable` errors. */
  lines(): string[] {
    try {
      const lines = readFileSync(this.path, 'utf8').split('\n');
      lines.pop();
      return lines;
    } catch (error) {
      if (isMissing(error)) return [];
      throw inputError(this.path, error);
    }
  }

  /** Adds a line, which must have no line feed in it. */
  add(line: string): void {
    try {
      // Another process may have written it anew: what is added to the old one nobody reads.
      const there = statSync(this.path, { throwIfNoEntry: false });
      if (there === undefined || !isSame(there, fstatSync(this.#descriptor))) {
        const opened = this.#open();
        closeSync(this.#descriptor);
        this.#descriptor = opened;
      }
      writeSync(this.#descriptor, `${line}\n`);
      this.#isSynced = false;
    } catch (error) {
      throw outputError(this.path, error);
    }
  }

  /** Brings what was added to the disk. */
  sync(): void {
    if (this.#isSynced) return;
    try {
      fsyncSync(this.#descriptor);
      this.#isSynced = true;
    } catch (error) {
      throw outputError(this.path, error);
    }
  }

  /** Writes the file anew with what `keep` makes of its lines; where another process is at that, it stays as it is. */
  rewrite(keep: (lines: readonly string[]) => readonly string[]): void {
    let output: AtomicOutput | undefined;
    try {
      output = new AtomicOutput(this.path, { replace: true });
      output.write(
        Buffer.from(
          keep(this.lines())
            .map((line) => `${line}\n`)
            .join(''),
        ),
        0,
      );
      output.sync();
      output.commit();
    } catch {
      output?.discard(); // It can be longer than it needs to be.
    }
  }

  close(): void {
    closeSync(this.#descriptor);
  }
}
