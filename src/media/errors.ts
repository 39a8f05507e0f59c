/**
 * The few ways in which salvor fails. Every failure that is foreseen is one of these: it names the file, says what was
 * expected and what to do next, and has an exit code. Anything else that is thrown is a bug and keeps its stack.
 */
import type { Finding } from './findings.ts';

/** Who is to act on a failure; the exit code follows from it. */
export type FailureKind =
  /** The command line cannot be carried out as written. */
  | 'usage'
  /** An input cannot be read, or is not what it should be. */
  | 'unreadable'
  /** The input was read, but nothing intact can be made of it this way. */
  | 'unrecoverable'
  /** The result could not be written; the inputs are as they were. */
  | 'output'
  /** Another run holds the lock, or the recording is still being written. */
  | 'busy'
  /** The user or the system asked us to stop. */
  | 'interrupted';

/** What a `SalvorError` says beside its message. */
export interface FailureDetails {
  /** The file it is about. */
  readonly file?: string;
  /** Byte offset in it, where that makes sense. */
  readonly offset?: number;
  /** What to do next, one sentence. */
  readonly advice?: string;
  /** What the readers found on the way. */
  readonly findings?: readonly Finding[];
  readonly cause?: unknown;
}

/** A foreseen failure. `message` is one sentence without file name, offset or advice: those are fields. */
export class SalvorError extends Error {
  readonly kind: FailureKind;
  readonly file: string | undefined;
  readonly offset: number | undefined;
  readonly advice: string | undefined;
  readonly findings: readonly Finding[];

  constructor(kind: FailureKind, message: string, details: FailureDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'SalvorError';
    this.kind = kind;
    this.file = details.file;
    this.offset = details.offset;
    this.advice = details.advice;
    this.findings = details.findings ?? [];
  }

  /** Exit code of `salvor` (DESIGN: 1 failed with inputs untouched, 2 usage, 75 try later, 130 interrupted). */
  get exitCode(): number {
    if (this.kind === 'usage') return 2;
    if (this.kind === 'busy') return 75;
    if (this.kind === 'interrupted') return 130;
    return 1;
  }

  /** The same failure in other words: where more is known of what was changed than where it arose. */
  withMessage(message: string): SalvorError {
    return new SalvorError(this.kind, message, {
      findings: this.findings,
      cause: this.cause,
      ...(this.file === undefined ? {} : { file: this.file }),
      ...(this.offset === undefined ? {} : { offset: this.offset }),
      ...(this.advice === undefined ? {} : { advice: this.advice }),
    });
  }

  /** File, offset, message and advice in one line. */
  describe(): string {
    const place =
      this.file === undefined ? '' : `${this.file}${this.offset === undefined ? '' : ` at byte ${this.offset}`}: `;
    return `${place}${this.message}${this.advice === undefined ? '' : `; ${this.advice}`}`;
  }
}

/** Turns an abort signal into the error that ends a run at a safe point. */
export function throwIfInterrupted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new SalvorError('interrupted', 'interrupted; nothing was changed');
}
