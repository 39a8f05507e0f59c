/**
 * Both headers of a VP9 frame, read to their last bit (VP9 specification, 6.2 to 6.4): the uncompressed one, and the
 * compressed one, which has to end where the first says it does. Nothing else in a frame tells it from any bytes, and
 * nothing says how long it is; where it has several tiles it cannot end before the last of them. Nothing is decoded.
 */
import { BitReader } from '../../bytes/bit-reader.ts';
import { BoolDecoder } from './bool-decoder.ts';
import { readVp9FrameHeader, type Vp9FrameHeader } from './frame-header.ts';

/** What both headers together tell of a frame. */
export interface Vp9Headers {
  readonly header: Vp9FrameHeader;
  /** The frame has at least so many bytes. */
  readonly shortestLength: number;
}

/** Bytes in which the uncompressed header ends: every segment with every feature, in the largest frame. */
const maxUncompressedHeader = 160;
/** Behind the tiles' sizes there is at least one byte of each. */
const tileSizeLength = 4;

/** What of the uncompressed header the compressed one depends on. */
interface Features {
  readonly isIntra: boolean;
  readonly isLossless: boolean;
  readonly isFilterSwitchable: boolean;
  readonly mayCompound: boolean;
  readonly allowHighPrecision: boolean;
}

/**
 * Reads the headers of the frame that begins at `index`. `width`: of frames that refer to others for it, in pixels.
 * Undefined where there is no frame.
 */
export function readVp9Headers(bytes: Uint8Array, index: number, width: number): Vp9Headers | undefined {
  const reader = new BitReader(bytes.subarray(index, index + maxUncompressedHeader));
  const header = readVp9FrameHeader(reader);
  if (reader.fault !== undefined) return undefined;
  if (header.showExistingFrame) return { header, shortestLength: 1 };
  const isIntra = header.isKeyFrame || header.intraOnly;
  const references = isIntra ? undefined : readReferences(reader, width);
  if (isIntra) readRenderSize(reader);
  if (!header.errorResilientMode) reader.skip(2); // refresh_frame_context, frame_parallel_decoding_mode
  reader.skip(2); // frame_context_idx
  readLoopFilter(reader);
  const isLossless = readQuantization(reader);
  readSegmentation(reader);
  const tiles = readTiles(reader, header.width ?? references?.width ?? width);
  const compressedLength = reader.bits(16);
  const padding = (8 - (reader.position % 8)) % 8;
  if (reader.bits(padding) !== 0 || reader.fault !== undefined || compressedLength === 0) return undefined;
  const start = index + reader.position / 8;
  const end = start + compressedLength;
  if (end + tiles * (tileSizeLength + 1) - tileSizeLength > bytes.length) return undefined;
  const features = { isIntra, isLossless, isFilterSwitchable: false, mayCompound: false, allowHighPrecision: false };
  if (!isCompressedHeader(new BoolDecoder(bytes, start, end), { ...features, ...references })) return undefined;
  const lastTile = tileAfter(bytes, end, tiles);
  return lastTile === undefined ? undefined : { header, shortestLength: lastTile + 1 - index };
}

interface References {
  readonly width: number;
  readonly mayCompound: boolean;
  readonly allowHighPrecision: boolean;
  readonly isFilterSwitchable: boolean;
}

/** What frames have that refer to others; `width`: that of the frames referred to. */
function readReferences(reader: BitReader, width: number): References {
  reader.skip(8); // refresh_frame_flags
  const signBias: boolean[] = [];
  for (let n = 0; n < 3; n++) {
    reader.skip(3); // ref_frame_idx
    signBias.push(reader.flag());
  }
  let found = false;
  for (let n = 0; n < 3 && !found; n++) found = reader.flag();
  const ownWidth = found ? width : 1 + reader.bits(16);
  if (!found) reader.skip(16); // frame_height_minus_1
  readRenderSize(reader);
  const allowHighPrecision = reader.flag();
  const isFilterSwitchable = reader.flag();
  if (!isFilterSwitchable) reader.skip(2); // raw_interpolation_filter
  const mayCompound = signBias[1] !== signBias[0] || signBias[2] !== signBias[0];
  return { width: ownWidth, mayCompound, allowHighPrecision, isFilterSwitchable };
}

function readRenderSize(reader: BitReader): void {
  if (reader.flag()) reader.skip(32);
}

/** loop_filter_params(). */
function readLoopFilter(reader: BitReader): void {
  reader.skip(9); // loop_filter_level, loop_filter_sharpness
  if (!reader.flag() || !reader.flag()) return; // loop_filter_delta_enabled, loop_filter_delta_update
  for (let n = 0; n < 6; n++) if (reader.flag()) reader.skip(7);
}

/** quantization_params(). Returns whether the frame is coded without loss. */
function readQuantization(reader: BitReader): boolean {
  let isLossless = reader.bits(8) === 0;
  for (let n = 0; n < 3; n++) {
    if (!reader.flag()) continue;
    if (reader.bits(5) >>> 1 !== 0) isLossless = false;
  }
  return isLossless;
}

/** Bits of each feature of a segment, and whether it has a sign (7.2.10). */
const segmentFeatures = [
  { bits: 8, isSigned: true },
  { bits: 6, isSigned: true },
  { bits: 2, isSigned: false },
  { bits: 0, isSigned: false },
] as const;

/** segmentation_params(). */
function readSegmentation(reader: BitReader): void {
  if (!reader.flag()) return;
  if (reader.flag()) {
    readProbabilities(reader, 7);
    if (reader.flag()) readProbabilities(reader, 3);
  }
  if (!reader.flag()) return;
  reader.skip(1); // segmentation_abs_or_delta_update
  for (let segment = 0; segment < 8; segment++) {
    for (const { bits, isSigned } of segmentFeatures) if (reader.flag()) reader.skip(bits + (isSigned ? 1 : 0));
  }
}

function readProbabilities(reader: BitReader, count: number): void {
  for (let n = 0; n < count; n++) if (reader.flag()) reader.skip(8);
}

/** tile_info(). Returns the number of tiles. */
function readTiles(reader: BitReader, width: number): number {
  const columns = Math.ceil(width / 64);
  let log2 = 0;
  while (64 << log2 < columns) log2++;
  let most = 1;
  while (columns >> most >= 4) most++;
  while (log2 < most - 1 && reader.flag()) log2++;
  const rowsLog2 = reader.flag() ? 1 + reader.bits(1) : 0;
  return 1 << (log2 + rowsLog2);
}

/** Where the last tile begins; undefined where the sizes of those before it do not lead there (6.4). */
function tileAfter(bytes: Uint8Array, from: number, tiles: number): number | undefined {
  let at = from;
  for (let tile = 0; tile < tiles; tile++) {
    const isLast = tile === tiles - 1;
    const start = isLast ? at : at + tileSizeLength;
    // The marker that a boolean decoder begins with.
    if (start < bytes.length && bytes[start]! >= 0x80) return undefined;
    if (isLast || start >= bytes.length) return start;
    const size = bytes[at]! * 2 ** 24 + ((bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!);
    if (size === 0) return undefined;
    at = start + size;
  }
  return at;
}

const ONLY_4X4 = 0;
const ALLOW_32X32 = 3;
const TX_MODE_SELECT = 4;
/** Probability that a probability is not changed. */
const UNCHANGED = 252;

/** compressed_header(): whether it ends where it should. */
function isCompressedHeader(decoder: BoolDecoder, features: Features): boolean {
  const txMode = features.isLossless ? ONLY_4X4 : readTxMode(decoder);
  // tx_mode_probs(): 8x8, 16x16 and 32x32 in two contexts.
  if (txMode === TX_MODE_SELECT) readUpdates(decoder, 2 * (1 + 2 + 3));
  for (let size = 0; size <= Math.min(txMode, ALLOW_32X32); size++) {
    // read_coef_probs(): three probabilities in 2 * 2 * (3 + 5 * 6) contexts.
    if (decoder.literal(1) === 1) readUpdates(decoder, 2 * 2 * (3 + 5 * 6) * 3);
  }
  readUpdates(decoder, 3); // skip_prob
  if (!features.isIntra) readInterProbabilities(decoder, features);
  return decoder.isAtEnd;
}

function readTxMode(decoder: BoolDecoder): number {
  const mode = decoder.literal(2);
  return mode === ALLOW_32X32 ? mode + decoder.literal(1) : mode;
}

function readInterProbabilities(decoder: BoolDecoder, features: Features): void {
  readUpdates(decoder, 7 * 3); // inter_mode_probs
  if (features.isFilterSwitchable) readUpdates(decoder, 4 * 2); // interp_filter_probs
  readUpdates(decoder, 4); // is_inter_prob
  const isCompound = features.mayCompound && decoder.literal(1) === 1;
  const isSelected = isCompound && decoder.literal(1) === 1;
  if (isSelected) readUpdates(decoder, 5); // comp_mode_prob
  if (!isCompound || isSelected) readUpdates(decoder, 5 * 2); // single_ref_prob
  if (isCompound) readUpdates(decoder, 5); // comp_ref_prob
  readUpdates(decoder, 4 * 9); // y_mode_probs
  readUpdates(decoder, 16 * 3); // partition_probs
  // mv_probs(): joints; for both components sign, classes, class0_bit and bits; fractions; high precision.
  const highPrecision = features.allowHighPrecision ? 2 * 2 : 0;
  readVectorUpdates(decoder, 3 + 2 * (1 + 10 + 1 + 10) + 2 * (2 * 3 + 3) + highPrecision);
}

/** diff_update_prob(), so many times. */
function readUpdates(decoder: BoolDecoder, count: number): void {
  for (let n = 0; n < count; n++) if (decoder.flag(UNCHANGED)) readSubexponential(decoder);
}

/** Bits of a value by the number of bits set before it, up to three; behind three a larger value has one more. */
const subexponentialBits = [4, 4, 5, 7] as const;
const maxOfSeven = 65;

/** decode_term_subexp(). */
function readSubexponential(decoder: BoolDecoder): void {
  let prefix = 0;
  while (prefix < 3 && decoder.flag(128)) prefix++;
  const value = decoder.literal(subexponentialBits[prefix]!);
  if (prefix === 3 && value >= maxOfSeven) decoder.literal(1);
}

/** update_mv_prob(), so many times. */
function readVectorUpdates(decoder: BoolDecoder, count: number): void {
  for (let n = 0; n < count; n++) if (decoder.flag(UNCHANGED)) decoder.literal(7);
}
