/**
 * Frames of HE-AAC made bit by bit as ISO/IEC 14496-3 lays them out: silence, and behind it a fill element with spectral band
 * replication (Tables 4.62 to 4.74), of a single channel down to what stands behind the replicated bands. The number of
 * bands is for the caller to say.
 */
import { BitWriter } from '../../../src/bytes/bit-writer.ts';
import type { ReplicationHeader } from '../../../src/codecs/aac/replication-bands.ts';

/**
 * One octave from subband 12 to 24 of 64 at 48 kHz: 4000 Hz x 128 / 48000 makes 11, `bs_start_freq` 4 adds 1, and
 * `bs_stop_freq` 14 doubles it. Bands of one subband each are twelve, six with low resolution, and twice one octave are two
 * of noise.
 */
export const octave = {
  header: {
    ampRes: false,
    startFreq: 4,
    stopFreq: 14,
    xoverBand: 0,
    freqScale: 0,
    alterScale: false,
    noiseBands: 2,
  } satisfies ReplicationHeader,
  bands: { low: 6, noise: 2 },
};

/** What a fill element of a single channel has: a header and the data that follow it, or neither. */
export interface SingleChannelExtension {
  readonly header: ReplicationHeader;
  readonly bands: { readonly low: number; readonly noise: number };
  /** `bs_extension_id`: 2 is parametric stereo; undefined: nothing stands behind the bands. */
  readonly extensionId: number | undefined;
}

/** ps_data() with a header, without differences between the channels: 1, 0, 0, 0, and a grid without envelopes. */
const parametricStereo = { value: 0b1000_000, bits: 7 };

function writeHeader(bits: BitWriter, header: ReplicationHeader): void {
  bits.flag(header.ampRes);
  bits.bits(header.startFreq, 4);
  bits.bits(header.stopFreq, 4);
  bits.bits(header.xoverBand, 3);
  bits.bits(0, 2);
  bits.flag(true); // bs_header_extra_1
  bits.flag(false);
  bits.bits(header.freqScale, 2);
  bits.flag(header.alterScale);
  bits.bits(header.noiseBands, 2);
}

/** sbr_single_channel_element() of one envelope, all steps of which are none. */
function writeSingleChannel(bits: BitWriter, { bands, extensionId }: SingleChannelExtension): void {
  bits.flag(false); // bs_data_extra
  bits.bits(0, 2 + 2 + 1); // FIXFIX, one envelope, low resolution
  bits.bits(0, 1 + 1); // both in frequency
  bits.bits(0, 2 * bands.noise); // bs_invf_mode
  bits.bits(0, 7);
  for (let band = 1; band < bands.low; band++) bits.bits(0, 2); // codewords of two bits: no step
  bits.bits(0, 5);
  bits.bits(0, bands.noise - 1); // and of one bit
  bits.flag(false); // bs_add_harmonic_flag
  bits.flag(extensionId !== undefined);
  if (extensionId === undefined) return;
  bits.bits(2, 4); // bs_extension_size
  bits.bits(extensionId, 2);
  if (extensionId === 2) bits.bits(parametricStereo.value, parametricStereo.bits);
  bits.bits(0, extensionId === 2 ? 14 - parametricStereo.bits : 14);
}

/** Behind the count: extension_type, and data that end on a byte. */
function extensionPayload(extension: SingleChannelExtension | 'empty'): Uint8Array {
  const bits = new BitWriter();
  bits.bits(13, 4); // EXT_SBR_DATA
  bits.flag(extension !== 'empty'); // bs_header_flag
  if (extension !== 'empty') {
    writeHeader(bits, extension.header);
    writeSingleChannel(bits, extension);
  }
  return bits.toBytes();
}

/** individual_channel_stream() of silence: any gain, one long window without a band, no tools. */
function writeSilence(bits: BitWriter): void {
  bits.bits(100, 8);
  bits.bits(0, 1 + 2 + 1 + 6 + 1);
  bits.bits(0, 3);
}

/**
 * An access unit of silence. `extension`: what the fill element has; `empty`: band replication without a header, undefined:
 * there is none. `order`: where the fill element stands.
 */
export function heAacFrame(
  channels: 1 | 2,
  extension: SingleChannelExtension | 'empty' | undefined,
  order: 'behind' | 'before' = 'behind',
): Uint8Array {
  const bits = new BitWriter();
  const fill = (): void => {
    if (extension === undefined) return;
    const payload = extensionPayload(extension);
    bits.bits(6, 3);
    bits.bits(Math.min(15, payload.length), 4);
    if (payload.length >= 15) bits.bits(payload.length - 14, 8);
    for (const byte of payload) bits.bits(byte, 8);
  };
  if (order === 'before') fill();
  bits.bits(channels === 2 ? 1 : 0, 3);
  bits.bits(0, 4);
  if (channels === 2) bits.flag(false); // common_window
  for (let channel = 0; channel < channels; channel++) writeSilence(bits);
  if (order === 'behind') fill();
  bits.bits(7, 3);
  return bits.toBytes();
}

/** The frames in ADTS (1.A.2.2): AAC-LC at the rate of this index, which has no place for an extension. */
export function inAdts(frames: readonly Uint8Array[], samplingFrequencyIndex: number, channels: number): Buffer {
  return Buffer.concat(
    frames.map((frame) => {
      const bits = new BitWriter();
      bits.bits(0xfff1, 16);
      bits.bits(1, 2);
      bits.bits(samplingFrequencyIndex, 4);
      bits.bits(0, 1);
      bits.bits(channels, 3);
      bits.bits(0, 4);
      bits.bits(7 + frame.length, 13);
      bits.bits(0x7ff, 11);
      bits.bits(0, 2);
      return Buffer.concat([bits.toBytes(), frame]);
    }),
  );
}
