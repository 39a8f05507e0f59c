/**
 * The times of a stream on the timelines of its programs, and what has to be added to each so that they become one that
 * goes on. Both walks over a file, the one that finds out and the one that writes, hand over the same times in the same
 * order, so that they agree about which clock a time is of.
 */
import { ticksBetween } from '../../mpegts/clock.ts';
import type { PesReader } from '../../mpegts/pes.ts';
import type { Program } from '../../mpegts/program-tables.ts';
import type { Timeline } from '../../mpegts/timeline.ts';
import { clockKey, Timelines } from '../../mpegts/timelines.ts';

const wrap = 2 ** 33;
const clockTicks = 300;
/** Where a timeline begins that cannot begin where it did, as ffmpeg has it: room for times before the first. */
const usualBeginning = 126_000;

interface EpochSpan {
  /** The time of 33 bits that its ticks are counted from. */
  readonly origin: number;
  earliest: number;
  latest: number;
  /** The same of presentation times alone. */
  firstShown: number;
  lastShown: number;
}

/** What is added to the times of each timeline, by epoch; undefined where nothing is. */
export interface TimesConclusion {
  readonly deltas: readonly (readonly number[])[] | undefined;
  /** How often the clock of a program changes. */
  readonly jumps: number;
  readonly durationTicks: number;
}

/** Takes the times of all PIDs in the order of the stream, in ticks of 90 kHz. */
export class ProgramTimes {
  readonly #timelines = new Timelines();
  readonly #indexes = new Map<Timeline, number>();
  readonly #spans: EpochSpan[][] = [];
  readonly #lines: Timeline[] = [];
  /** Of the time taken last: which timeline it is on, and in which epoch. */
  line = 0;
  epoch = 0;

  follow(programs: readonly Program[]): void {
    this.#timelines.follow(programs);
  }

  /** Takes the times of a PES packet. Gives the ticks of the timeline, as far as they are known now. */
  take(pid: number, { dtsTicks, ptsTicks, streamId, packetLength }: PesReader): number {
    const timeline = this.#timelines.of(pid);
    const position = timeline.take(pid, dtsTicks, this.#timelines.roleOf(pid, streamId), false, packetLength);
    this.#note(timeline, position.epoch, position.ticks, dtsTicks);
    const shown = position.ticks + ticksBetween(dtsTicks, ptsTicks);
    const span = this.#note(timeline, position.epoch, shown, ptsTicks);
    if (shown < span.firstShown) span.firstShown = shown;
    if (shown > span.lastShown) span.lastShown = shown;
    return timeline.ticksOf(position);
  }

  /** Takes a program clock reference in ticks of 27 MHz. */
  takeClock(pid: number, pcr: number, flagged: boolean): void {
    const timeline = this.#timelines.of(pid);
    const raw = Math.floor(pcr / clockTicks) % wrap;
    const position = timeline.take(clockKey(pid), raw, 'clock', flagged);
    this.#note(timeline, position.epoch, position.ticks, raw);
  }

  conclude(): TimesConclusion {
    let jumps = 0;
    let durationTicks = 0;
    const deltas = this.#lines.map((timeline, index) => {
      const spans = this.#spans[index]!;
      const starts = spans.map((_, epoch) => timeline.startOf(epoch));
      jumps += spans.length - 1;
      const least = (of: (span: EpochSpan) => number): number =>
        spans.reduce((found, span, epoch) => Math.min(found, starts[epoch]! + of(span)), Infinity);
      const most = (of: (span: EpochSpan) => number): number =>
        spans.reduce((found, span, epoch) => Math.max(found, starts[epoch]! + of(span)), -Infinity);
      const earliest = least((span) => span.earliest);
      const latest = most((span) => span.latest);
      const firstShown = least((span) => span.firstShown);
      const lastShown = most((span) => span.lastShown);
      durationTicks = Math.max(durationTicks, lastShown - firstShown);
      const fits = timeline.origin + earliest >= 0 && timeline.origin + latest < wrap;
      const base = fits ? timeline.origin : usualBeginning - earliest;
      return spans.map(({ origin }, epoch) => (((base + starts[epoch]! - origin) % wrap) + wrap) % wrap);
    });
    const isMoved = deltas.some((line) => line.some((delta) => delta !== 0));
    return { deltas: isMoved ? deltas : undefined, jumps, durationTicks };
  }

  #note(timeline: Timeline, epoch: number, ticks: number, raw: number): EpochSpan {
    let index = this.#indexes.get(timeline);
    if (index === undefined) {
      index = this.#lines.length;
      this.#indexes.set(timeline, index);
      this.#lines.push(timeline);
      this.#spans.push([]);
    }
    this.line = index;
    this.epoch = epoch;
    const spans = this.#spans[index]!;
    let span = spans[epoch];
    if (span === undefined) {
      const origin = (((raw - ticks) % wrap) + wrap) % wrap;
      span = { origin, earliest: ticks, latest: ticks, firstShown: Infinity, lastShown: -Infinity };
      spans[epoch] = span;
    }
    if (ticks < span.earliest) span.earliest = ticks;
    if (ticks > span.latest) span.latest = ticks;
    return span;
  }
}
