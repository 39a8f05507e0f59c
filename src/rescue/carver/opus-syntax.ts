/**
 * Opus packets as MP4 and RTMP have them: the first byte says which mode and how many frames, but nothing says how long the
 * packet is (RFC 6716, 3). Inferred: where packets begin and end, by the first byte the encoder keeps to, by sizes that change little,
 * and by what stands before and behind. Exact: that a packet can be one at all by the rules of its frame packing.
 */
import { opusPacketDuration, parseOpusPacket } from '../../codecs/opus/packet.ts';
import type { OpusPackets } from '../../media/track.ts';
import type { ByteWindow } from './byte-window.ts';
import { audioSampleFacts, type SampleFacts, type UnmarkedSamples, UnmarkedSyntax } from './sample-syntax.ts';

/** A frame has no more bytes (RFC 6716, 3.2.1); packets with more than two frames are rare, and smaller. */
const maxFrame = 1275;
const opusSampleRate = 48000;
const usualPacketSeconds = 0.02;
const longPacket = 960;

/**
 * First bytes of the packets that recorders are sent: one frame of 20 ms or more. What stands behind samples that say
 * where they end tells all others.
 */
function firstBytes(): number[] {
  const all = Array.from({ length: 256 }, (_, byte) => byte);
  const isLong = (byte: number): boolean => (opusPacketDuration(Uint8Array.of(byte & 0xfc, 0)) ?? 0) >= longPacket;
  return all.filter((byte) => isLong(byte) && (byte & 3) === 0);
}

/** Sizes of packets from which it shows which of them a writer makes. */
const minSizesShown = 8;
/** Sizes of the writer that are so far apart, of their size, are as likely. */
const sizeSpread = 0.04;
const minSizeSpread = 1.5;

/** How likely each size is where the writer made these. */
function sizeShares(sizes: readonly number[], longest: number): Float64Array {
  const shares = new Float64Array(longest + 1);
  for (const size of sizes) {
    const spread = Math.max(minSizeSpread, sizeSpread * size);
    for (let at = 1; at <= longest; at++) {
      shares[at]! += Math.exp(-Math.abs(at - size) / spread) / (2 * spread * sizes.length);
    }
  }
  return shares;
}

/** The syntax of one Opus stream. */
export class OpusSyntax extends UnmarkedSyntax {
  readonly kind = 'audio';
  readonly proofLength = 4;
  readonly unmarked: UnmarkedSamples;
  #packetSeconds = usualPacketSeconds;
  #hasPacket = false;

  /**
   * `streams`: coded one behind the other in each packet: 1, but for surround sound (RFC 7845, 5.1.1). `packets`: what
   * those of another recording by the writer look like.
   */
  constructor({ streams = 1, packets }: { streams?: number; packets?: OpusPackets | undefined } = {}) {
    super();
    const { sizes = [], firstBytes: shown = [] } = packets ?? {};
    // A writer that changes the mode keeps to none of its first bytes.
    const keepsFirstByte = shown.length < 2;
    this.unmarked = {
      shortest: 1,
      longest: streams * 2 * maxFrame,
      usualFirstBytes: keepsFirstByte ? [...new Set([...shown, ...firstBytes()])] : shown,
      keepsFirstByte,
      hasSteadySize: true,
      sizeShares: sizes.length < minSizesShown ? undefined : sizeShares(sizes, streams * 2 * maxFrame),
      beginProof: (bytes, index) => (opusPacketDuration(bytes.subarray(index, index + 2)) === undefined ? -1 : 0),
      endProof(bytes, index, end) {
        const code = bytes[index]! & 3;
        // A single frame of any size is one, and so is whatever several streams make.
        if (streams > 1 || (code === 0 && end - index <= maxFrame + 1)) return 0;
        return 'message' in parseOpusPacket(bytes.subarray(index, end)) ? -1 : 0;
      },
    };
  }

  accept(offset: number, end: number, window: ByteWindow): SampleFacts {
    if (!this.#hasPacket) {
      const duration = opusPacketDuration(window.view(offset, Math.min(2, end - offset)));
      if (duration !== undefined) this.#packetSeconds = duration / opusSampleRate;
      this.#hasPacket = true;
    }
    return audioSampleFacts;
  }

  /** What a packet lasts: by the first one, before it what nearly all encoders make. */
  get packetSeconds(): number {
    return this.#packetSeconds;
  }
}
