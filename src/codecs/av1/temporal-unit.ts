/**
 * What a temporal unit of AV1 is to a recording: one sample, with its frames, of which exactly one is shown in a stream
 * without spatial layers (AV1 specification, 7.5). It tells whether decoding can begin with it (AV1 in ISOBMFF, 2.4).
 */
import type { ByteFault } from '../../bytes/byte-reader.ts';
import { Av1FrameType, parseAv1FrameHeader, type Av1FrameHeader } from './frame-header.ts';
import { ObuType, parseObuChain } from './obu.ts';
import { parseAv1SequenceHeader, type Av1SequenceHeader } from './sequence-header.ts';

/** What was read of the OBUs of one sample. */
export interface Av1TemporalUnit {
  /** The last one in the unit, or the one it was read with. */
  readonly sequenceHeader: Av1SequenceHeader | undefined;
  /** Whether a sequence header is in the unit itself. */
  readonly hasSequenceHeader: boolean;
  /** In decoding order; empty where no sequence header is known. */
  readonly frames: readonly Av1FrameHeader[];
  /** A shown key frame comes first: with its sequence header, decoding can begin here. */
  readonly isKeyFrame: boolean;
  /** What did not close or could not be read. */
  readonly fault: ByteFault | undefined;
}

/** Reads the units of `bytes`; `sequenceHeader`: the one in force, from a record or an earlier unit. */
export function readAv1TemporalUnit(bytes: Uint8Array, sequenceHeader: Av1SequenceHeader | undefined): Av1TemporalUnit {
  const chain = parseObuChain(bytes);
  let { fault } = chain;
  let sequence = sequenceHeader;
  let hasSequenceHeader = false;
  const frames: Av1FrameHeader[] = [];
  for (const { type, payloadStart, end } of chain.units) {
    const payload = bytes.subarray(payloadStart, end);
    if (type === ObuType.sequenceHeader) {
      const parsed = parseAv1SequenceHeader(payload, { base: payloadStart });
      fault ??= parsed.fault;
      if (parsed.value === undefined) continue;
      sequence = parsed.value;
      hasSequenceHeader = true;
    } else if (sequence !== undefined && (type === ObuType.frame || type === ObuType.frameHeader)) {
      const parsed = parseAv1FrameHeader(payload, sequence, { base: payloadStart });
      fault ??= parsed.fault;
      if (parsed.value !== undefined) frames.push(parsed.value);
    }
  }
  const [first] = frames;
  const isKeyFrame = first !== undefined && first.frameType === Av1FrameType.key && first.showFrame;
  return { sequenceHeader: sequence, hasSequenceHeader, frames, isKeyFrame, fault };
}

/** The sequence header of a configuration record's units; undefined where there is none to be read. */
export function sequenceHeaderOf(configObus: Uint8Array): Av1SequenceHeader | undefined {
  return readAv1TemporalUnit(configObus, undefined).sequenceHeader;
}
