/**
 * Messages as lines of JSON over a pipe in both directions, between a process and one that it starts. What comes is whatever
 * the other side wrote: bytes that are no message are told, and never thrown. What a message means is not known here.
 */
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { fstatSync } from './file-system.ts';

/** The descriptor of the pipe in the process that was started. */
export const pipeDescriptor = 3;

/** Characters of one message: a report of a recording of days has some million. */
const maxMessage = 64 * 1024 * 1024;

/** What is called with what comes. */
export interface MessageHandlers {
  readonly message: (message: unknown) => void;
  /** Called once: nothing that comes behind bytes that are no message is read. */
  readonly malformed: (why: string) => void;
}

/** One end of the pipe. */
export class JsonLines {
  readonly #pipe: Duplex;

  constructor(pipe: Duplex, { message, malformed }: MessageHandlers) {
    this.#pipe = pipe;
    let text = '';
    let isBroken = false;
    const fail = (why: string): void => {
      isBroken = true;
      text = '';
      malformed(why);
    };
    pipe.setEncoding('utf8');
    // An end that has gone is seen by its close.
    pipe.on('error', () => {});
    pipe.on('data', (more: string) => {
      if (isBroken) return;
      const lines = `${text}${more}`.split('\n');
      text = lines.pop()!;
      for (const line of lines) {
        const read = parsed(line);
        if (read === undefined) return fail('bytes that are no message');
        message(read.value);
      }
      if (text.length > maxMessage) fail(`a message of more than ${maxMessage} characters`);
    });
  }

  /** Sends a message; `done` is called with what went wrong, if anything did. */
  send(message: object, done?: (error: Error | null | undefined) => void): void {
    this.#pipe.write(`${JSON.stringify(message)}\n`, done);
  }

  get isOpen(): boolean {
    return !this.#pipe.destroyed && this.#pipe.writable;
  }

  /** Resolves when the other side has gone, and all that it sent was read. */
  async closed(): Promise<void> {
    if (this.#pipe.closed) return;
    await new Promise<void>((resolve) => {
      this.#pipe.once('close', resolve);
      this.#pipe.once('end', resolve);
    });
  }

  /** Sends what is left and closes this end. */
  async end(): Promise<void> {
    if (!this.isOpen) return;
    await new Promise<void>((resolve) => {
      this.#pipe.once('close', resolve);
      this.#pipe.end(resolve);
    });
    this.#pipe.destroy();
  }
}

/** The pipe to the process that started this one; undefined where there is none. */
export function inheritedPipe(): Duplex | undefined {
  try {
    return fstatSync(pipeDescriptor).isSocket() ? new Socket({ fd: pipeDescriptor }) : undefined;
  } catch {
    return undefined;
  }
}

/** Undefined where it is no JSON. */
function parsed(line: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(line) };
  } catch {
    return undefined;
  }
}
