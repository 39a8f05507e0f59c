/** What the finding of pictures asks of a video codec. A module a codec answers it; none of them knows packets. */

import { BitReader } from '../../bytes/bit-reader.ts';
import { parseSeiMessages, SeiPayloadType } from '../../codecs/supplemental-enhancement-information.ts';

/**
 * How a picture lets decoding begin. idr: nothing behind it refers to anything before it. irap: pictures that are shown
 * before it may refer to what came before. recovery-point: the encoder says that the picture is right after some pictures.
 * intra: it refers to no other picture, and nothing is said of those behind it.
 */
export type EntryPoint = 'idr' | 'irap' | 'recovery-point' | 'intra';

/** What a NAL unit (MPEG-2: what follows a start code) is to the picture. */
export type PictureRole =
  /** Stands before the first slice: after a slice it begins the next access unit. */
  | 'prefix'
  /** The first slice (MPEG-2: the header) of a picture. */
  | 'picture'
  /** More of the same picture. */
  | 'slice'
  /** Nothing that matters. */
  | 'other';

/** Reads the heads of NAL units (MPEG-2: of what stands behind start codes) in the order of the stream. */
export interface PictureSyntax {
  /** Bytes of the unit that `read` wants to see, 0 for none; told by its first byte. */
  wanted(firstByte: number): number;
  read(head: Uint8Array): PictureRole;
  /** What was said before the picture does not hold for the next one. */
  endPrefix(): void;
  /** Of the picture begun by the head read last: what it is, as far as that can be told. */
  readonly entry: EntryPoint | undefined;
  /** With the entry `recovery-point`: frames until the pictures are right. */
  readonly recoveryCount: number;
  /** Frames that count towards a recovery point from the picture before to this one. */
  readonly frameStep: number;
  /** Whether `entry` holds; if not, `settled` tells it when the next picture has been read or the stream has `ended`. */
  readonly isSettled: boolean;
  settled(ended: boolean): EntryPoint | undefined;
  /** Whether all parameter sets stand before the picture in its own access unit. */
  readonly hasParameterSets: boolean;
  /** Whether the picture is shown before the random access picture it follows, and cannot be decoded from there. */
  readonly isSkippedLeading: boolean;
  /** The parameter sets that were seen last, each with a start code; empty where there are none. */
  parameterSets(): Uint8Array;
}

/** NAL units with a start code of four bytes before each (Annex B: parameter sets have the longer one). */
export function withStartCodes(nalUnits: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(nalUnits.flatMap((nalUnit) => [0, 0, 0, 1, ...nalUnit]));
}

/**
 * `recovery_frame_cnt` of H.264, `recovery_poc_cnt` of H.265, of the recovery point in an SEI NAL unit: frames until the
 * pictures are right. Undefined where it has none; one that breaks off is read as far as it goes.
 */
export function recoveryCountOf(nalUnit: Uint8Array, headerLength: number): number | undefined {
  const { messages } = parseSeiMessages(nalUnit, headerLength);
  const message = messages.find(({ payloadType }) => payloadType === SeiPayloadType.recoveryPoint);
  if (message === undefined) return undefined;
  const reader = new BitReader(message.payload);
  const code = reader.ue();
  if (reader.fault !== undefined) return 0;
  // H.265 has a signed number.
  return headerLength === 1 ? code : code % 2 === 1 ? (code + 1) / 2 : -code / 2;
}
