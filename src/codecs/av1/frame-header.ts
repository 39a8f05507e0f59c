/**
 * The beginning of an AV1 frame header (AV1 specification, 5.9.2): what kind of frame it is, and whether it is shown. It is
 * all that a recording needs to know where decoding can begin.
 */
import { BitReader } from '../../bytes/bit-reader.ts';
import type { Parsed } from '../parsed.ts';
import type { Av1SequenceHeader } from './sequence-header.ts';

/** `frame_type` (6.8.2). */
export const Av1FrameType = { key: 0, inter: 1, intraOnly: 2, switch: 3 } as const;

/** What of a sequence header the beginning of a frame header depends on. */
export type FrameHeaderSyntax = Pick<Av1SequenceHeader, 'reducedStillPictureHeader' | 'framePresentationTimeLength'>;

/** The first fields of uncompressed_header() (5.9.2). */
export interface Av1FrameHeader {
  /** The frame was decoded before; it is only shown now. What kind it was no header says. */
  readonly showExistingFrame: boolean;
  /** With `showExistingFrame`: in which of eight places it was kept. */
  readonly frameToShowMapIdx: number | undefined;
  /** Undefined with `showExistingFrame`. */
  readonly frameType: number | undefined;
  readonly showFrame: boolean;
  /** Not shown now but perhaps later, by `showExistingFrame`. */
  readonly showableFrame: boolean;
  readonly errorResilientMode: boolean;
}

/**
 * Parses the beginning of a frame header: the payload of a unit of type 3, 6 or 7. Of the payload 16 bytes are enough.
 * `base`: file offset of its first byte, for faults.
 */
export function parseAv1FrameHeader(
  payload: Uint8Array,
  sequenceHeader: FrameHeaderSyntax,
  options: { base?: number } = {},
): Parsed<Av1FrameHeader> {
  if (sequenceHeader.reducedStillPictureHeader) {
    const still = { showExistingFrame: false, frameToShowMapIdx: undefined, frameType: Av1FrameType.key };
    return { value: { ...still, showFrame: true, showableFrame: false, errorResilientMode: true }, fault: undefined };
  }
  const reader = new BitReader(payload, options);
  const showExistingFrame = reader.flag();
  let value: Av1FrameHeader;
  if (showExistingFrame) {
    const frameToShowMapIdx = reader.bits(3);
    const existing = { showExistingFrame, frameToShowMapIdx, frameType: undefined, showFrame: true };
    value = { ...existing, showableFrame: false, errorResilientMode: false };
  } else {
    const frameType = reader.bits(2);
    const showFrame = reader.flag();
    if (showFrame) reader.skip(sequenceHeader.framePresentationTimeLength);
    const showableFrame = showFrame ? frameType !== Av1FrameType.key : reader.flag();
    const isResilient = frameType === Av1FrameType.switch || (frameType === Av1FrameType.key && showFrame);
    const errorResilientMode = isResilient || reader.flag();
    value = {
      showExistingFrame,
      frameToShowMapIdx: undefined,
      frameType,
      showFrame,
      showableFrame,
      errorResilientMode,
    };
  }
  return reader.fault === undefined ? { value, fault: undefined } : { value: undefined, fault: reader.fault };
}
