/** Where streams are scrambled: from the first packet that is to the next unit that is not. */
import type { FindingPlace, Findings } from '../../media/findings.ts';
import { ticksBetween } from '../../mpegts/clock.ts';

/** Ticks of 27 MHz in one of 90 kHz. */
const clockTicks = 300;

interface Stretch {
  readonly offset: number;
  end: number;
  packets: number;
  /** The first and the last clock reference in it, 90 kHz; -1 where there is none. */
  firstClock: number;
  lastClock: number;
}

/** Adds a finding for each stretch when it ends. */
export class ScrambledStretches {
  readonly #open = new Map<number, Stretch>();
  readonly #findings: Findings;
  readonly #placeOf: (offset: number) => FindingPlace;

  constructor(findings: Findings, placeOf: (offset: number) => FindingPlace) {
    this.#findings = findings;
    this.#placeOf = placeOf;
  }

  /** A scrambled packet; `pcr`: its clock reference, which is never scrambled, in ticks of 27 MHz; -1 where it has none. */
  take(pid: number, offset: number, pcr: number): void {
    const stretch = this.#open.get(pid) ?? { offset, end: offset, packets: 0, firstClock: -1, lastClock: -1 };
    if (stretch.packets === 0) this.#open.set(pid, stretch);
    stretch.end = offset;
    stretch.packets++;
    if (pcr < 0) return;
    stretch.lastClock = Math.floor(pcr / clockTicks);
    if (stretch.firstClock < 0) stretch.firstClock = stretch.lastClock;
  }

  /** Ticks from the first clock reference to the last one where the PID is scrambled as far as it has come, otherwise -1. */
  ticksIn(pid: number): number {
    const stretch = this.#open.get(pid);
    if (stretch === undefined || stretch.firstClock < 0) return -1;
    return ticksBetween(stretch.firstClock, stretch.lastClock);
  }

  /** Whether the PID is scrambled as far as it has come. */
  isIn(pid: number): boolean {
    return this.#open.has(pid);
  }

  /** A unit that is not scrambled begins. */
  leave(pid: number): void {
    if (this.#open.has(pid)) this.#tell(pid, 'comes clear again after them');
  }

  /** Nothing follows. */
  finish(): void {
    for (const pid of this.#open.keys()) this.#tell(pid, 'does not come clear again');
  }

  #tell(pid: number, then: string): void {
    const { offset, end, packets } = this.#open.get(pid)!;
    this.#open.delete(pid);
    const message = `${packets} packets of this stream are scrambled; no pictures can be found in them, nothing was cut in them, and it ${then}`;
    this.#findings.add('ts-scrambled', message, { pid, ...this.#placeOf(offset), length: end - offset + 188 });
  }
}
