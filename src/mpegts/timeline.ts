/**
 * One timeline for the streams of a program: across the wrap of 33 bits, and across changes of its clock, as where a server
 * was started anew, segments were joined or advertisements put in. The streams of a program share a clock, and it is the
 * program's that changes: all of them are moved by the same amount, so that picture and audio stay together, although
 * packets of the old clock still come after the first of the new one.
 *
 * A stretch of one clock is an epoch. Whoever reads the stream hands over the times in the order in which they come and
 * keeps what he needs by epoch; where each epoch lies is known when it is over. It knows neither packets nor tables.
 */
import { ticksBetween, ticksPerSecond } from './clock.ts';

/** A time of 33 bits and where it lies. */
export interface TimelinePosition {
  readonly epoch: number;
  /** Ticks after the first time of the epoch; negative before it. */
  readonly ticks: number;
}

/** What a time is of. Streams of text and data follow the clock that the others show; their own times may be anything. */
export type TimeRole = 'media' | 'clock' | 'other';

/** Farther ahead of what the program has reached, a time is of another clock. */
const longestPause = 30 * ticksPerSecond;
/** The same where the stream says that its clock changes. */
const longestFlaggedPause = ticksPerSecond;
/** A stream that steps back farther has another clock: decode times only rise, wrong ones are off by a frame or two. */
const longestStumble = ticksPerSecond / 2;
/** Streams of one clock are multiplexed no farther apart. */
const widestSpread = 10 * ticksPerSecond;
/** A step of a stream that is surely on its own clock. */
const surelyOwn = ticksPerSecond;
/**
 * A return to the clock before, as after a single time that is wrong. Behind more of them it is no return: where an
 * advertisement stood, the clock of the programme may go on as if nothing had been, and yet that comes later.
 */
const longestReturn = 2 * ticksPerSecond;
const maxWrongTimes = 3;
const assumedStep = ticksPerSecond / 25;

interface StreamState {
  epoch: number;
  /** The last raw time, and its position in the epoch. */
  raw: number;
  ticks: number;
  step: number;
  size: number;
  /** Times in the epoch, one behind the other. */
  count: number;
  /** Where it stood in the epoch before. */
  before: { readonly epoch: number; readonly raw: number; readonly ticks: number } | undefined;
}

interface Epoch {
  /** The most advanced time of it: raw, and after the first. */
  frontRaw: number;
  front: number;
  /** By stream: where it began, and where what it has ends. */
  readonly first: Map<number, number>;
  readonly end: Map<number, number>;
  readonly roles: Map<number, TimeRole>;
  /** Where it lies, where that was given. */
  placedAt: number | undefined;
}

/** Epochs that may still be gone back to; those before are settled. */
const openEpochs = 4;

/** The timeline of one program, in ticks of 90 kHz. */
export class Timeline {
  readonly #epochs: (Epoch | undefined)[] = [];
  readonly #starts: number[] = [];
  /** Epochs that are kept although many came behind them. */
  readonly #inUse = new Set<number>();
  readonly #streams = new Map<number, StreamState>();
  #placed: { readonly ticks: number; readonly raw: number } | undefined;
  #isJumping = false;
  /** Bytes of the PES packet whose time is taken. */
  #size = 0;
  /** The first time of all, 33 bits; -1 before it. */
  origin = -1;

  /** How many epochs there are. */
  get epochs(): number {
    return this.#epochs.length;
  }

  /**
   * The next time of a stream, 33 bits: decode times of PES packets, the program clock reference in ticks of 90 kHz. `key`
   * names the stream. `flagged`: a discontinuity was announced with it. `size`: bytes of the PES packet, 0 where unknown: one
   * that is shorter than the one before lasts shorter, as the last audio frame of a recording does.
   */
  take(key: number, raw: number, role: TimeRole, flagged = false, size = 0): TimelinePosition {
    this.#size = size;
    if (this.#epochs.length === 0) return this.#open(key, raw, role);
    const stream = this.#streams.get(key);
    const newest = this.#epochs.length - 1;
    if (role === 'other') return this.#follow(key, raw);
    // Two clocks later, a stream that was not there meanwhile is on that of the others.
    const isLeftBehind = stream !== undefined && stream.epoch < newest - 1 && stream.count > maxWrongTimes;
    const isWithNewest = isLeftBehind && this.#isReached(newest) && this.#fits(newest, raw);
    if (stream !== undefined && !this.#isJumping && !isWithNewest) {
      const step = ticksBetween(stream.raw, raw);
      if (step >= -longestStumble && step <= (flagged ? longestFlaggedPause : surelyOwn)) {
        return this.#enter(key, raw, role, stream.epoch);
      }
    }
    const isBack = stream?.epoch === newest && ticksBetween(stream.raw, raw) < -longestStumble;
    const isSkip = flagged && stream?.epoch === newest;
    if (!isBack && !isSkip && this.#fits(newest, raw)) return this.#enter(key, raw, role, newest);
    const { before } = stream ?? {};
    const mayReturn = before !== undefined && stream!.count <= maxWrongTimes;
    if (mayReturn && this.#epochs[before.epoch] !== undefined && !this.#isJumping) {
      const step = ticksBetween(before.raw, raw);
      if (step >= 0 && step <= longestReturn) return this.#enter(key, raw, role, before.epoch);
    }
    if (stream !== undefined && stream.epoch < newest && !this.#isJumping && this.#fits(stream.epoch, raw)) {
      const step = ticksBetween(stream.raw, raw);
      if (step >= -longestStumble) return this.#enter(key, raw, role, stream.epoch);
    }
    return this.#open(key, raw, role);
  }

  /** The middle is left out: the next time of a stream is where `ticks` of the timeline are, if it is `raw`. */
  jumpTo(ticks: number, raw: number): void {
    this.#placed = { ticks, raw };
    this.#isJumping = true;
  }

  /** Where an epoch begins, in ticks after the first time of all. Right when the epochs before it are over. */
  startOf(epoch: number): number {
    for (let index = this.#starts.length; index <= epoch; index++) {
      const start = this.#settle(index);
      // What is still open may yet move those after it.
      if (index > this.#epochs.length - openEpochs) {
        return index === epoch ? start : this.#startFrom(index, epoch, start);
      }
      this.#starts.push(start);
    }
    return this.#starts[epoch]!;
  }

  /** Where a position lies, in ticks after the first time of all. */
  ticksOf({ epoch, ticks }: TimelinePosition): number {
    return this.startOf(epoch) + ticks;
  }

  #startFrom(from: number, epoch: number, start: number): number {
    const starts = [...this.#starts.slice(0, from), start];
    for (let index = from + 1; index <= epoch; index++) starts.push(this.#settle(index, starts));
    return starts[epoch]!;
  }

  #settle(index: number, starts: readonly number[] = this.#starts): number {
    if (index === 0) return 0;
    const epoch = this.#epochs[index]!;
    if (epoch.placedAt !== undefined) return epoch.placedAt;
    let start = -Infinity;
    let clockStart = -Infinity;
    let earliest = Infinity;
    for (const [key, first] of epoch.first) {
      const role = epoch.roles.get(key);
      const end = role === 'other' ? undefined : this.#endBefore(index, key, starts);
      if (role === 'clock' && end !== undefined) clockStart = Math.max(clockStart, end - first);
      if (role !== 'media') continue;
      earliest = Math.min(earliest, first);
      if (end !== undefined) start = Math.max(start, end - first);
    }
    // The clock goes on where media is scrambled or missing.
    if (start > -Infinity && clockStart > start + longestStumble) return clockStart;
    if (start > -Infinity) return start;
    // No stream goes on: it begins where everything before has ended.
    if (earliest === Infinity) earliest = Math.min(...epoch.first.values());
    let end = 0;
    for (const other of this.#openBefore(index)) {
      for (const each of this.#epochs[other]?.end.values() ?? []) end = Math.max(end, starts[other]! + each);
    }
    return end - earliest;
  }

  /** Epochs before one that are still open: those just before it, and such as streams have stayed in. */
  #openBefore(index: number): number[] {
    const recent = Array.from({ length: Math.min(index, 2 * openEpochs) }, (_, back) => index - 1 - back);
    return [...recent, ...[...this.#inUse].filter((epoch) => epoch < index - 2 * openEpochs)];
  }

  /** Where a stream ended in the epochs before. */
  #endBefore(index: number, key: number, starts: readonly number[]): number | undefined {
    let latest: number | undefined;
    for (const other of this.#openBefore(index)) {
      const end = this.#epochs[other]?.end.get(key);
      if (end !== undefined) latest = Math.max(latest ?? -Infinity, starts[other]! + end);
    }
    return latest;
  }

  /** Whether a time can be of the clock of an epoch. */
  #fits(index: number, raw: number): boolean {
    const epoch = this.#epochs[index];
    if (epoch === undefined) return false;
    const ahead = ticksBetween(epoch.frontRaw, raw);
    return !this.#isJumping && ahead >= -widestSpread && ahead <= longestPause;
  }

  /** Whether another stream has gone on in an epoch for more than some times that may be wrong. */
  #isReached(index: number): boolean {
    return [...this.#streams.values()].some(({ epoch, count }) => epoch === index && count > maxWrongTimes);
  }

  /** A time that shows no clock: in whichever epoch it lies nearest to what was reached. */
  #follow(key: number, raw: number): TimelinePosition {
    const newest = this.#epochs.length - 1;
    const known = this.#streams.get(key);
    const candidates = [known?.epoch ?? newest, newest].filter((index) => this.#epochs[index] !== undefined);
    const distance = (index: number): number => Math.abs(ticksBetween(this.#epochs[index]!.frontRaw, raw));
    const epoch = candidates.reduce((best, index) => (distance(index) < distance(best) ? index : best), newest);
    const { frontRaw, front } = this.#epochs[epoch]!;
    const ticks = front + ticksBetween(frontRaw, raw);
    this.#streams.set(key, { epoch, raw, ticks, step: 0, size: 0, count: 1, before: undefined });
    return { epoch, ticks };
  }

  #open(key: number, raw: number, role: TimeRole): TimelinePosition {
    if (this.origin < 0) this.origin = raw;
    const index = this.#epochs.length;
    const placed = this.#placed;
    this.#epochs.push({
      frontRaw: raw,
      front: 0,
      first: new Map(),
      end: new Map(),
      roles: new Map(),
      placedAt: placed === undefined ? undefined : placed.ticks + ticksBetween(placed.raw, raw),
    });
    this.#placed = undefined;
    this.#isJumping = false;
    // What lies farther back is settled, and its details are not needed any more.
    this.startOf(Math.max(0, index - openEpochs));
    this.#forget(index - 2 * openEpochs);
    return this.#enter(key, raw, role, index);
  }

  /** Epochs up to one are not gone back to, but for those that streams are still in: a time that is wrong opens one too. */
  #forget(last: number): void {
    if (last < 0) return;
    const inUse = new Set([...this.#streams.values()].flatMap(({ epoch, before }) => [epoch, before?.epoch ?? epoch]));
    this.#inUse.add(last);
    for (const epoch of this.#inUse) {
      if (inUse.has(epoch)) continue;
      this.#epochs[epoch] = undefined;
      this.#inUse.delete(epoch);
    }
  }

  #enter(key: number, raw: number, role: TimeRole, index: number): TimelinePosition {
    const epoch = this.#epochs[index];
    if (epoch === undefined) return this.#enter(key, raw, role, this.#epochs.length - 1);
    const stream = this.#streams.get(key);
    const isHere = stream !== undefined && stream.epoch === index;
    const ticks = isHere
      ? stream.ticks + ticksBetween(stream.raw, raw)
      : epoch.front + ticksBetween(epoch.frontRaw, raw);
    const step = isHere ? ticks - stream.ticks : (stream?.step ?? assumedStep);
    const usual = step > 0 && step <= ticksPerSecond ? step : (stream?.step ?? assumedStep);
    if (!epoch.first.has(key)) {
      epoch.first.set(key, ticks);
      epoch.roles.set(key, role);
    }
    epoch.end.set(key, Math.max(epoch.end.get(key) ?? -Infinity, ticks + this.#lasts(stream, usual)));
    if (ticks > epoch.front) {
      epoch.front = ticks;
      epoch.frontRaw = raw;
    }
    const before = isHere
      ? stream.before
      : stream === undefined
        ? undefined
        : { epoch: stream.epoch, raw: stream.raw, ticks: stream.ticks };
    const count = isHere ? stream.count + 1 : 1;
    this.#streams.set(key, { epoch: index, raw, ticks, step: usual, size: this.#size, count, before });
    return { epoch: index, ticks };
  }

  #lasts(stream: StreamState | undefined, usual: number): number {
    if (stream === undefined || stream.size === 0 || this.#size === 0 || this.#size >= stream.size) return usual;
    return Math.round((usual * this.#size) / stream.size);
  }
}
