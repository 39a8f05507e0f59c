/**
 * Of how many tracks access units of AAC are that lie one behind the other. Nothing in a unit says which track it is of, but
 * writers that interleave by time put one of each track in turn, and what follows in one track goes on from what was before:
 * short windows come behind the long one that leads to them (ISO/IEC 14496-3, 4.6.11.2), channels stay, sizes are alike. Of
 * tracks in turn all that holds from every second, third … unit to the next, and not from unit to unit. It deals nothing out.
 */
import type { ByteSource } from '../../io/file-source.ts';

/** Access units in the order of the file, and the pictures between them. */
export interface UnitsInTurn {
  readonly offsets: Float64Array;
  readonly sizes: Float64Array;
  /** Where pictures begin. */
  readonly pictures: Float64Array;
}

/** What the units say of their tracks. */
export interface Turns {
  /** Tracks that have a unit each in turn; 1: each unit goes on from the one before; undefined: the units do not tell. */
  readonly tracks: number | undefined;
  /** Whether units contradict those before them as those of one track never do. */
  readonly contradictsOne: boolean;
  /** So many units, or a multiple, stand between the pictures in nearly every place; 1 where they are any number. */
  readonly rowsOf: number;
  /** Whether units stand in rows so long that neighbours are of one track whatever the number of tracks. */
  readonly isInChunks: boolean;
  /** Channels of the first element of the units of each turn: 1 or 2; undefined where it is neither, or changes. */
  readonly channels: readonly (number | undefined)[];
}

/** Tracks of a recording that are thought of. */
const maxTracks = 8;
/** Window sequences that are not the usual one, from which they tell, and the part of them that may contradict. */
const minWindows = 6;
const mayContradict = 0.05;
const contradicted = 0.2;
/** Rows from which their lengths tell, and the part of them that may be of another. */
const minRows = 24;
const otherRows = 0.01;
const longRow = 8;
/** Turns from which sizes tell, and by how many standard errors they have to differ. */
const minTurns = 40;
const clearErrors = 8;
/** Part of the turns in which frames of tracks of the same audio are of one size, and how many sizes there have to be. */
const sameInTurn = 0.9;
const minSizes = 8;

/** Finds out of how many tracks they are. */
export function turnsOf(source: ByteSource, units: UnitsInTurn): Turns {
  const { elements, windows } = headsOf(source, units.offsets);
  const rows = rowLengths(units);
  const mean = rows.reduce((sum, count) => sum + count, 0) / Math.max(1, rows.length);
  const rowsOf = commonDivisor(rows);
  const isInChunks = mean > longRow;
  const byWindows = tracksByWindows(windows);
  const isPossible = (tracks: number): boolean => rows.length < minRows || rowsOf % tracks === 0;
  const isOne = byWindows.tracks === 1;
  const shown = isOne || byWindows.tracks === undefined || !isPossible(byWindows.tracks) ? undefined : byWindows.tracks;
  // Windows that contradict turns too are of tracks that do not keep step.
  const mayTell = !isOne && byWindows.tracks === shown;
  const several = tracksByElements(elements) ?? shown ?? (mayTell ? tracksBySizes(units.sizes, isPossible) : undefined);
  const tracks = several ?? (isOne && !isInChunks ? 1 : undefined);
  const channels = Array.from({ length: tracks ?? 1 }, (_, turn) => channelsOf(elements, turn, tracks ?? 1));
  return { tracks, contradictsOne: byWindows.contradictsOne, rowsOf, isInChunks, channels };
}

/** Of each unit its first element (0: one channel, 1: two), and the window sequence of its first channel; -1: not told. */
function headsOf(source: ByteSource, offsets: Float64Array): { elements: Int8Array; windows: Int8Array } {
  const elements = new Int8Array(offsets.length).fill(-1);
  const windows = new Int8Array(offsets.length).fill(-1);
  for (const [i, offset] of offsets.entries()) {
    const [first = 0xff, second = 0, third = 0] = source.read(offset, 3);
    const element = first >>> 5;
    elements[i] = element;
    if (element > 1) continue;
    // Behind the tag a gain of 8 bits and a reserved bit, or, of two channels in common windows, that bit alone.
    const isPair = element === 1;
    if (isPair && (first & 1) === 1) windows[i] = (second >>> 5) & 3;
    else windows[i] = isPair ? (third >>> 5) & 3 : third >>> 6;
  }
  return { elements, windows };
}

/** By a window sequence (only long, long start, eight short, long stop), which may follow in the same track. */
const follows: readonly (readonly number[])[] = [
  [0, 1],
  [2, 3],
  [2, 3],
  [0, 1],
];

function tracksByWindows(windows: Int8Array): { tracks: number | undefined; contradictsOne: boolean } {
  const contradictions = (distance: number): number => {
    let [told, wrong] = [0, 0];
    for (let i = distance; i < windows.length; i++) {
      const [before, own] = [windows[i - distance]!, windows[i]!];
      if (before < 0 || own < 0 || before + own === 0) continue;
      told++;
      if (!follows[before]!.includes(own)) wrong++;
    }
    return told < minWindows ? Number.NaN : wrong / told;
  };
  const one = contradictions(1);
  if (one <= mayContradict) return { tracks: 1, contradictsOne: false };
  if (!(one >= contradicted)) return { tracks: undefined, contradictsOne: false };
  for (let tracks = 2; tracks <= maxTracks; tracks++) {
    if (contradictions(tracks) <= mayContradict) return { tracks, contradictsOne: true };
  }
  return { tracks: undefined, contradictsOne: true };
}

function tracksByElements(elements: Int8Array): number | undefined {
  const alike = (distance: number): number => {
    let same = 0;
    for (let i = distance; i < elements.length; i++) if (elements[i] === elements[i - distance]) same++;
    return same / Math.max(1, elements.length - distance);
  };
  // Other elements than channels may stand first in some units of one track.
  if (elements.length < minTurns || elements.some((element) => element > 1)) return undefined;
  if (alike(1) > sameInTurn) return undefined;
  for (let tracks = 2; tracks <= maxTracks; tracks++) if (alike(tracks) >= 1 - otherRows) return tracks;
  return undefined;
}

function tracksBySizes(sizes: Float64Array, isPossible: (tracks: number) => boolean): number | undefined {
  if (new Set(sizes).size < minSizes) return undefined;
  for (let tracks = maxTracks; tracks > 1; tracks--) {
    if (isPossible(tracks) && areSameInTurn(sizes, tracks)) return tracks;
  }
  for (let tracks = 2; tracks <= maxTracks; tracks++) {
    if (isPossible(tracks) && differInTurn(sizes, tracks)) return tracks;
  }
  return undefined;
}

/** Whether the units of each turn are of one size: tracks of the same audio. */
function areSameInTurn(sizes: Float64Array, tracks: number): boolean {
  const turns = Math.floor(sizes.length / tracks);
  let same = 0;
  for (let turn = 0; turn < turns; turn++) {
    const own = sizes.subarray(turn * tracks, (turn + 1) * tracks);
    if (own.every((size) => size === own[0])) same++;
  }
  return turns >= minTurns && same >= sameInTurn * turns;
}

/** Whether units at one place of the turns are larger than those at another. */
function differInTurn(sizes: Float64Array, tracks: number): boolean {
  const turns = Math.floor(sizes.length / tracks);
  if (turns < minTurns) return false;
  for (let place = 1; place < tracks; place++) {
    let [sum, squares] = [0, 0];
    for (let turn = 0; turn < turns; turn++) {
      const difference = Math.log(sizes[turn * tracks + place]! / sizes[turn * tracks]!);
      sum += difference;
      squares += difference * difference;
    }
    const mean = sum / turns;
    const error = Math.sqrt(Math.max(1e-6, squares / turns - mean * mean) / turns);
    if (Math.abs(mean) > clearErrors * error) return true;
  }
  return false;
}

/** How many units stand between two pictures, where any do; the first and the last row may be cut and are left out. */
function rowLengths({ offsets, pictures }: UnitsInTurn): number[] {
  const rows: number[] = [];
  let [picture, count] = [0, 0];
  for (const offset of offsets) {
    let isBehind = false;
    for (; picture < pictures.length && pictures[picture]! < offset; picture++) isBehind = true;
    if (isBehind && count > 0) {
      rows.push(count);
      count = 0;
    }
    count++;
  }
  return rows.slice(1);
}

function commonDivisor(rows: readonly number[]): number {
  if (rows.length < minRows) return 1;
  for (let divisor = maxTracks; divisor > 1; divisor--) {
    const others = rows.filter((count) => count % divisor !== 0).length;
    if (others <= otherRows * rows.length) return divisor;
  }
  return 1;
}

function channelsOf(elements: Int8Array, turn: number, tracks: number): number | undefined {
  const own = elements.filter((_, i) => i % tracks === turn);
  const [first] = own;
  if (first === undefined || first < 0 || first > 1) return undefined;
  return own.filter((element) => element === first).length >= sameInTurn * own.length ? first + 1 : undefined;
}
