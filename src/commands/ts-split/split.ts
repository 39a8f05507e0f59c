/**
 * Splits one stream: looks ahead for the places where parts begin, and sends the packets up to there to the parts. The media
 * goes through a window of bytes, where it is read, looked at and written while it is in the processor's cache; nothing is
 * made of a packet.
 */
import { dirname } from 'node:path';
import { BackgroundCommits } from '../../io/background-commit.ts';
import { Pace } from '../../io/pace.ts';
import { AtomicOutput, temporaryNamesIn } from '../../io/atomic-output.ts';
import { alignedPlace } from '../../io/block-source.ts';
import type { ByteStream } from '../../io/byte-stream.ts';
import { WriteQueue, writeLength } from '../../io/write-queue.ts';
import { SalvorError, throwIfInterrupted } from '../../media/errors.ts';
import type { FindingPlace, Findings } from '../../media/findings.ts';
import type { CutRules } from '../../rescue/splitting/cut-rules.ts';
import type { CutFinder } from '../../rescue/splitting/cut-finder.ts';
import type { RandomAccess } from '../../rescue/splitting/random-access.ts';
import type { PlannedPart } from '../../rescue/splitting/planned-part.ts';
import type { FreeNames } from './free-names.ts';
import { EarlierPart } from './earlier-part.ts';
import { HeadOfStream } from '../../rescue/splitting/head-of-stream.ts';
import { PartOutput } from './part-output.ts';
import { PartStream } from '../../rescue/splitting/part-stream.ts';

/** What is asked for one stream, names and options resolved. */
export interface SplitOptions {
  readonly input: ByteStream;
  readonly rules: CutRules;
  readonly randomAccess: RandomAccess;
  readonly repeatParameterSets: boolean;
  /** Path of the part with this index, from 0; `plan` tells where on the timeline it begins. */
  readonly pathOf: (index: number, plan: PlannedPart) => string;
  readonly replace: boolean;
  /** Names of the outputs of this run. */
  readonly names: FreeNames;
  readonly dryRun: boolean;
  /** In a dry run: whether files that have the names of parts are compared with them. */
  readonly comparesEarlier?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly progress?: ((done: number, total: number) => void) | undefined;
}

/** The parts that were made, and what was seen on the way. */
export interface SplitResult {
  readonly parts: readonly PartOutput[];
  readonly finder: CutFinder;
  /** Bytes of the stream. */
  readonly bytes: number;
  /** Why a stream that cannot be read again ended early; the parts are what could be kept of it. */
  readonly failure?: SalvorError;
}

/** Measured: what is longer has left the nearest caches of the processor before it has been looked at and written. */
const blockLength = writeLength;
/** So much is usually held back at the end of a block: the last packet, and the head of a picture that is still to be recognised. */
const usualHold = 2048;
/** What is left is moved to the front of the window, where the cache is warm, unless it is longer. */
const shortRest = 16 * 1024;
/** Bytes after which signals and what goes on in the background get their turn. */
const turnEvery = 8 * 1024 * 1024;
/**
 * Splits a stream. Throws a SalvorError where that cannot be done; parts that were complete by then stay. What comes from
 * standard input is nowhere else: where it cannot go on, the result holds what could be kept, and the reason.
 */
export async function split(options: SplitOptions, findings: Findings): Promise<SplitResult> {
  const splitter = new Splitter(options, findings);
  try {
    return await splitter.run();
  } catch (error) {
    const isLive = !options.input.isRepeatable && !options.dryRun;
    const kept = isLive && error instanceof SalvorError ? await splitter.keep(error) : undefined;
    if (kept !== undefined) return kept;
    throw await splitter.abandon(error);
  }
}

class Splitter {
  readonly #options: SplitOptions;
  readonly #findings: Findings;
  readonly #queue = new WriteQueue();
  readonly #commits: BackgroundCommits;
  readonly #parts: PartOutput[] = [];
  /** Temporary names in the directories of the parts, as they were when its first part was opened. */
  readonly #temporaries = new Map<string, readonly string[]>();
  readonly #finished: PartOutput[] = [];
  #stream: PartStream<PartOutput> | undefined;
  /** The window: `bytes` from 0 to `filled`, of which the first lies at `base` in the stream. */
  #bytes: Buffer = Buffer.alloc(3 * blockLength);
  #base = 0;
  #filled = 0;

  constructor(options: SplitOptions, findings: Findings) {
    this.#options = options;
    this.#findings = findings;
    this.#commits = new BackgroundCommits(findings, { keepsAll: !options.input.isRepeatable });
  }

  async run(): Promise<SplitResult> {
    const { input, signal, progress } = this.#options;
    throwIfInterrupted(input.isRepeatable ? signal : undefined);
    const pace = new Pace(input.isRepeatable ? signal : undefined);
    let turned = 0;
    await this.#start();
    for (let final = false; !final;) {
      const wanted = this.#wanted();
      this.#makeRoom(wanted);
      const read = input.readInto(this.#bytes, this.#filled, wanted);
      const count = typeof read === 'number' ? read : await read;
      this.#filled += count;
      final = count === 0;
      this.#advance(final);
      // A live stream is written all the same, and this is reported at its end.
      if (input.isRepeatable) this.#checkAccount();
      this.#queue.flushPages();
      this.#queue.check();
      if (this.#finished.length > 0) await this.#commitFinished();
      const done = this.#base + this.#filled;
      if (done - turned < turnEvery && !pace.isDue) continue;
      turned = done;
      await pace.turn();
      if (input.size !== undefined) progress?.(done, input.size);
    }
    return this.#finish();
  }

  /**
   * Closes all parts of a live stream that ended by an error, with what of them could be written. Undefined if nothing was
   * begun.
   */
  async keep(error: SalvorError): Promise<SplitResult | undefined> {
    const stream = this.#stream;
    if (stream === undefined) return undefined;
    try {
      this.#advance(true);
      stream.router.finish();
    } catch {
      // It is the error that is being reported, or came after it.
    }
    for (const part of this.#parts) if (part.output !== undefined) this.#queue.flush(part.output);
    await this.#commits.settle();
    const stride = stream.stride ?? 1;
    const whole = this.#parts.filter(({ isMade }) => isMade).length;
    const kept = this.#parts.filter((part) => part.isMade || part.keepWhatThereIs(stride));
    for (const part of this.#parts) part.discard();
    const last = kept.at(-1);
    const closed = kept.length > whole && last !== undefined ? `; ${last.path} holds what could be written of it` : '';
    return {
      parts: kept,
      finder: stream.finder,
      bytes: this.#base + this.#filled,
      failure: error.withMessage(`${error.message.replace(unchanged, '')}${madeText(whole)}${closed}`),
    };
  }

  /** Completes what was closed and discards the rest; gives the error to throw, which says what is complete. */
  async abandon(error: unknown): Promise<unknown> {
    try {
      await this.#commitFinished();
    } catch {
      // It is the error that is being reported, or came after it.
    }
    await this.#commits.settle();
    for (const part of this.#parts) part.discard();
    const made = this.#parts.filter(({ isMade }) => isMade).length;
    const named = this.#parts.filter(({ output }) => output?.isNamed === true).length;
    return withParts(error, made, named);
  }

  /** Reads until the tables are known. */
  async #start(): Promise<void> {
    const { input, rules, randomAccess, repeatParameterSets } = this.#options;
    const head = new HeadOfStream();
    for (let enough = false; !enough;) {
      this.#makeRoom(blockLength);
      const count = await input.readInto(this.#bytes, this.#filled, blockLength);
      this.#filled += count;
      enough = head.look(this.#bytes, this.#filled, count === 0);
    }
    if (!head.hasPackets) throw noPackets(input.placeOf(0).file, this.#filled);
    const placeOf = (offset: number): FindingPlace => input.placeOf(offset);
    const open = (plan: PlannedPart): PartOutput => this.#open(plan);
    const close = (part: PartOutput): void => void this.#finished.push(part);
    const finding = { rules, randomAccess, repeatParameterSets, placeOf };
    this.#stream = new PartStream(head, { ...finding, open, close }, this.#findings);
  }

  #open(plan: PlannedPart): PartOutput {
    const { pathOf, names, dryRun } = this.#options;
    const wanted = pathOf(this.#parts.length, plan);
    const output = dryRun
      ? names.pathFor(wanted)
      : names.open(wanted, (path, otherTarget) => this.#create(path, otherTarget));
    const isCompared = this.#options.comparesEarlier === true && typeof output === 'string';
    const part = new PartOutput(plan, output, this.#queue, isCompared ? EarlierPart.at(output) : undefined);
    this.#parts.push(part);
    return part;
  }

  #create(path: string, otherTarget: (() => string) | undefined): AtomicOutput {
    const directory = dirname(path);
    const temporaries = this.#temporaries.get(directory) ?? temporaryNamesIn(directory);
    this.#temporaries.set(directory, temporaries);
    const { input, replace } = this.#options;
    // Of a file, what an earlier run has made is made again, and known by its bytes.
    const again = input.isRepeatable ? ({ mayBeThere: 'any' } as const) : { isOnlyCopy: true };
    return new AtomicOutput(path, { replace, temporaries, otherTarget, ...again });
  }

  /** How much to read next, so that what can be sent on then ends where a whole block of the part does. */
  #wanted(): number {
    const past = (this.#queue.nextOffset + this.#filled - this.#sent - usualHold) % blockLength;
    const toEnd = blockLength - Math.max(0, past);
    return toEnd >= blockLength / 2 ? toEnd : toEnd + blockLength;
  }

  /** Makes room after what is in the window and has not been written. */
  #makeRoom(length: number): void {
    const held = this.#queue.heldOf(this.#bytes);
    const from = this.#sent - held;
    const left = this.#filled - from;
    const fits = this.#filled + length <= this.#bytes.length;
    if (fits && (from === 0 || left > shortRest)) return;
    const place = from === 0 ? 0 : alignedPlace(this.#queue.nextOffset - held);
    const needed = place + left + length;
    const next = needed > this.#bytes.length ? Buffer.alloc(2 * needed) : this.#bytes;
    this.#bytes.copy(next, place, from, this.#filled);
    if (held > 0) this.#queue.moveTo(next.subarray(place, place + held));
    const moved = from - place;
    this.#bytes = next;
    this.#base += moved;
    this.#filled -= moved;
  }

  /** Where in the window that begins what the parts have not. */
  get #sent(): number {
    return (this.#stream?.sent ?? 0) - this.#base;
  }

  /** Looks at what has come and sends on what is decided. */
  #advance(final: boolean): void {
    this.#stream!.advance(this.#bytes.subarray(0, this.#filled), this.#base, final);
  }

  /** Throws if a packet has gone where it does not belong. */
  #checkAccount(): void {
    const { fault } = this.#stream!.router.account;
    if (fault !== undefined) throw misrouted(fault, this.#options.input.placeOf(0).file);
  }

  /** Throws if not all that has come has gone to the parts. `bytes`: those of the stream. */
  #checkTotals(bytes: number): void {
    const { account } = this.#stream!.router;
    const written = this.#parts.reduce((sum, part) => sum + part.bytes - part.insertedBytes, 0);
    const { file } = this.#options.input.placeOf(0);
    for (const out of [account.bytes, written]) {
      if (out !== bytes) throw misrouted(`${bytes} bytes came in, ${out} went out`, file);
    }
  }

  async #commitFinished(): Promise<void> {
    for (const part of this.#finished.splice(0)) {
      if (part.output === undefined) continue;
      await this.#commits.add(part.output, this.#queue, part.written, () => part.made());
    }
  }

  async #finish(): Promise<SplitResult> {
    const { input, dryRun, signal } = this.#options;
    const bytes = this.#base + this.#filled;
    const changed = input.changed();
    if (changed !== undefined && !dryRun) {
      throw new SalvorError('busy', 'is still being written; nothing was changed', {
        file: changed,
        advice: 'wait until the recording has ended, or pipe it in',
      });
    }
    if (input.isRepeatable) throwIfInterrupted(signal);
    this.#stream!.router.finish();
    this.#stream!.router.account.compare(this.#stream!.finder.packets);
    this.#checkAccount();
    this.#checkTotals(bytes);
    await this.#commitFinished();
    await this.#commits.finish();
    return { parts: this.#parts, finder: this.#stream!.finder, bytes };
  }
}

/** What errors of outputs say, which is not so where parts are complete. */
const unchanged = '; nothing was changed';

function madeText(parts: number): string {
  if (parts === 0) return '';
  return parts === 1
    ? '; the first part is complete and in place'
    : `; the first ${parts} parts are complete and in place`;
}

/**
 * The failure of a run that has brought so many parts to their names: it says so, and not that nothing was changed. `named`:
 * with those whose names may not have come to the disk.
 */
export function withParts(error: unknown, made: number, named = made): unknown {
  if (!(error instanceof SalvorError) || named === 0) return error;
  const text = named === made ? madeText(made) : `${madeText(made)}${mayNotLastText(named - made)}`;
  return error.withMessage(`${error.message.replace(unchanged, '')}${text}`);
}

function mayNotLastText(parts: number): string {
  return parts === 1
    ? '; a part has its name, which may not last a power cut'
    : `; ${parts} parts have their names, which may not last a power cut`;
}

function misrouted(fault: string, file: string): SalvorError {
  return new SalvorError(
    'unrecoverable',
    `the parts do not hold what the stream holds: ${fault}; nothing was changed`,
    {
      file,
      advice: 'the input is as it was; this is a fault of salvor, please report it',
    },
  );
}

/** `looked`: bytes that were looked at. */
function noPackets(file: string, looked: number): SalvorError {
  const message = looked === 0 ? 'is empty' : `is no MPEG transport stream: no packets in its first ${looked} bytes`;
  return new SalvorError('unreadable', message, { file });
}
