/**
 * Steps over samples of tracks that are not looked for, by rules of what they look like, and keeps count of what was passed
 * over. It knows samples only as what its owner says begins at a place.
 */
import { isZeroTo, type ByteWindow } from './byte-window.ts';
import { isMarkedRecord, recordEnds, type ByteGap, type RecordRule } from './records.ts';

/** Ranges passed over that are reported, and records that are stepped over at once. */
const maxPassedTold = 262_144;
const maxRecordsInRow = 256;
/** So many zeros begin no record. */
const zerosOfHole = 16;
/** Places that several rules lead to at once. */
const maxPlaces = 64;

/** What was passed over as samples of tracks that are not looked for. */
export interface PassedOverSamples {
  /** The first of the ranges. */
  readonly ranges: readonly ByteGap[];
  readonly count: number;
  readonly bytes: number;
  /** Of these, those in records that follow a rule. */
  readonly recordBytes: number;
}

/** What stands between the samples that are looked for. */
export class OtherData implements PassedOverSamples {
  readonly #rules: readonly RecordRule[];
  readonly #window: ByteWindow;
  readonly #beginsSample: (at: number) => boolean;
  readonly ranges: ByteGap[] = [];
  count = 0;
  bytes = 0;
  recordBytes = 0;

  /** `beginsSample`: whether a sample seems to begin at a place, or the range ends there. */
  constructor(rules: readonly RecordRule[], window: ByteWindow, beginsSample: (at: number) => boolean) {
    this.#rules = rules;
    this.#window = window;
    this.#beginsSample = beginsSample;
  }

  /** The first place behind one or more records at which a sample begins or the range ends; undefined where there is none. */
  behindRecords(at: number, end: number): number | undefined {
    // What a hole left would be any number of records that begin with zeros.
    let places = this.#rules.length === 0 || isZeroTo(this.#window, at, at + zerosOfHole) ? [] : [at];
    for (let count = 0; count < maxRecordsInRow && places.length > 0; count++) {
      const ends = places.flatMap((place) => recordEnds(this.#rules, this.#window, place, end));
      places = [...new Set(ends)].slice(0, maxPlaces);
      const found = places.find((place) => this.#beginsSample(place));
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** Whether a record begins at a place that nothing points to, by a mark that is no chance. */
  isFoundAt(at: number, end: number): boolean {
    const isMarked = this.#rules.some((rule) => isMarkedRecord(rule, this.#window, at));
    return isMarked && this.behindRecords(at, end) !== undefined;
  }

  /** Takes note of bytes passed over. `areRecords`: they follow a rule. */
  pass(offset: number, end: number, areRecords: boolean): void {
    const length = end - offset;
    this.count++;
    this.bytes += length;
    if (areRecords) this.recordBytes += length;
    if (this.ranges.length < maxPassedTold) this.ranges.push({ offset, length });
  }
}
