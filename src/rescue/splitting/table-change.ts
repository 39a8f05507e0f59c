/**
 * Where tables change between two units of the leader: a part that begins with the second unit begins with the packets of
 * the new tables, which say nothing of what was before them. It keeps what is in progress there, and decides no cuts.
 */
import { PidSnapshot, type PidStates } from '../../mpegts/pid-states.ts';
import type { StoredSection } from '../../mpegts/program-tables.ts';

/** Holds the state before the last run of table packets. */
export class TableChange {
  readonly #before = new PidSnapshot();
  #hasChanged = false;
  /** Offset after the last packet of the run of table packets. */
  #end = -1;

  /** A table's packet is about to be taken at this offset. */
  enter(offset: number, states: PidStates, sections: readonly StoredSection[]): void {
    if (!this.#hasChanged && offset !== this.#end) this.#before.take(states, sections, offset);
  }

  /** It was taken, and ends at this offset. `hasChanged`: it ended a table that changes which streams there are. */
  leave(end: number, hasChanged: boolean): void {
    this.#end = end;
    if (hasChanged) this.#hasChanged = true;
  }

  /** What was in progress before the run of table packets in which the tables changed; undefined where they have not. */
  get before(): PidSnapshot | undefined {
    return this.#hasChanged ? this.#before : undefined;
  }

  /**
   * The tables that hold behind the change, for a part that begins before it. Those that the change brought have not been sent
   * by then: their packets are no duplicates of any (ISO/IEC 13818-1, 2.4.3.3), and are made anew.
   */
  behind(sections: readonly StoredSection[]): readonly StoredSection[] {
    const sent = new Set(this.#before.sections);
    return sections.map((section) => (sent.has(section) ? section : { ...section, packet: undefined }));
  }

  /** Media of the leader has come, or nothing is held back any more. */
  drop(): void {
    this.#hasChanged = false;
    this.#end = -1;
  }

  /** Before which offset no change is in progress; `end`: of the packets taken. */
  heldFrom(end: number): number {
    return this.#hasChanged || this.#end === end ? this.#before.offset : Infinity;
  }
}
