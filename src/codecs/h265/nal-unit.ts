/**
 * The NAL unit header of H.265 (ITU-T H.265, 7.3.1.2): two bytes with the type, the layer and the temporal sub-layer. It
 * knows no payload: parameter sets and slices have modules of their own, and what the types mean stands in
 * nal-unit-type.ts. A NAL unit begins with its header here and has no frame.
 */
import type { BitReader } from '../../bytes/bit-reader.ts';
import { wholePayloadReader } from '../nal-payload.ts';

/** Bytes of a NAL unit before its payload. */
export const nalUnitHeaderLength = 2;

/** nal_unit_header() (7.3.1.2). */
export interface NalUnitHeader {
  /** `nal_unit_type`, 0 to 63 (Table 7-1). */
  readonly type: number;
  /** `nuh_layer_id`: 0 for the base layer, the only one that most decoders know. */
  readonly layerId: number;
  /** `TemporalId`, 0 to 6: a decoder may drop sub-layers from above. */
  readonly temporalId: number;
}

/** The header of a NAL unit; undefined where it breaks off or breaks the standard (forbidden bit, temporal id). */
export function parseNalUnitHeader(nalUnit: Uint8Array): NalUnitHeader | undefined {
  if (nalUnit.length < nalUnitHeaderLength) return undefined;
  const [first, second] = [nalUnit[0]!, nalUnit[1]!];
  const temporalIdPlus1 = second & 7;
  if (first >= 0x80 || temporalIdPlus1 === 0) return undefined;
  return {
    type: (first >>> 1) & 0x3f,
    layerId: ((first & 1) << 5) | (second >>> 3),
    temporalId: temporalIdPlus1 - 1,
  };
}

/** A reader of the payload of a whole NAL unit, up to its stop bit. */
export function payloadReader(nalUnit: Uint8Array): BitReader {
  return wholePayloadReader(nalUnit, nalUnitHeaderLength);
}

/** A fault where a NAL unit is not of this type: reading it as one would give nonsense. */
export function expectType(reader: BitReader, nalUnit: Uint8Array, type: number, name: string): void {
  const header = parseNalUnitHeader(nalUnit);
  if (header?.type === type) return;
  const found = header === undefined ? 'no header' : `type ${header.type}`;
  reader.fail(`expected a ${name} (NAL unit type ${type}), found ${found}`, 0);
}
