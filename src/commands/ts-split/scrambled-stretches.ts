/** Where streams are scrambled: from the first packet that is to the next unit that is not. */
import type { FindingPlace, Findings } from '../../media/findings.ts';

export class ScrambledStretches {
  readonly #open = new Map<number, { place: number; end: number; packets: number }>();
  readonly #findings: Findings;
  readonly #placeOf: (offset: number) => FindingPlace;

  constructor(findings: Findings, placeOf: (offset: number) => FindingPlace) {
    this.#findings = findings;
    this.#placeOf = placeOf;
  }

  /** A scrambled packet. */
  take(pid: number, place: number): void {
    const stretch = this.#open.get(pid);
    if (stretch === undefined) {
      this.#open.set(pid, { place, end: place, packets: 1 });
      return;
    }
    stretch.end = place;
    stretch.packets++;
  }

  /** Whether the PID is scrambled as far as it has come. */
  isIn(pid: number): boolean {
    return this.#open.has(pid);
  }

  /** A unit that is not scrambled begins. */
  leave(pid: number): void {
    if (this.#open.has(pid)) this.#tell(pid, 'comes clear again behind them');
  }

  /** Nothing follows. */
  finish(): void {
    for (const pid of this.#open.keys()) this.#tell(pid, 'does not come clear again');
  }

  #tell(pid: number, then: string): void {
    const { place, end, packets } = this.#open.get(pid)!;
    this.#open.delete(pid);
    const message = `${packets} packets of this stream are scrambled; no pictures can be found in them, nothing was cut in them, and it ${then}`;
    this.#findings.add('ts-scrambled', message, { pid, ...this.#placeOf(place), length: end - place + 188 });
  }
}
