/**
 * The timelines of a stream with several programs: each program has a clock of its own. Streams that no program has are on
 * the clock of the first. It is given the programs as they come and keeps a stream on the clock that it was first seen on.
 */
import type { Program } from './program-tables.ts';
import { Timeline, type TimeRole } from './timeline.ts';

/** Names the program clock of a PID, as a stream beside those of PES packets. */
export const clockKey = (pid: number): number => 0x2000 + pid;

/** The timeline of each program of a stream, asked for by PID. */
export class Timelines {
  readonly #byProgram = new Map<number, Timeline>();
  readonly #byPid = new Map<number, Timeline>();
  /** PIDs that tables call video or audio: whatever their stream id is, as that of AC-3 and DTS, they show the clock. */
  readonly #media = new Set<number>();
  readonly #first = new Timeline();
  #programs = 0;

  /** The programs as the tables have them now. */
  follow(programs: readonly Program[]): void {
    for (const { programNumber, pcrPid, streams } of programs) {
      if (streams.length === 0) continue;
      for (const { pid, kind } of streams) if (kind === 'video' || kind === 'audio') this.#media.add(pid);
      let timeline = this.#byProgram.get(programNumber);
      if (timeline === undefined) {
        // Programs may share a clock.
        const shared = this.#byPid.get(pcrPid);
        timeline = shared ?? (this.#programs++ === 0 ? this.#first : new Timeline());
        this.#byProgram.set(programNumber, timeline);
      }
      for (const pid of [pcrPid, ...streams.map((stream) => stream.pid)]) {
        if (!this.#byPid.has(pid)) this.#byPid.set(pid, timeline);
      }
    }
  }

  of(pid: number): Timeline {
    let timeline = this.#byPid.get(pid);
    if (timeline === undefined) {
      timeline = this.#first;
      this.#byPid.set(pid, timeline);
    }
    return timeline;
  }

  /** What the times of a PES packet show, by its stream id and by what tables have said of its PID. */
  roleOf(pid: number, streamId: number): TimeRole {
    return this.#media.has(pid) ? 'media' : roleOf(undefined, streamId);
  }

  /** Of all streams. */
  get all(): readonly Timeline[] {
    return [...new Set([this.#first, ...this.#byProgram.values()])];
  }
}

/** What the times of a PES packet show, by its stream id (ISO/IEC 13818-1, Table 2-22), where no table says what it is. */
export function roleOf(kind: string | undefined, streamId: number): TimeRole {
  if (kind !== undefined) return kind === 'video' || kind === 'audio' ? 'media' : 'other';
  return (streamId >= 0xc0 && streamId <= 0xef) || streamId === 0xfd ? 'media' : 'other';
}
