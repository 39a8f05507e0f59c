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
const maxPause = 30 * ticksPerSecond;
/** The same where the stream says that its clock changes. */
const maxFlaggedPause = ticksPerSecond;
/** A stream that steps back farther has another clock: decode times only rise, wrong ones are off by a frame or two. */
const maxStumble = ticksPerSecond / 2;
/** Streams of one clock are multiplexed no farther apart. */
const widestSpread = 10 * ticksPerSecond;
/** What of one clock still comes when the next has begun is no longer. */
const maxOverlap = 3 * ticksPerSecond;
/** A step of a stream that is surely on its own clock. */
const surelyOwn = ticksPerSecond;
/**
 * A return to the clock before, as after a single time that is wrong. Behind more of them it is no return: where an
 * advertisement stood, the clock of the programme may go on as if nothing had been, and yet that comes later.
 */
const maxReturn = 2 * ticksPerSecond;
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
  /** Where it stood in the epoch before, or before it leapt ahead. */
  before: { readonly epoch: number; readonly raw: number; readonly ticks: number } | undefined;
  /** Times since it leapt ahead. */
  sinceLeap: number;
  /** Where it leapt to: reached when it goes on from there, for it may come back. */
  leap: Reached | undefined;
}

/** A time in an epoch, and where what it is of ends. */
interface Reached {
  readonly raw: number;
  readonly ticks: number;
  readonly end: number;
}

/** A place on the timeline: an epoch, and ticks after its first time. */
interface Place {
  readonly epoch: number;
  readonly ticks: number;
}

/** Where a stream left an epoch. */
interface Departure extends Place {
  /** Where it would be if its clock were still the one of that epoch. */
  readonly unchanged: number;
}

interface Epoch {
  /** The most advanced time of it: raw, and after the first. */
  frontRaw: number;
  front: number;
  /** What had been reached when it began; undefined for the first. */
  readonly reached: Place | undefined;
  /** By stream: where what it had ended when it came here. A single wrong time is no end of what goes on behind it. */
  readonly departures: Map<number, Departure>;
  /** By stream: where it began, and where what it has ends. */
  readonly first: Map<number, number>;
  readonly end: Map<number, number>;
  readonly roles: Map<number, TimeRole>;
  /** Where it lies, where that was given. */
  placedAt: number | undefined;
}

/** Epochs that streams may still come to; those before are settled. Each wrong time opens one. */
const openEpochs = 8;

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
      // What stumbles where another stream has gone back has gone back with it.
      const isWithOthers = step < 0 && stream.epoch < newest && this.#fits(newest, raw);
      if (!isWithOthers && step >= -maxStumble && step <= (flagged ? maxFlaggedPause : surelyOwn)) {
        return this.#enter(key, raw, role, stream.epoch);
      }
    }
    const before = stream?.before;
    if (before !== undefined && this.#epochs[before.epoch] !== undefined && !this.#isJumping) {
      const isBrief = Math.min(stream!.count, stream!.sinceLeap) <= maxWrongTimes;
      const step = ticksBetween(before.raw, raw);
      // Where another stream has begun a clock that it can be of, it goes with that.
      const isAlone = stream!.epoch === newest || !this.#fits(newest, raw);
      const isNext = isAlone && step >= 0 && step <= maxReturn;
      if (isBrief && isNext && !this.#isPassed(key)) return this.#enter(key, raw, role, before.epoch, true);
    }
    const isBack = stream?.epoch === newest && ticksBetween(stream.raw, raw) < -maxStumble;
    const isSkip = flagged && stream?.epoch === newest;
    if (!isBack && !isSkip && this.#fits(newest, raw)) return this.#enter(key, raw, role, newest);
    if (stream !== undefined && stream.epoch < newest && !this.#isJumping && this.#fits(stream.epoch, raw)) {
      const step = ticksBetween(stream.raw, raw);
      if (step >= -maxStumble) return this.#enter(key, raw, role, stream.epoch);
    }
    // What comes for the first time just behind a wrong time is on the clock of the others.
    const others = stream === undefined ? this.#goingOn(raw) : -1;
    return others < 0 ? this.#open(key, raw, role) : this.#enter(key, raw, role, others);
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

  /** Where an epoch begins if the first that is not settled begins at `start`, as things are now. */
  #startFrom(settled: number, epoch: number, start: number): number {
    this.#starts.push(start);
    for (let index = settled + 1; index <= epoch; index++) this.#starts.push(this.#settle(index));
    const found = this.#starts[epoch]!;
    // There may be thousands of epochs, and this is asked for each packet: nothing is copied.
    this.#starts.length = settled;
    return found;
  }

  #settle(index: number): number {
    const starts = this.#starts;
    if (index === 0) return 0;
    const epoch = this.#epochs[index]!;
    if (epoch.placedAt !== undefined) return epoch.placedAt;
    let start = -Infinity;
    let clockStart = -Infinity;
    let pausedStart = -Infinity;
    let earliest = Infinity;
    for (const [key, first] of epoch.first) {
      const role = epoch.roles.get(key);
      const departure = role === 'other' ? undefined : epoch.departures.get(key);
      const end = departure === undefined ? undefined : starts[departure.epoch]! + departure.ticks;
      if (role === 'clock' && end !== undefined) {
        clockStart = Math.max(clockStart, end - first);
        const ahead = departure!.unchanged - departure!.ticks;
        pausedStart = ahead >= 0 && ahead <= maxPause ? clockStart + ahead : pausedStart;
      }
      if (role !== 'media') continue;
      earliest = Math.min(earliest, first);
      if (end !== undefined) start = Math.max(start, end - first);
    }
    // The clock goes on where media is scrambled or missing.
    if (start > -Infinity && clockStart > start + maxStumble) return clockStart;
    if (start > -Infinity) return start;
    // A clock that paused alone is the same as before.
    if (earliest === Infinity && clockStart > -Infinity) return Math.max(clockStart, pausedStart);
    // No stream goes on: it begins where everything before has ended, or is beside what goes on.
    if (earliest === Infinity) earliest = Math.min(...epoch.first.values());
    let end = 0;
    for (const other of this.#openBefore(index)) {
      for (const each of this.#epochs[other]?.end.values() ?? []) end = Math.max(end, starts[other]! + each);
    }
    const { reached } = epoch;
    const beside = reached === undefined ? end : starts[reached.epoch]! + reached.ticks;
    return (end > beside + maxOverlap ? beside : end) - earliest;
  }

  /** Epochs before one that are still open: those just before it, and such as streams have stayed in. */
  #openBefore(index: number): number[] {
    const recent = Array.from({ length: Math.min(index, 2 * openEpochs) }, (_, back) => index - 1 - back);
    return [...recent, ...[...this.#inUse].filter((epoch) => epoch < index - 2 * openEpochs)];
  }

  /** Whether a time can be of the clock of an epoch. */
  #fits(index: number, raw: number): boolean {
    const epoch = this.#epochs[index];
    if (epoch === undefined) return false;
    const ahead = ticksBetween(epoch.frontRaw, raw);
    return !this.#isJumping && ahead >= -widestSpread && ahead <= maxPause;
  }

  /** Whether another stream has gone on in an epoch for more than some times that may be wrong. */
  #isReached(index: number): boolean {
    return [...this.#streams.values()].some(({ epoch, count }) => epoch === index && count > maxWrongTimes);
  }

  /** The newest epoch in which a stream goes on that a time can be of, -1 for none. */
  #goingOn(raw: number): number {
    const epochs = [...this.#streams.values()].flatMap(({ epoch, count }) => (count > maxWrongTimes ? [epoch] : []));
    return Math.max(-1, ...epochs.filter((epoch) => this.#fits(epoch, raw)));
  }

  /**
   * Whether nobody goes back to where a stream was before: media has gone on behind it for more than some times that may be
   * wrong, or another stream has come here with this one.
   */
  #isPassed(key: number): boolean {
    const { before, epoch, raw } = this.#streams.get(key)!;
    return [...this.#streams].some(([otherKey, other]) => {
      const role = this.#epochs[other.epoch]?.roles.get(otherKey);
      if (otherKey === key || role === undefined || role === 'other') return false;
      if (role === 'media' && other.epoch > before!.epoch && other.count > maxWrongTimes) return true;
      const isNearer = Math.abs(ticksBetween(other.raw, raw)) < Math.abs(ticksBetween(other.raw, before!.raw));
      return other.epoch === epoch && (epoch !== before!.epoch || isNearer);
    });
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
    this.#streams.set(key, {
      epoch,
      raw,
      ticks,
      step: 0,
      size: 0,
      count: 1,
      before: undefined,
      sinceLeap: Infinity,
      leap: undefined,
    });
    return { epoch, ticks };
  }

  #open(key: number, raw: number, role: TimeRole): TimelinePosition {
    if (this.origin < 0) this.origin = raw;
    const index = this.#epochs.length;
    const placed = this.#placed;
    this.#epochs.push({
      frontRaw: raw,
      front: 0,
      reached: index === 0 ? undefined : { epoch: index - 1, ticks: this.#epochs[index - 1]?.front ?? 0 },
      departures: new Map(),
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

  /** `isReturn`: the times just before were wrong. */
  #enter(key: number, raw: number, role: TimeRole, index: number, isReturn = false): TimelinePosition {
    const epoch = this.#epochs[index];
    if (epoch === undefined) return this.#enter(key, raw, role, this.#epochs.length - 1);
    const stream = this.#streams.get(key);
    const isHere = stream !== undefined && stream.epoch === index;
    const ticks = isHere
      ? stream.ticks + ticksBetween(stream.raw, raw)
      : epoch.front + ticksBetween(epoch.frontRaw, raw);
    const step = isHere ? ticks - stream.ticks : (stream?.step ?? assumedStep);
    const usual = step > 0 && step <= ticksPerSecond ? step : (stream?.step ?? assumedStep);
    if (stream?.leap !== undefined && !isReturn) this.#reach(stream.epoch, key, stream.leap);
    if (!epoch.first.has(key)) {
      epoch.first.set(key, ticks);
      epoch.roles.set(key, role);
      const left = stream === undefined || isHere ? undefined : this.#epochs[stream.epoch];
      // What was text or data there, and is media here, left where it came last.
      const end = left?.end.get(key) ?? stream?.ticks;
      if (stream !== undefined && left !== undefined && end !== undefined) {
        const unchanged = stream.ticks + ticksBetween(stream.raw, raw);
        epoch.departures.set(key, { epoch: stream.epoch, ticks: end, unchanged });
      }
    }
    const reached = { raw, ticks, end: ticks + this.#lasts(stream, usual) };
    const isLeap = isHere && step > surelyOwn;
    if (!isLeap) this.#reach(index, key, reached);
    const before =
      isHere && !isLeap
        ? stream.before
        : stream === undefined
          ? undefined
          : { epoch: stream.epoch, raw: stream.raw, ticks: stream.ticks };
    const count = isHere ? stream.count + 1 : 1;
    const sinceLeap = isLeap ? 1 : (stream?.sinceLeap ?? Infinity) + 1;
    const leap = isLeap ? reached : undefined;
    this.#streams.set(key, {
      epoch: index,
      raw,
      ticks,
      step: usual,
      size: this.#size,
      count,
      before,
      sinceLeap: isReturn ? Infinity : sinceLeap,
      leap,
    });
    return { epoch: index, ticks };
  }

  /** A stream has come to a time in an epoch. */
  #reach(index: number, key: number, { raw, ticks, end }: Reached): void {
    const epoch = this.#epochs[index];
    if (epoch === undefined) return;
    epoch.end.set(key, Math.max(epoch.end.get(key) ?? -Infinity, end));
    if (ticks <= epoch.front) return;
    epoch.front = ticks;
    epoch.frontRaw = raw;
  }

  #lasts(stream: StreamState | undefined, usual: number): number {
    if (stream === undefined || stream.size === 0 || this.#size === 0 || this.#size >= stream.size) return usual;
    return Math.round((usual * this.#size) / stream.size);
  }
}
