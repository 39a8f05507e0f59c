/**
 * The best way to each place of a stretch, place after place: which piece leads there, with how many bits, and what it leaves for
 * the next one of its stream. What the pieces are and what each is worth is for others to say.
 */
import type { StreamHabits, TurnHabits } from './stream-habits.ts';

/** Bytes between two places, counted from the beginning of the stretch. */
export interface PathPiece {
  /** Number of its stream; -1 for bytes that are of none. */
  readonly stream: number;
  readonly start: number;
  readonly end: number;
  /** It goes on beyond the stretch; with a size of its own `end` is where it really ends. */
  readonly isOpen: boolean;
  readonly isTorn: boolean;
}

/** What the streams of a recording are known to do. */
export interface Habits {
  readonly streams: readonly StreamHabits[];
  readonly turns: TurnHabits;
}

/** Where the path stands before the stretch. */
export interface Standing {
  readonly stream: number;
  readonly run: number;
}

/** What leaving bytes aside costs: more than any sample is worth. */
const skipBits = -64;

/** What is kept of a sample for the next one of its stream. */
type Latest = StreamHabits['latest'];

/** The best way found so far to each place. */
export class PathSearch {
  readonly places: Int32Array;
  readonly last: number;
  readonly bits: Float64Array;
  readonly #from: Int32Array;
  readonly #via: Int16Array;
  readonly #openEnd: Float64Array;
  readonly #isTorn: Uint8Array;
  readonly #run: Uint16Array;
  readonly #sizes: Uint32Array;
  readonly #seconds: Int16Array;
  readonly #finals: Int16Array;
  readonly #bytes: Uint8Array;
  readonly #streams: number;
  readonly #standing: Standing;
  readonly #habits: Habits;
  readonly #nodes = new Map<number, number>();
  #best = 0;

  constructor(places: Int32Array, bytes: Uint8Array, standing: Standing, habits: Habits) {
    const { length } = places;
    const streams = habits.streams.length;
    this.places = places;
    this.last = length - 1;
    this.bits = new Float64Array(length).fill(-Infinity);
    this.bits[0] = 0;
    this.#from = new Int32Array(length).fill(-1);
    this.#via = new Int16Array(length).fill(-1);
    this.#openEnd = new Float64Array(length).fill(-1);
    this.#isTorn = new Uint8Array(length);
    this.#run = new Uint16Array(length);
    this.#sizes = new Uint32Array(length * streams);
    this.#seconds = new Int16Array(length * streams);
    this.#finals = new Int16Array(length * streams);
    this.#bytes = bytes;
    this.#streams = streams;
    this.#standing = standing;
    this.#habits = habits;
    for (const [node, at] of places.entries()) this.#nodes.set(at, node);
  }

  nodeAt(place: number): number {
    return this.#nodes.get(place)!;
  }

  /** The last sample of a stream on the way to a node. */
  latest(node: number, stream: number): Latest {
    const at = node * this.#streams + stream;
    return { size: this.#sizes[at]!, second: this.#seconds[at]!, final: this.#finals[at]! };
  }

  /** Settles the best way to a node, all ways to which are known. */
  arrive(node: number): void {
    const skipped = this.bits[this.#best]! + skipBits;
    if (node > 0 && skipped > this.bits[node]!) {
      this.bits[node] = skipped;
      this.#from[node] = this.#best;
      this.#via[node] = -1;
      this.#isTorn[node] = 0;
      this.#openEnd[node] = -1;
    }
    if (this.bits[node]! > this.bits[this.#best]!) this.#best = node;
    const from = this.#from[node]!;
    if (from < 0) {
      for (const [stream, { latest }] of this.#habits.streams.entries()) this.#setLatest(stream, latest);
      return;
    }
    const via = this.#via[node]!;
    for (const column of [this.#sizes, this.#seconds, this.#finals]) {
      column.copyWithin(node * this.#streams, from * this.#streams, (from + 1) * this.#streams);
    }
    if (via < 0) return;
    const [start, end] = [this.places[from]!, this.places[node]!];
    const latest = { size: end - start, second: this.#bytes[start + 1] ?? -1, final: this.#bytes[end - 1]! };
    this.#setLatest(node * this.#streams + via, latest);
    const before = this.#streamBefore(from);
    this.#run[node] = before.stream === via ? before.run + 1 : 1;
  }

  #setLatest(at: number, { size, second, final }: Latest): void {
    this.#sizes[at] = size;
    this.#seconds[at] = second;
    this.#finals[at] = final;
  }

  #streamBefore(node: number): Standing {
    if (this.#from[node]! < 0) return this.#standing;
    return { stream: this.#via[node]!, run: this.#run[node]! };
  }

  step(from: number, to: number, stream: number, bits: number, openEnd: number, isTorn: boolean): void {
    const before = this.#streamBefore(from);
    const total = this.bits[from]! + bits + this.#habits.turns.bits(before.stream, before.run, stream);
    if (total <= this.bits[to]!) return;
    this.bits[to] = total;
    this.#from[to] = from;
    this.#via[to] = stream;
    this.#openEnd[to] = openEnd;
    this.#isTorn[to] = isTorn ? 1 : 0;
  }

  pieces(): PathPiece[] {
    const pieces: PathPiece[] = [];
    for (let node = this.last; this.#from[node]! >= 0; node = this.#from[node]!) {
      const openEnd = this.#openEnd[node]!;
      pieces.push({
        stream: this.#via[node]!,
        start: this.places[this.#from[node]!]!,
        end: openEnd >= 0 ? openEnd : this.places[node]!,
        isOpen: openEnd >= 0,
        isTorn: this.#isTorn[node] === 1,
      });
    }
    return pieces.toReversed();
  }
}
