/** Changes packets where they stand: bytes that go become stuffing of the adaptation field, and lengths are set right. */
import { packetLength, payloadOf } from '../../mpegts/packet.ts';
import type { AudioPatch } from './plan.ts';

/** In `changes` of patches: the PES packet gets no length, as video may have none. */
export const unbounded = 0xff;

/** Changes a packet of video whose sync byte is at `at`. */
export function patchPacket(bytes: Uint8Array, at: number, change: number): void {
  const from = payloadOf(bytes, at);
  if (change === unbounded) bytes.fill(0, from + 4, from + 6);
  else stuff(bytes, at, from, change);
}

/** Changes a packet of audio whose sync byte is at `at`. */
export function patchAudio(bytes: Uint8Array, at: number, { header, skip, keep, pes, made }: AudioPatch): void {
  const from = payloadOf(bytes, at);
  if (pes !== undefined && made === undefined) {
    const length = pes.countedHeader + pes.media;
    bytes[from + 4] = length >>> 8;
    bytes[from + 5] = length & 0xff;
  }
  const media = from + header + skip;
  const end = at + packetLength;
  bytes.copyWithin(end - keep, media, media + keep);
  bytes.copyWithin(end - keep - header, from, from + header);
  stuff(bytes, at, from, end - from - header - keep);
}

/** The first bytes of the payload, which begins at `from`, become stuffing. */
function stuff(bytes: Uint8Array, at: number, from: number, count: number): void {
  if (count === 0) return;
  const hasField = (bytes[at + 3]! & 0x20) !== 0;
  const length = hasField ? bytes[at + 4]! : -1;
  bytes[at + 3]! |= 0x20;
  bytes.fill(0xff, from, from + count);
  bytes[at + 4] = length + count;
  if (length <= 0 && length + count > 0) bytes[at + 5] = 0;
}
