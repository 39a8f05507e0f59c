/**
 * AVCDecoderConfigurationRecord (ISO/IEC 14496-15, 5.3.3.1): the parameter sets of an H.264 track, and how its NAL
 * units are framed. It is the payload of an `avcC` box, of an FLV sequence header, and of a media server's staging
 * file; which of them is not known here. Parameter sets are kept as bytes, and written back as they came.
 */
import { ByteReader } from '../../bytes/byte-reader.ts';
import { ByteWriter } from '../../bytes/byte-sink.ts';
import type { Parsed } from '../parsed.ts';
import { parseSequenceParameterSet, profileHasChromaFormat } from './sequence-parameter-set.ts';

/** What the record says for the High profiles and their kin, behind the parameter sets. */
export interface AvcProfileExtension {
  /** 0 monochrome, 1 4:2:0, 2 4:2:2, 3 4:4:4. */
  readonly chromaFormat: number;
  readonly bitDepthLuma: number;
  readonly bitDepthChroma: number;
  /** Sequence parameter set extensions (NAL unit type 13: auxiliary pictures, alpha), header byte first. */
  readonly sequenceParameterSetExtensions: readonly Uint8Array[];
  /** The reserved bits above the three values; all ones from a writer that keeps to the standard. */
  readonly reserved: { readonly chromaFormat: number; readonly bitDepthLuma: number; readonly bitDepthChroma: number };
}

/** A parsed AVCDecoderConfigurationRecord; written again, it gives the same bytes. */
export interface AvcDecoderConfiguration {
  readonly avcProfileIndication: number;
  /** The constraint flags of the sequence parameter sets. */
  readonly profileCompatibility: number;
  readonly avcLevelIndication: number;
  /** Bytes of the length before each NAL unit of a sample: 1, 2 or 4. */
  readonly nalUnitLengthSize: number;
  /** NAL units of type 7 and 8, header byte first. */
  readonly sequenceParameterSets: readonly Uint8Array[];
  readonly pictureParameterSets: readonly Uint8Array[];
  /** Absent where the profile asks for none, and from recorders that leave it out although it does. */
  readonly profileExtension: AvcProfileExtension | undefined;
  /**
   * The reserved bits above length size and number of sequence parameter sets; all ones from a writer that keeps to the
   * standard.
   */
  readonly reserved: { readonly lengthSize: number; readonly sequenceParameterSetCount: number };
  /** Bytes behind the last field, kept as they came; empty as a rule. */
  readonly trailing: Uint8Array;
}

/** The reserved bits as the standard wants them, for records that are made, not parsed. */
export const AVC_RESERVED_BITS = { lengthSize: 0x3f, sequenceParameterSetCount: 7 } as const;
const EXTENSION_RESERVED_BITS = { chromaFormat: 0x3f, bitDepthLuma: 0x1f, bitDepthChroma: 0x1f } as const;

/** A record made of parameter sets found in a stream, with lengths of 4 bytes; undefined if the first has not even a profile. */
export function avcDecoderConfigurationOf(sps: Uint8Array, pps: Uint8Array): AvcDecoderConfiguration | undefined {
  if (sps.length < 4) return undefined;
  return {
    avcProfileIndication: sps[1]!,
    profileCompatibility: sps[2]!,
    avcLevelIndication: sps[3]!,
    nalUnitLengthSize: 4,
    sequenceParameterSets: [sps],
    pictureParameterSets: [pps],
    profileExtension: undefined,
    reserved: AVC_RESERVED_BITS,
    trailing: new Uint8Array(0),
  };
}

/** The NAL units of the parameter sets of a record: of sequences, then of pictures. */
export function parameterSetNalUnits({
  sequenceParameterSets,
  pictureParameterSets,
}: Pick<AvcDecoderConfiguration, 'sequenceParameterSets' | 'pictureParameterSets'>): Uint8Array[] {
  return [...sequenceParameterSets, ...pictureParameterSets];
}

/** `count` NAL units, each behind a length of 16 bits. Ends with the reader's first fault, whatever `count` says. */
function parseNalUnits(reader: ByteReader, count: number): Uint8Array[] {
  const nalUnits: Uint8Array[] = [];
  for (let index = 0; index < count && reader.fault === undefined; index++) {
    nalUnits.push(reader.bytes(reader.u16()));
  }
  return nalUnits;
}

function writeNalUnits(writer: ByteWriter, nalUnits: readonly Uint8Array[]): void {
  for (const nalUnit of nalUnits) {
    if (nalUnit.length > 0xffff) throw new RangeError(`a parameter set of ${nalUnit.length} bytes fits no record`);
    writer.u16(nalUnit.length);
    writer.bytes(nalUnit);
  }
}

/** The high bits `reserved` above `width` low bits of `value`. */
function packed(reserved: number, value: number, width: number): number {
  return ((reserved << width) | (value & ((1 << width) - 1))) & 0xff;
}

function parseProfileExtension(reader: ByteReader): AvcProfileExtension {
  const [chromaFormat, bitDepthLuma, bitDepthChroma] = [reader.u8(), reader.u8(), reader.u8()];
  return {
    chromaFormat: chromaFormat & 3,
    bitDepthLuma: 8 + (bitDepthLuma & 7),
    bitDepthChroma: 8 + (bitDepthChroma & 7),
    sequenceParameterSetExtensions: parseNalUnits(reader, reader.u8()),
    reserved: {
      chromaFormat: chromaFormat >>> 2,
      bitDepthLuma: bitDepthLuma >>> 3,
      bitDepthChroma: bitDepthChroma >>> 3,
    },
  };
}

function writeProfileExtension(writer: ByteWriter, extension: AvcProfileExtension): void {
  const { reserved, sequenceParameterSetExtensions } = extension;
  writer.u8(packed(reserved.chromaFormat, extension.chromaFormat, 2));
  writer.u8(packed(reserved.bitDepthLuma, extension.bitDepthLuma - 8, 3));
  writer.u8(packed(reserved.bitDepthChroma, extension.bitDepthChroma - 8, 3));
  if (sequenceParameterSetExtensions.length > 255) throw new RangeError('more than 255 extensions fit no record');
  writer.u8(sequenceParameterSetExtensions.length);
  writeNalUnits(writer, sequenceParameterSetExtensions);
}

/**
 * Parses a record that fills `bytes`. `base`: file offset of the first byte, for faults. Parameter sets are views, not
 * copies. A profile extension that breaks off gives a fault, and its bytes are in `trailing`: the parameter sets are
 * intact.
 */
export function parseAvcDecoderConfiguration(
  bytes: Uint8Array,
  options: { base?: number } = {},
): Parsed<AvcDecoderConfiguration> {
  const base = options.base ?? 0;
  const reader = new ByteReader(bytes, { base });
  const configurationVersion = reader.u8();
  // Readers shall not go on with versions they do not know; and NAL units behind start codes begin with 0, not 1.
  if (configurationVersion !== 1) reader.fail(`expected configurationVersion 1, found ${configurationVersion}`, base);
  const avcProfileIndication = reader.u8();
  const profileCompatibility = reader.u8();
  const avcLevelIndication = reader.u8();
  const lengthSizeByte = reader.u8();
  const sequenceParameterSetCountByte = reader.u8();
  const sequenceParameterSets = parseNalUnits(reader, sequenceParameterSetCountByte & 0x1f);
  const pictureParameterSets = parseNalUnits(reader, reader.u8());
  if (reader.fault !== undefined) return { value: undefined, fault: reader.fault };

  const rest = bytes.subarray(reader.position);
  const extensionReader = new ByteReader(rest, { base: reader.offset });
  let profileExtension: AvcProfileExtension | undefined;
  if (rest.length > 0 && profileHasChromaFormat(avcProfileIndication)) {
    const extension = parseProfileExtension(extensionReader);
    if (extensionReader.fault === undefined) profileExtension = extension;
  }
  return {
    value: {
      avcProfileIndication,
      profileCompatibility,
      avcLevelIndication,
      nalUnitLengthSize: (lengthSizeByte & 3) + 1,
      sequenceParameterSets,
      pictureParameterSets,
      profileExtension,
      reserved: {
        lengthSize: lengthSizeByte >>> 2,
        sequenceParameterSetCount: sequenceParameterSetCountByte >>> 5,
      },
      trailing: profileExtension === undefined ? rest : rest.subarray(extensionReader.position),
    },
    fault: extensionReader.fault,
  };
}

/** The bytes of a record: those it was parsed from, if nothing was changed. */
export function writeAvcDecoderConfiguration(record: AvcDecoderConfiguration): Uint8Array {
  const { sequenceParameterSets, pictureParameterSets, profileExtension, reserved } = record;
  if (sequenceParameterSets.length > 31) throw new RangeError('more than 31 sequence parameter sets fit no record');
  if (pictureParameterSets.length > 255) throw new RangeError('more than 255 picture parameter sets fit no record');
  const writer = new ByteWriter();
  writer.u8(1);
  writer.u8(record.avcProfileIndication);
  writer.u8(record.profileCompatibility);
  writer.u8(record.avcLevelIndication);
  writer.u8(packed(reserved.lengthSize, record.nalUnitLengthSize - 1, 2));
  writer.u8(packed(reserved.sequenceParameterSetCount, sequenceParameterSets.length, 5));
  writeNalUnits(writer, sequenceParameterSets);
  writer.u8(pictureParameterSets.length);
  writeNalUnits(writer, pictureParameterSets);
  if (profileExtension !== undefined) writeProfileExtension(writer, profileExtension);
  writer.bytes(record.trailing);
  return writer.toBytes();
}

/**
 * The record with chroma format and bit depths, where its profile asks for them and they are missing: the media server
 * leaves them out of every record. They come from the first sequence parameter set; where that cannot be read, or
 * nothing is missing, the record is given back as it is. The remains of an extension that broke off are replaced.
 */
export function withProfileExtension(record: AvcDecoderConfiguration): AvcDecoderConfiguration {
  const [first] = record.sequenceParameterSets;
  if (record.profileExtension !== undefined || first === undefined) return record;
  if (!profileHasChromaFormat(record.avcProfileIndication)) return record;
  const { value: sps } = parseSequenceParameterSet(first);
  if (sps === undefined) return record;
  return {
    ...record,
    profileExtension: {
      chromaFormat: sps.chromaFormatIdc,
      bitDepthLuma: sps.bitDepthLuma,
      bitDepthChroma: sps.bitDepthChroma,
      sequenceParameterSetExtensions: [],
      reserved: EXTENSION_RESERVED_BITS,
    },
    trailing: new Uint8Array(0),
  };
}

/** The codec as `avc1.PPCCLL`: profile, constraint flags and level in hexadecimal (RFC 6381, 3.3). */
export function codecString(record: AvcDecoderConfiguration): string {
  const { avcProfileIndication, profileCompatibility, avcLevelIndication } = record;
  const hex = [avcProfileIndication, profileCompatibility, avcLevelIndication].map((byte) =>
    byte.toString(16).toUpperCase().padStart(2, '0'),
  );
  return `avc1.${hex.join('')}`;
}
