/**
 * Where the last packet of every PID stands in the file, so that one with the same counter can be held against it: only the
 * same payload once more is a packet sent twice (ISO/IEC 13818-1, 2.4.3.3). Where sixteen are missing the counter is the
 * same as well.
 */
import type { ByteSource } from '../../io/file-source.ts';
import { packetLength, payloadOf, pidCount } from '../../mpegts/packet.ts';

/**
 * A packet that is sent twice comes again soon. Tables come again and again, and each segment of a playlist begins their
 * counters anew: those are no packets sent twice.
 */
const soonBytes = 7 * 204;

/** The last packets of a stream by PID: keeps the offset of one for each and reads it again when it is asked. */
export class LastPackets {
  readonly #source: ByteSource;
  /** Offset in the file of its sync byte, -1 before the first. */
  readonly #offsets = new Float64Array(pidCount).fill(-1);

  #asked = 0;

  constructor(source: ByteSource) {
    this.#source = source;
  }

  /** A packet with payload of the PID has been taken; `offset`: offset of its sync byte in the file. */
  note(pid: number, offset: number): void {
    this.#offsets[pid] = offset;
  }

  /** The packet that is asked about next stands at this offset. */
  enter(offset: number): void {
    this.#asked = offset;
  }

  /** Whether a packet has the payload of the last one; the clock reference in front of it may be another. */
  isSame(pid: number, bytes: Uint8Array, at: number): boolean {
    const offset = this.#offsets[pid]!;
    if (offset < 0 || this.#asked - offset > soonBytes) return false;
    const before = this.#source.read(offset, packetLength);
    const from = payloadOf(bytes, at) - at;
    if (before.length < packetLength || payloadOf(before, 0) !== from) return false;
    return Buffer.compare(bytes.subarray(at + from, at + packetLength), before.subarray(from)) === 0;
  }
}
