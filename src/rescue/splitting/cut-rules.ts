/** When a part has had its share: the rules of the command line, of which the first that holds cuts. */
import { ticksPerSecond } from '../../mpegts/clock.ts';

/** The rules that are in force; those that are undefined do not cut. */
export interface CutRules {
  /** Media time a part lasts at least. */
  readonly durationSeconds?: number | undefined;
  /** Bytes a part has at least. */
  readonly size?: number | undefined;
  /** Times on the timeline of the whole stream, rising. */
  readonly atSeconds?: readonly number[] | undefined;
  /** Whether each picture that a part can begin with begins one. */
  readonly everyEntry?: boolean | undefined;
  /** Whether a jump of the clock cuts. */
  readonly atJumps?: boolean | undefined;
  /** Whether a change of the streams cuts. */
  readonly atChanges?: boolean | undefined;
}

/** Where a part could begin. Ticks of 90 kHz. */
export interface CutCandidate {
  /** Since the part in progress began. */
  readonly partTicks: number;
  /** Since the stream began. */
  readonly streamTicks: number;
  /** Of the part in progress. */
  readonly partBytes: number;
  /** Whether the clock has jumped right before it. */
  readonly isJump: boolean;
  /** Whether the streams have changed since the part in progress began. */
  readonly isChange: boolean;
}

/** Decides which candidates cut; it is asked of each in order. */
export class CutPlan {
  readonly #rules: CutRules;
  #nextTime = 0;

  constructor(rules: CutRules) {
    this.#rules = rules;
  }

  isCut(candidate: CutCandidate): boolean {
    const { streamTicks, partBytes, isJump, isChange } = candidate;
    const { everyEntry, atJumps, atChanges } = this.#rules;
    const times = this.#rules.atSeconds ?? [];
    let passed = false;
    while (this.#nextTime < times.length && streamTicks >= inTicks(times[this.#nextTime]!)) {
      // A part cannot end before it has begun: one picture may be after several times.
      this.#nextTime++;
      passed = true;
    }
    if (partBytes === 0) return false;
    if (passed || everyEntry === true) return true;
    if (atJumps === true && isJump) return true;
    if (atChanges === true && isChange) return true;
    return this.hasShare(candidate);
  }

  /** Whether the part in progress has the duration or the size that was asked for, so many times over. */
  hasShare({ partTicks, partBytes }: Pick<CutCandidate, 'partTicks' | 'partBytes'>, times = 1): boolean {
    const { durationSeconds, size } = this.#rules;
    if (durationSeconds !== undefined && partTicks >= times * inTicks(durationSeconds)) return true;
    return size !== undefined && partBytes >= times * size;
  }
}

/** Rounded: 0.1 s is not a whole number of binary fractions, but it is of ticks. */
function inTicks(seconds: number): number {
  return Math.round(seconds * ticksPerSecond);
}
