/**
 * The head of a VP8 frame (RFC 6386, 9.1): three bytes, and for key frames seven more with the size.
 */
import { ByteReader } from '../../bytes/byte-reader.ts';
import type { Parsed } from '../parsed.ts';

/** The uncompressed chunk at the head of a frame; sizes in pixels. */
export interface Vp8FrameHeader {
  readonly isKeyFrame: boolean;
  /** 0 to 3: which filters the decoder uses. */
  readonly version: number;
  readonly showFrame: boolean;
  /** Bytes of the first partition. */
  readonly firstPartitionSize: number;
  /** Key frames only. */
  readonly width: number | undefined;
  readonly height: number | undefined;
}

const START_CODE = 0x2a019d;

/** Parses the head of a frame that fills `frame`, or of its first ten bytes. `base`: its file offset, for faults. */
export function parseVp8FrameHeader(frame: Uint8Array, options: { base?: number } = {}): Parsed<Vp8FrameHeader> {
  const reader = new ByteReader(frame, { ...options, littleEndian: true });
  const tag = reader.u24();
  const isKeyFrame = (tag & 1) === 0;
  const version = (tag >>> 1) & 7;
  if (version > 3) reader.fail(`expected a version of at most 3, found ${version}`, options.base ?? 0);
  let [width, height]: [number | undefined, number | undefined] = [undefined, undefined];
  if (isKeyFrame) {
    const { offset } = reader;
    if (reader.u24() !== START_CODE) reader.fail('expected the start code 9d 01 2a', offset);
    // The two bits above ask for the picture to be enlarged; no decoder does.
    width = reader.u16() & 0x3fff;
    height = reader.u16() & 0x3fff;
    if (width === 0 || height === 0) reader.fail(`expected a size, found ${width}x${height}`, offset + 3);
  }
  if (reader.fault !== undefined) return { value: undefined, fault: reader.fault };
  return {
    value: { isKeyFrame, version, showFrame: (tag & 0x10) !== 0, firstPartitionSize: tag >>> 5, width, height },
    fault: undefined,
  };
}
