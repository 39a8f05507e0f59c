/**
 * What is in progress at the few places that are held at once, where a part may begin: counters, PES packets, tables. The place
 * that becomes a part gives its state away; thousands of parts use the same memory. It decides no cuts.
 */
import { PidSnapshot, type PidStates } from '../../mpegts/pid-states.ts';
import type { StoredSection } from '../../mpegts/program-tables.ts';
import type { TableChange } from './table-change.ts';

/** The states at those places. Offsets are in the stream. */
export class PossibleBeginnings {
  /** Two offsets at most are held at once: of a picture that is still to be recognised, and of the next that may come. */
  readonly #snapshots = Array.from({ length: 4 }, () => new PidSnapshot());
  readonly #spare: PidSnapshot[] = [];

  /**
   * Keeps what is in progress before the packet at `offset`, or before the tables that changed right before it. `isHeld`: whether
   * a part may still begin at an offset.
   */
  add(
    offset: number,
    states: PidStates,
    sections: readonly StoredSection[],
    change: TableChange,
    isHeld: (offset: number) => boolean,
  ): void {
    const unused = this.#snapshots.find((snapshot) => !isHeld(snapshot.offset));
    if (unused === undefined) return;
    const { before } = change;
    if (before === undefined) {
      unused.take(states, sections, offset);
      return;
    }
    unused.take(before, change.behind(sections), offset);
    unused.from = before.offset;
  }

  /** Whether what is in progress at an offset is known. */
  has(offset: number): boolean {
    return this.#snapshots.some((snapshot) => snapshot.offset === offset);
  }

  /** From where on the stream would belong to a part that begins at this offset. */
  startOf(offset: number): number {
    return this.#snapshots.find((snapshot) => snapshot.offset === offset)?.from ?? offset;
  }

  /** The state at an offset that it has, for the part that begins there, until `takeBack`. */
  giveAway(offset: number): PidSnapshot {
    const index = this.#snapshots.findIndex((each) => each.offset === offset);
    return this.#snapshots.splice(index, 1, this.#spare.pop() ?? new PidSnapshot())[0]!;
  }

  /** What was kept for the beginning of a part is not needed any more. */
  takeBack(snapshot: PidSnapshot): void {
    snapshot.offset = -1;
    this.#spare.push(snapshot);
  }
}
