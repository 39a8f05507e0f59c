/**
 * A file of lines that is only ever added to: each line in one write at its end, so that two processes may add to it at once
 * and a kill leaves at most one line torn, which reading passes over. Now and then it is written anew without what later lines
 * replace. What the lines say is not known here.
 */
import { AtomicOutput } from './atomic-output.ts';
import { closeSync, fstatSync, fsyncSync, openSync, readSync, statSync, writeSync } from './file-system.ts';
import { SalvorError } from '../media/errors.ts';
import { isSame } from './run-file.ts';
import { inputError, isMissing, outputError } from './system-error.ts';

const pieceBytes = 65_536;
const lineFeed = 0x0a;

/** An open log. */
export class LineLog {
  readonly path: string;
  #descriptor: number;
  #isSynced = true;

  /**
   * Makes the file where there is none. `beginning`: how its first line begins; nothing is added to a file that holds something
   * else. Throws `output` errors.
   */
  constructor(path: string, beginning: string) {
    this.path = path;
    this.#descriptor = this.#open();
    for (const first of this.#pieces(beginning.length)) {
      if (beginning.startsWith(first.toString('latin1'))) break;
      this.close();
      throw new SalvorError('output', 'holds something else; nothing was added to it', {
        file: path,
        advice: 'name a file of its own for this',
      });
    }
  }

  #open(): number {
    try {
      return openSync(this.path, 'a');
    } catch (error) {
      throw outputError(this.path, error);
    }
  }

  /** The lines that are whole, without all of them in memory at a time. Throws `unreadable` errors. */
  *lines(): Generator<string, void> {
    let begun: Buffer = Buffer.alloc(0);
    for (const piece of this.#pieces(pieceBytes)) {
      const bytes = begun.length === 0 ? piece : Buffer.concat([begun, piece]);
      let start = 0;
      for (let end = bytes.indexOf(lineFeed); end >= 0; end = bytes.indexOf(lineFeed, start)) {
        yield bytes.toString('utf8', start, end);
        start = end + 1;
      }
      begun = Buffer.from(bytes.subarray(start));
    }
  }

  /** What the file holds, in pieces that are overwritten by the next one. */
  *#pieces(size: number): Generator<Buffer, void> {
    let descriptor: number | undefined;
    try {
      descriptor = openSync(this.path, 'r');
      const piece = Buffer.alloc(size);
      for (let read = readSync(descriptor, piece); read > 0; read = readSync(descriptor, piece)) {
        yield piece.subarray(0, read);
      }
    } catch (error) {
      if (!isMissing(error)) throw inputError(this.path, error);
    } finally {
      if (descriptor !== undefined) closeSync(descriptor);
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
  rewrite(keep: (lines: () => Iterable<string>) => Iterable<string>): void {
    let output: AtomicOutput | undefined;
    try {
      output = new AtomicOutput(this.path, { replace: true });
      let at = 0;
      for (const line of keep(() => this.lines())) {
        const bytes = Buffer.from(`${line}\n`);
        output.write(bytes, at);
        at += bytes.length;
      }
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
