/**
 * How much time passes in a stretch of a stream that is not read: from looks at a few windows in it. Between two of them the
 * clock may have wrapped or begun anew; where it has, bytes and ticks are out of all proportion, and that offset is searched
 * for by halving. It says whether what it found hangs together.
 */
import type { ByteSource } from '../io/file-source.ts';
import { ticksBetween, ticksPerSecond } from './clock.ts';
import { packetLength, payloadOf, pidOf, startsUnit } from './packet.ts';
import type { PacketFormat } from './packet-scanner.ts';
import { packetRuns } from './packet-stream.ts';
import { PesReader } from './pes.ts';

/** A decode time, 33 bits, and where it stands. */
export interface TimedOffset {
  readonly offset: number;
  readonly raw: number;
}

/** The time between two places, in ticks of 90 kHz. */
export interface Elapsed {
  readonly ticks: number;
  /** False: the clock changes more often than could be followed; the ticks are those that the bytes suggest. */
  readonly isCertain: boolean;
  /** Where the clock changes. */
  readonly jumps: readonly TimedOffset[];
}

const windows = 48;
const windowLength = 160 * 1024;
/** Looks that searching for changes of the clock may take. */
const maxLooks = 96;
/** So close together, two places are read from one to the other. */
const closeEnough = 1024 * 1024;
/** Bytes a tick may be so many times more or less than usual, for that is how far apart busy and quiet scenes are. */
const widestRate = 3;
/** The same of the beginning and of the whole. */
const farthestRate = 16;
/** Where more than one in so many stretches is out of proportion, nothing is in proportion. */
const minStretchesPerUnusual = 4;
const assumedStep = ticksPerSecond / 25;
const maxPause = 30 * ticksPerSecond;

/** Measures the time between two places of a source by looking at a bounded number of windows. */
export class ElapsedTime {
  readonly #source: ByteSource;
  readonly #pid: number;
  readonly #format: PacketFormat;
  /** Offset in the file of a cell. */
  readonly #phase: number;
  readonly #jumps: TimedOffset[] = [];
  #looks = 0;
  /** Bytes a tick, as most windows have it. */
  #usual = 0;

  /** `pid`: of the stream whose times are followed; `cell`: offset of any packet's cell. */
  constructor(source: ByteSource, pid: number, format: PacketFormat, cell: number) {
    this.#source = source;
    this.#pid = pid;
    this.#format = format;
    this.#phase = cell % format.stride;
  }

  /** Ticks from one offset to another. `bytesATick`: where the stream was read; windows must not suggest quite another time. */
  between(from: TimedOffset, to: TimedOffset, bytesATick: number): Elapsed {
    const timedOffsets = [from];
    for (let index = 1; index < windows; index++) {
      const offset = from.offset + ((to.offset - from.offset) * index) / windows;
      const timed = this.#look(offset, to.offset);
      if (timed !== undefined && timed.offset > timedOffsets.at(-1)!.offset) timedOffsets.push(timed);
    }
    timedOffsets.push(to);
    const rates = timedOffsets
      .slice(1)
      .map(
        (timed, index) =>
          (timed.offset - timedOffsets[index]!.offset) / ticksBetween(timedOffsets[index]!.raw, timed.raw),
      )
      .filter((rate) => rate > 0)
      .toSorted((a, b) => a - b);
    // A long wrapping stream has windows hours apart; one with many clocks has none that go together.
    this.#usual = rates[rates.length >> 1] ?? 0;
    this.#looks = 0;
    let ticks = 0;
    // Windows may go together by accident, as the spokes of a wheel do in a film.
    let isCertain = this.#usual > 0 && isNear(this.#usual, bytesATick, farthestRate);
    if (!isCertain) return { ticks: (to.offset - from.offset) / bytesATick, isCertain, jumps: [] };
    let unusual = 0;
    for (let index = 1; index < timedOffsets.length; index++) {
      if (!this.#isUsual(timedOffsets[index - 1]!, timedOffsets[index]!)) unusual++;
      const passed = this.#passed(timedOffsets[index - 1]!, timedOffsets[index]!);
      isCertain &&= passed.isCertain;
      ticks += passed.ticks;
    }
    isCertain &&= unusual * minStretchesPerUnusual <= timedOffsets.length;
    return { ticks, isCertain, jumps: this.#jumps };
  }

  #passed(from: TimedOffset, to: TimedOffset): { readonly ticks: number; readonly isCertain: boolean } {
    const bytes = to.offset - from.offset;
    const ticks = ticksBetween(from.raw, to.raw);
    if (this.#isUsual(from, to)) return { ticks, isCertain: true };
    if (bytes <= closeEnough) return this.#walked(from, to);
    if (this.#looks >= maxLooks) return { ticks: this.#usual > 0 ? bytes / this.#usual : 0, isCertain: false };
    const middle = this.#look(from.offset + bytes / 2, to.offset);
    if (middle === undefined || middle.offset <= from.offset) return { ticks: Math.max(0, ticks), isCertain: false };
    const first = this.#passed(from, middle);
    const second = this.#passed(middle, to);
    return { ticks: first.ticks + second.ticks, isCertain: first.isCertain && second.isCertain };
  }

  /** In a short stretch one large picture is out of proportion, and a pause of some seconds is none of a clock. */
  #isUsual(from: TimedOffset, to: TimedOffset): boolean {
    const ticks = ticksBetween(from.raw, to.raw);
    if (ticks >= 0 && ticks <= maxPause) return true;
    return ticks > 0 && this.#usual > 0 && isNear((to.offset - from.offset) / ticks, this.#usual, widestRate);
  }

  /** Reads all between two places. */
  #walked(from: TimedOffset, to: TimedOffset): { readonly ticks: number; readonly isCertain: boolean } {
    let ticks = 0;
    let last = from.raw;
    let step = assumedStep;
    const take = (timed: TimedOffset): void => {
      const ahead = ticksBetween(last, timed.raw);
      if (ahead > maxPause || ahead < -ticksPerSecond / 2) {
        this.#jumps.push(timed);
        ticks += step;
      } else {
        ticks += ahead;
        if (ahead > 0) step = ahead;
      }
      last = timed.raw;
    };
    for (const timed of this.#times(from.offset, to.offset)) if (timed.offset > from.offset) take(timed);
    take(to);
    return { ticks, isCertain: true };
  }

  /** The first time of the stream after an offset. */
  #look(offset: number, end: number): TimedOffset | undefined {
    this.#looks++;
    const { stride } = this.#format;
    const from = Math.floor((offset - this.#phase) / stride) * stride + this.#phase;
    for (const timed of this.#times(from, Math.min(end, from + windowLength))) return timed;
    return undefined;
  }

  *#times(from: number, to: number): Generator<TimedOffset> {
    const reader = new PesReader();
    for (const { bytes, start, end, offset, format } of packetRuns(this.#source, from, to)) {
      if (format === undefined) continue;
      for (let cell = start; cell < end; cell += format.stride) {
        const at = cell + format.lead;
        if (pidOf(bytes, at) !== this.#pid || (bytes[at + 3]! & 0xc0) !== 0) continue;
        reader.take(bytes, payloadOf(bytes, at), at + packetLength, startsUnit(bytes, at));
        if (reader.begun && reader.dtsTicks >= 0) yield { offset: offset + cell - start, raw: reader.dtsTicks };
      }
    }
  }
}

function isNear(rate: number, usual: number, times: number): boolean {
  return rate <= usual * times && rate >= usual / times;
}
