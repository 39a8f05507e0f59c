/**
 * What containers say of AC-3: AC3SpecificBox (ETSI TS 102 366, F.4), the payload of a `dac3` box and of an FLV sequence
 * header. It repeats fields of the first sync frame.
 */
import { BitReader } from '../../bytes/bit-reader.ts';
import { BitWriter } from '../../bytes/bit-writer.ts';
import type { Parsed } from '../parsed.ts';

/** A parsed AC3SpecificBox: three bytes, under the names of ETSI TS 102 366. */
export interface Ac3Specific {
  /** 0 48 kHz, 1 44.1 kHz, 2 32 kHz. */
  readonly fscod: number;
  readonly bsid: number;
  readonly bsmod: number;
  /** Channels but for the low-frequency one: 0 to 7 (TS 102 366, 4.4.2.3). */
  readonly acmod: number;
  readonly lfeon: boolean;
  /** Half of `frmsizecod`. */
  readonly bitRateCode: number;
  /** Five bits, 0 by the standard. */
  readonly reserved: number;
  /** Bytes behind the last field, kept as they came; empty as a rule. */
  readonly trailing: Uint8Array;
}

/** Parses a record that fills `bytes`. `base`: file offset of the first byte, for faults. */
export function parseAc3Specific(bytes: Uint8Array, options: { base?: number } = {}): Parsed<Ac3Specific> {
  const reader = new BitReader(bytes, options);
  const value = {
    fscod: reader.bits(2),
    bsid: reader.bits(5),
    bsmod: reader.bits(3),
    acmod: reader.bits(3),
    lfeon: reader.flag(),
    bitRateCode: reader.bits(5),
    reserved: reader.bits(5),
    trailing: bytes.subarray(3),
  };
  return reader.fault === undefined ? { value, fault: undefined } : { value: undefined, fault: reader.fault };
}

/** The bytes of a record: those it was parsed from, if nothing was changed. */
export function writeAc3Specific(record: Ac3Specific): Uint8Array {
  const writer = new BitWriter();
  writer.bits(record.fscod, 2);
  writer.bits(record.bsid, 5);
  writer.bits(record.bsmod, 3);
  writer.bits(record.acmod, 3);
  writer.flag(record.lfeon);
  writer.bits(record.bitRateCode, 5);
  writer.bits(record.reserved, 5);
  return Uint8Array.from([...writer.toBytes(), ...record.trailing]);
}
