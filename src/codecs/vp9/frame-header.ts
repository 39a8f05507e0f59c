/**
 * The uncompressed header of a VP9 frame (VP9 Bitstream & Decoding Process Specification, 6.2): what kind of frame it is, and
 * for key frames profile, colour and size. It is all a recording needs: VP9 has no parameter sets.
 */
import { BitReader } from '../../bytes/bit-reader.ts';
import type { Parsed } from '../parsed.ts';

/** color_config() (6.2.2). */
export interface Vp9ColourConfig {
  readonly bitDepth: 8 | 10 | 12;
  /** `color_space` (7.2.2): 0 unknown, 1 BT.601, 2 BT.709, 3 SMPTE-170, 4 SMPTE-240, 5 BT.2020, 7 RGB. */
  readonly colourSpace: number;
  readonly colourRangeFull: boolean;
  readonly chromaSubsamplingX: number;
  readonly chromaSubsamplingY: number;
}

/** The fields of uncompressed_header() that a recording needs; sizes in pixels. */
export interface Vp9FrameHeader {
  readonly profile: number;
  /** The frame was decoded before; it is only shown now. Nothing else is said of it. */
  readonly showExistingFrame: boolean;
  readonly isKeyFrame: boolean;
  readonly showFrame: boolean;
  /** Not a key frame, but refers to no other: decoding may begin here where references are not needed. */
  readonly intraOnly: boolean;
  readonly errorResilientMode: boolean;
  /** Key frames and intra-only frames. */
  readonly colourConfig: Vp9ColourConfig | undefined;
  readonly width: number | undefined;
  readonly height: number | undefined;
}

const FRAME_MARKER = 2;
const SYNC_CODE = 0x498342;
const RGB = 7;
/** What profile 0 has without saying so. */
const PLAIN_COLOUR: Vp9ColourConfig = {
  bitDepth: 8,
  colourSpace: 1,
  colourRangeFull: false,
  chromaSubsamplingX: 1,
  chromaSubsamplingY: 1,
};

function parseSyncCode(reader: BitReader): void {
  const { offset } = reader;
  const code = reader.bits(24);
  if (code !== SYNC_CODE) reader.fail(`expected the sync code 0x498342, found 0x${code.toString(16)}`, offset);
}

function parseColourConfig(reader: BitReader, profile: number): Vp9ColourConfig {
  const bitDepth = profile >= 2 ? (reader.flag() ? 12 : 10) : 8;
  const colourSpace = reader.bits(3);
  const saysSubsampling = profile === 1 || profile === 3;
  if (colourSpace === RGB) {
    if (!saysSubsampling) reader.fail(`expected RGB in profile 1 or 3 only, found it in profile ${profile}`);
    reader.skip(1); // reserved_zero
    return { bitDepth, colourSpace, colourRangeFull: true, chromaSubsamplingX: 0, chromaSubsamplingY: 0 };
  }
  const colourRangeFull = reader.flag();
  const [chromaSubsamplingX, chromaSubsamplingY] = saysSubsampling ? [reader.bits(1), reader.bits(1)] : [1, 1];
  if (saysSubsampling) reader.skip(1); // reserved_zero
  return { bitDepth, colourSpace, colourRangeFull, chromaSubsamplingX, chromaSubsamplingY };
}

/** Parses the header of one frame (not of a superframe: see `splitVp9Superframe`). `base`: its file offset, for faults. */
export function parseVp9FrameHeader(frame: Uint8Array, options: { base?: number } = {}): Parsed<Vp9FrameHeader> {
  const reader = new BitReader(frame, options);
  const value = readVp9FrameHeader(reader);
  return reader.fault === undefined ? { value, fault: undefined } : { value: undefined, fault: reader.fault };
}

/** Reads the header as far as `Vp9FrameHeader` has it; `reader` keeps the fault. */
export function readVp9FrameHeader(reader: BitReader): Vp9FrameHeader {
  const { offset } = reader;
  const marker = reader.bits(2);
  if (marker !== FRAME_MARKER) reader.fail(`expected frame_marker 2, found ${marker}`, offset);
  const profile = reader.bits(1) + 2 * reader.bits(1);
  if (profile === 3 && reader.flag()) reader.fail('expected a profile below 4, found the reserved bit');
  if (reader.flag()) {
    reader.skip(3); // frame_to_show_map_idx
    const shown = { profile, showExistingFrame: true, isKeyFrame: false, showFrame: true, intraOnly: false } as const;
    return { ...shown, errorResilientMode: false, colourConfig: undefined, width: undefined, height: undefined };
  }
  const isKeyFrame = !reader.flag();
  const showFrame = reader.flag();
  const errorResilientMode = reader.flag();
  let intraOnly = false;
  let colourConfig: Vp9ColourConfig | undefined;
  if (isKeyFrame) {
    parseSyncCode(reader);
    colourConfig = parseColourConfig(reader, profile);
  } else {
    intraOnly = !showFrame && reader.flag();
    if (!errorResilientMode) reader.skip(2); // reset_frame_context
    if (intraOnly) {
      parseSyncCode(reader);
      colourConfig = profile > 0 ? parseColourConfig(reader, profile) : PLAIN_COLOUR;
      reader.skip(8); // refresh_frame_flags
    }
  }
  const hasSize = colourConfig !== undefined;
  const width = hasSize ? 1 + reader.bits(16) : undefined;
  const height = hasSize ? 1 + reader.bits(16) : undefined;
  return {
    profile,
    showExistingFrame: false,
    isKeyFrame,
    showFrame,
    intraOnly,
    errorResilientMode,
    colourConfig,
    width,
    height,
  };
}
