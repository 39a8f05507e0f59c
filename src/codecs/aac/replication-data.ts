/**
 * Spectral band replication of a single channel (ISO/IEC 14496-3, Tables 4.62 to 4.74), passed over up to what stands behind
 * it: parametric stereo, if there is any, by which two channels come out of one. Nothing else shows it.
 */
import { BitReader } from '../../bytes/bit-reader.ts';
import { ExtensionType } from './other-elements.ts';
import { replicationBands, type ReplicationBands, type ReplicationHeader } from './replication-bands.ts';
import { envelopeInFrequency, envelopeInTime, noiseInTime, skipCodewords } from './replication-codebooks.ts';

/** `bs_extension_id` of ps_data() (Table 4.74). */
const parametricStereoId = 2;

/** `bs_frame_class`. */
const FrameClass = { fixFix: 0, fixVar: 1, varFix: 2, varVar: 3 } as const;
const maxEnvelopes = 5;

/** sbr_header() (Table 4.63). */
function parseHeader(reader: BitReader): ReplicationHeader {
  const ampRes = reader.flag();
  const startFreq = reader.bits(4);
  const stopFreq = reader.bits(4);
  const xoverBand = reader.bits(3);
  reader.skip(2); // bs_reserved
  const hasScales = reader.flag();
  const hasLimits = reader.flag();
  const scales = hasScales
    ? { freqScale: reader.bits(2), alterScale: reader.flag(), noiseBands: reader.bits(2) }
    : { freqScale: 2, alterScale: true, noiseBands: 2 };
  if (hasLimits) reader.skip(2 + 2 + 1 + 1); // bs_limiter_bands, _gains, bs_interpol_freq, bs_smoothing_mode
  return { ampRes, startFreq, stopFreq, xoverBand, ...scales };
}

/** What sbr_grid() says of the envelopes: the resolution of each, as an index of bands. */
interface Grid {
  readonly resolutions: readonly number[];
  readonly isSingleFixed: boolean;
}

/** sbr_grid() (Table 4.69). */
function parseGrid(reader: BitReader): Grid | undefined {
  const frameClass = reader.bits(2);
  if (frameClass === FrameClass.fixFix) {
    const count = 2 ** reader.bits(2);
    const resolution = reader.bits(1);
    if (count > maxEnvelopes) return undefined;
    return { resolutions: Array.from({ length: count }, () => resolution), isSingleFixed: count === 1 };
  }
  reader.skip(frameClass === FrameClass.varVar ? 4 : 2); // bs_var_bord_0, bs_var_bord_1
  const relative = reader.bits(2) + (frameClass === FrameClass.varVar ? reader.bits(2) : 0);
  const count = relative + 1;
  if (count > maxEnvelopes) return undefined;
  reader.skip(2 * relative); // bs_rel_bord_0, bs_rel_bord_1
  reader.skip(Math.ceil(Math.log2(count + 1))); // bs_pointer
  const resolutions = Array.from({ length: count }, () => reader.bits(1));
  // Those of this class are counted from behind.
  if (frameClass === FrameClass.fixVar) resolutions.reverse();
  return { resolutions, isSingleFixed: false };
}

/** sbr_single_channel_element() (Table 4.66) up to bs_extended_data. */
function skipSingleChannel(reader: BitReader, bands: ReplicationBands, ampRes: boolean): void {
  if (reader.flag()) reader.skip(4); // bs_data_extra, bs_reserved
  const grid = parseGrid(reader);
  if (grid === undefined) {
    reader.fail(`expected at most ${maxEnvelopes} envelopes`);
    return;
  }
  const { resolutions, isSingleFixed } = grid;
  const inTime = resolutions.map(() => reader.flag()); // bs_df_env
  const noiseInTimes = Array.from({ length: resolutions.length > 1 ? 2 : 1 }, () => reader.flag()); // bs_df_noise
  reader.skip(2 * bands.noise); // bs_invf_mode
  // 4.6.18.3.3: a single envelope of that class has fine steps, whatever the header says.
  const coarse = ampRes && !isSingleFixed ? 1 : 0;
  for (const [index, resolution] of resolutions.entries()) {
    const count = bands.envelope[resolution === 0 ? 0 : 1];
    if (inTime[index]!) {
      skipCodewords(reader, envelopeInTime[coarse], count);
    } else {
      reader.skip(coarse === 1 ? 6 : 7); // bs_env_start_value_level
      skipCodewords(reader, envelopeInFrequency[coarse], count - 1);
    }
  }
  for (const isInTime of noiseInTimes) {
    if (isInTime) {
      skipCodewords(reader, noiseInTime, bands.noise);
    } else {
      reader.skip(5); // bs_noise_start_value_level
      skipCodewords(reader, envelopeInFrequency[1], bands.noise - 1);
    }
  }
  if (reader.flag()) reader.skip(bands.envelope[1]); // bs_add_harmonic_flag, bs_add_harmonic
}

/**
 * Follows the fill elements of frames of a single channel. Their header comes now and then only: what comes before the first
 * one tells nothing.
 */
export class SingleChannelReplication {
  readonly #rate: number;
  #ampRes = false;
  #bands: ReplicationBands | undefined;

  /** `rate`: hertz that come out, twice those of the core. */
  constructor(rate: number) {
    this.#rate = rate;
  }

  /**
   * Takes the fill element between two bits of an access unit, its id not among them, and says whether it has parametric
   * stereo; undefined where that cannot be told.
   */
  take(accessUnit: Uint8Array, start: number, end: number): boolean | undefined {
    const reader = new BitReader(accessUnit, { bitLength: end });
    reader.skip(start);
    if (reader.bits(4) === 15) reader.skip(8); // count, esc_count
    if (reader.bits(4) === ExtensionType.spectralBandReplicationCrc) reader.skip(10); // bs_sbr_crc_bits
    // bs_header_flag
    if (reader.flag()) {
      const header = parseHeader(reader);
      this.#ampRes = header.ampRes;
      this.#bands = reader.fault === undefined ? replicationBands(header, this.#rate) : undefined;
    }
    if (this.#bands === undefined) return undefined;
    skipSingleChannel(reader, this.#bands, this.#ampRes);
    if (!reader.flag()) return reader.fault === undefined ? false : undefined; // bs_extended_data
    if (reader.bits(4) === 15) reader.skip(8); // bs_extension_size, bs_esc_count
    const id = reader.bits(2);
    return reader.fault === undefined ? id === parametricStereoId : undefined;
  }
}
