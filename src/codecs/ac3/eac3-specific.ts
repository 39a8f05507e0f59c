/**
 * What containers say of E-AC-3: EC3SpecificBox (ETSI TS 102 366, F.6), the payload of a `dec3` box and of an FLV sequence
 * header: the independent substreams, each with how many substreams depend on it. What stands behind them (the complexity
 * index of object audio, TS 103 420) is kept as it came.
 */
import { BitReader } from '../../bytes/bit-reader.ts';
import { BitWriter } from '../../bytes/bit-writer.ts';
import type { Parsed } from '../parsed.ts';

/** One independent substream of an EC3SpecificBox, under the names of ETSI TS 102 366, F.6.2. */
export interface Eac3IndependentSubstream {
  /** 0 48 kHz, 1 44.1 kHz, 2 32 kHz, 3 half of one of them. */
  readonly fscod: number;
  readonly bsid: number;
  readonly asvc: boolean;
  readonly bsmod: number;
  readonly acmod: number;
  readonly lfeon: boolean;
  readonly numDepSub: number;
  /** With dependent substreams: nine flags, what they add to the channels (Table F.6.1). */
  readonly chanLoc: number | undefined;
  /** Bits that stand between the fields; 0 by the standard. */
  readonly reserved: readonly [number, number, number];
}

/** A parsed EC3SpecificBox; `trailing` is what stands behind the substreams, kept as it came. */
export interface Eac3Specific {
  /** Of all substreams, in kbit/s. */
  readonly dataRate: number;
  /** One to eight. */
  readonly substreams: readonly Eac3IndependentSubstream[];
  readonly trailing: Uint8Array;
}

function parseSubstream(reader: BitReader): Eac3IndependentSubstream {
  const fscod = reader.bits(2);
  const bsid = reader.bits(5);
  const reservedBeforeAsvc = reader.bits(1);
  const asvc = reader.flag();
  const bsmod = reader.bits(3);
  const acmod = reader.bits(3);
  const lfeon = reader.flag();
  const reservedBeforeCount = reader.bits(3);
  const numDepSub = reader.bits(4);
  const chanLoc = numDepSub > 0 ? reader.bits(9) : undefined;
  const reservedAtEnd = numDepSub > 0 ? 0 : reader.bits(1);
  const reserved = [reservedBeforeAsvc, reservedBeforeCount, reservedAtEnd] as const;
  return { fscod, bsid, asvc, bsmod, acmod, lfeon, numDepSub, chanLoc, reserved };
}

/** Parses a record that fills `bytes`. `base`: file offset of the first byte, for faults. */
export function parseEac3Specific(bytes: Uint8Array, options: { base?: number } = {}): Parsed<Eac3Specific> {
  const reader = new BitReader(bytes, options);
  const dataRate = reader.bits(13);
  const substreams = Array.from({ length: 1 + reader.bits(3) }, () => parseSubstream(reader));
  if (reader.fault !== undefined) return { value: undefined, fault: reader.fault };
  return { value: { dataRate, substreams, trailing: bytes.subarray(reader.position / 8) }, fault: undefined };
}

/** The bytes of a record: those it was parsed from, if nothing was changed. */
export function writeEac3Specific(record: Eac3Specific): Uint8Array {
  const { substreams } = record;
  if (substreams.length < 1 || substreams.length > 8) throw new RangeError('a record has one to eight substreams');
  const writer = new BitWriter();
  writer.bits(record.dataRate, 13);
  writer.bits(substreams.length - 1, 3);
  for (const substream of substreams) {
    writer.bits(substream.fscod, 2);
    writer.bits(substream.bsid, 5);
    writer.bits(substream.reserved[0], 1);
    writer.flag(substream.asvc);
    writer.bits(substream.bsmod, 3);
    writer.bits(substream.acmod, 3);
    writer.flag(substream.lfeon);
    writer.bits(substream.reserved[1], 3);
    writer.bits(substream.numDepSub, 4);
    if (substream.numDepSub > 0) writer.bits(substream.chanLoc ?? 0, 9);
    else writer.bits(substream.reserved[2], 1);
  }
  return Uint8Array.from([...writer.toBytes(), ...record.trailing]);
}
