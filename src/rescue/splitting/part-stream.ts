/**
 * A transport stream on its way to parts: what has come is scanned for packets, looked at for the places where parts begin, and
 * sent on as far as that is decided. The bytes lie in a window that is the caller's; nothing is made of a packet here.
 */
import type { FindingPlace, Findings } from '../../media/findings.ts';
import { PacketScanner, type PacketFormat } from '../../mpegts/packet-scanner.ts';
import type { StoredSection } from '../../mpegts/program-tables.ts';
import { CutFinder, type FinderOptions } from './cut-finder.ts';
import type { HeadOfStream } from './head-of-stream.ts';
import { PartRouter, type Part, type RouterOptions } from './part-router.ts';

/** The longest stretch that is held back until it is known whether it begins a part: a large picture, with room. */
const maxHold = 16 * 1024 * 1024;

/** What is asked of a stream, and where its parts go. */
export interface PartStreamOptions<P extends Part>
  extends Omit<FinderOptions, 'contentProgram'>, Pick<RouterOptions<P>, 'open' | 'close'> {}

/** A stretch of the stream that was looked at and not sent on yet. */
interface Stretch {
  start: number;
  readonly end: number;
  /** Undefined: no packets. */
  readonly format: PacketFormat | undefined;
}

/** One stream. Offsets are in the stream. */
export class PartStream<P extends Part> {
  readonly finder: CutFinder;
  readonly router: PartRouter<P>;
  readonly #findings: Findings;
  readonly #placeOf: (offset: number) => FindingPlace;
  readonly #scanner = new PacketScanner();
  readonly #stretches: Stretch[] = [];
  /** Index of the next planned part that the router has not begun. */
  #nextPart = 1;
  #scanned = 0;
  #loss: { start: number; end: number } | undefined;
  #head: HeadOfStream | undefined;
  readonly #firstSections: readonly StoredSection[];
  /** What lies before it is with the parts. */
  sent = 0;

  /** `head`: it has looked at the beginning of the stream. Opens the first part. */
  constructor(head: HeadOfStream, options: PartStreamOptions<P>, findings: Findings) {
    const { open, close, placeOf } = options;
    this.#head = head;
    this.#findings = findings;
    this.#placeOf = placeOf;
    this.#firstSections = head.tables.sections();
    this.finder = new CutFinder(head.tables, { ...options, contentProgram: head.contentProgram }, findings);
    const routing = { open, close, placeOf, counterBeforeFirst: (pid: number) => head.counterBefore(pid) };
    this.router = new PartRouter(this.finder.parts[0]!, routing, findings);
  }

  /** Bytes from packet to packet; undefined before the first. */
  get stride(): number | undefined {
    return this.#scanner.format?.stride;
  }

  /**
   * Looks at what has come and sends on what is decided. `window`: from `base` in the stream to the end of what has come, with all
   * that was not sent on. `final`: nothing follows.
   */
  advance(window: Buffer, base: number, final: boolean): void {
    this.finder.enter(window);
    this.router.enter(window);
    for (;;) {
      const taken = this.#scanner.scan(window, this.#scanned - base, window.length, final);
      if (taken === 0) break;
      this.#look(taken, base);
    }
    if (final) {
      this.#noteLoss(true);
      this.finder.finish(base + window.length);
    }
    if (this.#scanned - this.sent > maxHold) this.finder.release();
    this.#send(Math.min(this.#scanned, this.finder.heldFrom), base);
  }

  #look(taken: number, base: number): void {
    const start = this.#scanned;
    this.#scanned += taken;
    const format = this.#scanner.inSync ? this.#scanner.format : undefined;
    this.#stretches.push({ start, end: this.#scanned, format });
    if (format === undefined) {
      if (this.#loss?.end === start) this.#loss.end += taken;
      else this.#loss = { start, end: this.#scanned };
      return;
    }
    this.#noteLoss(false);
    this.finder.take(start - base, this.#scanned - base, start, format);
  }

  #noteLoss(atEnd: boolean): void {
    if (this.#loss === undefined) return;
    const { start, end } = this.#loss;
    const length = end - start;
    this.#loss = undefined;
    const place = { ...this.#placeOf(start), length };
    const { stride } = this;
    if (stride === undefined) return;
    if (atEnd && length < stride) {
      this.#findings.add(
        'ts-packet-torn',
        `the stream ends within a packet: ${length} of ${stride} bytes are there`,
        place,
      );
    } else {
      this.#findings.add('ts-sync-lost', `no packet begins in ${length} bytes; they were kept where they are`, place);
    }
  }

  /** Sends on what is before `limit`. */
  #send(limit: number, base: number): void {
    const { finder, router } = this;
    const { parts } = finder;
    while (this.#stretches.length > 0) {
      const stretch = this.#stretches[0]!;
      const end = Math.min(stretch.end, limit);
      if (end <= stretch.start) return;
      const from = stretch.start - base;
      if (stretch.format === undefined) {
        router.takeUnsynchronised(from, end - base, stretch.start);
      } else {
        if (this.#head !== undefined) this.#insertFirstTables(stretch.format, from);
        const firstPart = this.#nextPart;
        while (this.#nextPart < parts.length && parts[this.#nextPart]!.offset < end) this.#nextPart++;
        const cuts = firstPart === this.#nextPart ? none : parts.slice(firstPart, this.#nextPart);
        const snapshots = cuts.map(({ snapshot }) => snapshot);
        router.take(from, end - base, stretch.start, stretch.format, cuts);
        for (const snapshot of snapshots) if (snapshot !== undefined) finder.beginnings.takeBack(snapshot);
      }
      this.sent = end;
      if (end < stretch.end) stretch.start = end;
      else this.#stretches.shift();
    }
  }

  #insertFirstTables(format: PacketFormat, cell: number): void {
    const head = this.#head!;
    this.#head = undefined;
    if (head.needsTables) this.router.insertTables(this.#firstSections, format, cell);
  }
}

const none = [] as const;
