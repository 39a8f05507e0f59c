/**
 * Which PIDs carry tables, packet by packet: a PID may be a map in one recording and media in the one it was joined with. Both
 * walks over a file ask here, so that they agree wherever the blocks that are read end. It is given packets in their order and
 * knows nothing of media.
 */
import type { ByteSource } from '../../io/file-source.ts';
import { pidOf } from '../../mpegts/packet.ts';
import { packetRuns } from '../../mpegts/packet-stream.ts';
import { ProgramTables } from '../../mpegts/program-tables.ts';

/** Tables come every tenth of a second to half a second: where none has come by then, there are none. */
const searchedForTables = 2 * 1024 * 1024;

/** The tables in force where a walk is. */
export class TablesInStep {
  readonly #now = new ProgramTables();
  /** What comes before the first PAT is read by it. */
  readonly #first: ProgramTables;

  constructor(source: ByteSource) {
    this.#first = firstTables(source);
  }

  /** Whether a PID carries tables here. */
  isTable(pid: number): boolean {
    return (this.#now.programs.length > 0 ? this.#now : this.#first).isTable(pid);
  }

  /** Takes the payload of a packet that did not come twice; `at` is its sync byte. `isLost`: packets before it are missing. */
  take(bytes: Uint8Array, at: number, pid: number, isLost: boolean): void {
    if (this.#now.isTable(pid)) this.#now.take(bytes, at, pid, isLost);
  }
}

function firstTables(source: ByteSource): ProgramTables {
  const tables = new ProgramTables();
  for (const { bytes, start, end, format } of packetRuns(source, 0, Math.min(source.size, searchedForTables))) {
    if (format === undefined) continue;
    for (let at = start + format.lead; at < end; at += format.stride) {
      const pid = pidOf(bytes, at);
      if (tables.isTable(pid) && tables.take(bytes, at, pid, false) && tables.programs.length > 0) return tables;
    }
  }
  return tables;
}
