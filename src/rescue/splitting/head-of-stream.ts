/**
 * Reads the head of a stream for its tables before anything is done with it: a recording may begin between two repetitions
 * of them, and what comes before would not be understood by anybody. It stops at the first tables: later ones hold later.
 */
import { ContentStreams } from '../../mpegts/content-streams.ts';
import {
  continuityCounterOf,
  nullPid,
  packetLength,
  payloadOf,
  pidCount,
  pidOf,
  startsUnit,
} from '../../mpegts/packet.ts';
import { PacketScanner } from '../../mpegts/packet-scanner.ts';
import { PesReader } from '../../mpegts/pes.ts';
import { ProgramTables, type Program } from '../../mpegts/program-tables.ts';

/** Tables are repeated every tenth of a second to half a second. */
const minBytesForTables = 1024 * 1024;
const maxBytesForTables = 4 * 1024 * 1024;

/** Takes the first bytes of a stream until it knows the tables or gives up. */
export class HeadOfStream {
  readonly tables = new ProgramTables();
  /** Where no map has come: what the media says there is. */
  contentProgram: Program | undefined;
  readonly #scanner = new PacketScanner();
  readonly #firstCounter = new Int8Array(pidCount).fill(-1);
  readonly #seen = new Uint8Array(pidCount);
  #scanned = 0;
  #sawMediaFirst = false;
  /** The tables that have come since the first map. */
  readonly #sinceMap = new Set<number>();

  /** Whether there are packets at all. */
  get hasPackets(): boolean {
    return this.#scanner.format !== undefined;
  }

  /** Whether media comes before the tables that it needs. */
  get needsTables(): boolean {
    return this.#sawMediaFirst && this.#hasMap;
  }

  get #hasMap(): boolean {
    return this.tables.programs.some(({ hasMap }) => hasMap);
  }

  /** The counter that goes before the first one of a PID, -1 where none was seen. */
  counterBefore(pid: number): number {
    const first = this.#firstCounter[pid]!;
    return first < 0 ? -1 : (first - 1) & 0x0f;
  }

  /** Looks at the bytes, of which there are more each time. True if they are enough. */
  look(bytes: Uint8Array, length: number, final: boolean): boolean {
    for (;;) {
      const taken = this.#scanner.scan(bytes, this.#scanned, length, final);
      if (taken === 0) break;
      const start = this.#scanned;
      this.#scanned += taken;
      if (this.#scanner.inSync && this.#lookAtPackets(bytes, start)) return true;
    }
    if (!final && length < minBytesForTables) return false;
    if (this.#hasMap) return true;
    if (!final && length < maxBytesForTables) return false;
    this.contentProgram = programOfContent(bytes, length);
    return true;
  }

  #lookAtPackets(bytes: Uint8Array, start: number): boolean {
    const { stride, lead } = this.#scanner.format!;
    for (let cell = start; cell < this.#scanned; cell += stride) {
      const at = cell + lead;
      const pid = pidOf(bytes, at);
      // A map may come before the PAT that says that it is one.
      if (this.#firstCounter[pid]! < 0) this.#firstCounter[pid] = continuityCounterOf(bytes, at);
      if (!this.tables.isTable(pid)) {
        if (startsUnit(bytes, at)) this.#seen[pid] = 1;
        continue;
      }
      if (startsUnit(bytes, at)) {
        // They come round again. The PAT may name programs that were not recorded: their maps will never come.
        if (this.#sinceMap.has(pid)) return true;
        if (this.#hasMap) this.#sinceMap.add(pid);
      }
      const hadMap = this.#hasMap;
      if (!this.tables.take(bytes, at, pid, false)) continue;
      if (!hadMap && this.#hasMap) {
        this.#noteMedia();
        this.#sinceMap.add(pid);
      }
      if (this.tables.isComplete) return true;
    }
    return false;
  }

  /** Asked when the first map comes. */
  #noteMedia(): void {
    const streams = this.tables.programs.flatMap((program) => program.streams);
    if (streams.some(({ pid }) => this.#seen[pid] === 1)) this.#sawMediaFirst = true;
  }
}

/** The streams in these bytes, recognised by their media. */
function programOfContent(bytes: Uint8Array, length: number): Program | undefined {
  const scanner = new PacketScanner();
  const content = new ContentStreams();
  const readers = new Map<number, PesReader>();
  let from = 0;
  for (let taken = 1; taken > 0; from += taken) {
    taken = scanner.scan(bytes, from, length, true);
    if (taken === 0 || !scanner.inSync) continue;
    const { stride, lead } = scanner.format!;
    for (let cell = from; cell < from + taken; cell += stride) {
      const at = cell + lead;
      const pid = pidOf(bytes, at);
      const isScrambled = (bytes[at + 3]! & 0xc0) !== 0;
      if (isScrambled || pid === nullPid) continue;
      const reader = readers.get(pid) ?? new PesReader();
      readers.set(pid, reader);
      const end = at + packetLength;
      const media = reader.take(bytes, payloadOf(bytes, at), end, startsUnit(bytes, at));
      if (reader.begun) content.begin(pid);
      if (media < end && content.wants(pid)) content.take(pid, bytes, media, end);
    }
  }
  content.finish();
  return content.program(() => false);
}
