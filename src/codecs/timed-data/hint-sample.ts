/**
 * Samples of RTP hint tracks (ISO/IEC 14496-12, 9.1.3): how a streaming server makes packets of the samples of another track.
 * Read is where such a sample ends, by the counts in it; what its packets are made of is not looked at.
 */

/** A packet: relative_time, the head of an RTP packet, its number, flags and entrycount. */
const packetBytes = 12;
const entryBytes = 16;
/** Packets of one sample, and entries of one packet: a large key picture takes some hundreds of packets. */
const maxPackets = 4096;
const maxEntries = 64;
/** Kinds of constructors: none, immediate, of a sample, of a sample description. */
const kinds = 4;
const immediate = 1;
const ofSample = 2;
const maxImmediate = 14;
/** The track reference of what stands in the hint track itself, as a rule behind the packets of the same sample. */
const ownTrack = 0xff;

/**
 * Length of the hint sample that `bytes` begin with, and of those without packets behind it, which are four zeros each; 0 where
 * they begin with none that has packets.
 */
export function hintSampleLength(bytes: Uint8Array): number {
  if (bytes.length < 4) return 0;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const packets = view.getUint16(0);
  if (packets === 0 || packets > maxPackets || view.getUint16(2) !== 0) return 0;
  let at = 4;
  let ownEnd = 0;
  for (let packet = 0; packet < packets; packet++) {
    if (at + packetBytes > bytes.length) return 0;
    // Two bits are zero before P and X, and four behind them; thirteen bits before the flags.
    const [head, flags, entries] = [view.getUint8(at + 4), view.getUint16(at + 8), view.getUint16(at + 10)];
    if ((head & 0xcf) !== 0 && (head & 0xcf) !== 0x80) return 0;
    if (flags > 7 || entries === 0 || entries > maxEntries) return 0;
    at += packetBytes;
    // extra_flag: boxes with the length of all, itself among it.
    if ((flags & 4) !== 0) {
      const extra = at + 4 <= bytes.length ? view.getUint32(at) : 0;
      if (extra < 4 || at + extra > bytes.length) return 0;
      at += extra;
    }
    for (let entry = 0; entry < entries; entry++, at += entryBytes) {
      if (at + entryBytes > bytes.length || bytes[at]! >= kinds) return 0;
      if (bytes[at] === immediate && bytes[at + 1]! > maxImmediate) return 0;
      const isOwn = bytes[at] === ofSample && bytes[at + 1] === ownTrack;
      if (isOwn) ownEnd = Math.max(ownEnd, view.getUint16(at + 2) + view.getUint32(at + 8));
    }
  }
  // What is taken from another sample of the track lies elsewhere.
  if (ownEnd > at && ownEnd <= bytes.length) at = ownEnd;
  while (at + 4 <= bytes.length && view.getUint32(at) === 0) at += 4;
  return at;
}
