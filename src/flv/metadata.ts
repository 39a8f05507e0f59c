/**
 * The `onMetaData` of an FLV file: a script tag's data with what the recorder says of the file (Adobe FLV 10.1, E.5). It is
 * read with the place of every value, so that single values can be patched where they stand, and edited by splicing, so
 * that everything not touched stays byte for byte. Whether what it says is true is not for this module.
 */
import { ByteReader } from '../bytes/byte-reader.ts';
import { ByteWriter } from '../bytes/byte-sink.ts';
import type { Parsed } from '../codecs/parsed.ts';
import {
  Amf0Marker,
  readAmf0End,
  readAmf0Text,
  readAmf0Value,
  writeAmf0End,
  writeAmf0Text,
  writeAmf0Value,
  type Amf0Value,
} from './amf0.ts';

/** The name that the script tag begins with; others (`onCuePoint`, `onXMPData`) are left alone. */
export const metadataName = 'onMetaData';
/** What publishers put before the name in RTMP; a server has to take it off, and some do not. */
export const dataFramePrefix = '@setDataFrame';

/** A property and where it stands, counted from the start of the script tag's data. */
export interface MetadataProperty {
  readonly name: string;
  readonly value: Amf0Value;
  /** Where its name begins, two bytes of length first. */
  readonly nameStart: number;
  /** Where its value begins, with the marker, and where it ends. */
  readonly start: number;
  readonly end: number;
}

/** The properties of an onMetaData and where they stand, counted from the start of the script tag's data. */
export interface Metadata {
  /** Bytes of a `@setDataFrame` before the name, 0 as a rule. */
  readonly prefixLength: number;
  /** Where an ECMA array says how many properties it has; undefined for an object, which does not. */
  readonly countAt: number | undefined;
  readonly properties: readonly MetadataProperty[];
  /** Behind the last property, where the end marker stands or should stand. */
  readonly propertiesEnd: number;
  readonly ended: boolean;
}

/** The name of a script tag's event, its first string; undefined where it does not begin with one. */
function scriptDataName(data: Uint8Array): string | undefined {
  const reader = new ByteReader(data);
  const marker = reader.u8();
  const name = readAmf0Text(reader);
  return marker === Amf0Marker.string && reader.fault === undefined ? name : undefined;
}

/** Reads a script tag's data as `onMetaData`. `base`: file offset of the data, for faults. */
export function parseMetadata(data: Uint8Array, options: { base?: number } = {}): Parsed<Metadata> {
  const reader = new ByteReader(data, options);
  let prefixLength = 0;
  if (scriptDataName(data) === dataFramePrefix) {
    readAmf0Value(reader);
    prefixLength = reader.position;
  }
  const name = readAmf0Value(reader);
  if (name.kind !== 'string' || name.text !== metadataName) reader.fail(`expected the name ${metadataName}`);
  const marker = reader.u8();
  const isArray = marker === Amf0Marker.ecmaArray;
  if (!isArray && marker !== Amf0Marker.object) reader.fail('expected an object or an ECMA array of properties');
  const countAt = isArray ? reader.position : undefined;
  if (isArray) reader.u32();
  if (reader.fault !== undefined) return { value: undefined, fault: reader.fault };
  const properties: MetadataProperty[] = [];
  let propertiesEnd = reader.position;
  let ended = false;
  while (reader.remaining > 0) {
    if (readAmf0End(reader)) {
      ended = true;
      break;
    }
    const nameStart = reader.position;
    const propertyName = readAmf0Text(reader);
    const start = reader.position;
    const value = readAmf0Value(reader);
    if (reader.fault !== undefined) break;
    properties.push({ name: propertyName, value, nameStart, start, end: reader.position });
    propertiesEnd = reader.position;
  }
  return { value: { prefixLength, countAt, properties, propertiesEnd, ended }, fault: reader.fault };
}

/** The property of a name. Where there are several of it, the last, which players believe. */
export function propertyOf(metadata: Metadata, name: string): MetadataProperty | undefined {
  return metadata.properties.findLast((property) => property.name === name);
}

/** The bytes of a value with its marker. */
export function encodeAmf0Value(value: Amf0Value): Uint8Array {
  const writer = new ByteWriter();
  writeAmf0Value(writer, value);
  return writer.toBytes().slice();
}

/**
 * The data with some values set, in place where there are such properties and behind the last one where there are not; the
 * rest byte for byte, but for a `@setDataFrame`, which goes, an end marker, which comes, and the count of an ECMA array,
 * which becomes right. What could not be read behind the last property goes too.
 */
export function editMetadata(data: Uint8Array, metadata: Metadata, values: ReadonlyMap<string, Amf0Value>): Uint8Array {
  const writer = new ByteWriter(data.length + 1024);
  let copied = metadata.prefixLength;
  const copyTo = (end: number): void => {
    writer.bytes(data.subarray(copied, end));
    copied = end;
  };
  let count = metadata.properties.length;
  for (const name of values.keys()) if (propertyOf(metadata, name) === undefined) count++;
  if (metadata.countAt !== undefined) {
    copyTo(metadata.countAt);
    writer.u32(count);
    copied += 4;
  }
  for (const property of metadata.properties) {
    const value = values.get(property.name);
    if (value === undefined) continue;
    copyTo(property.start);
    writeAmf0Value(writer, value);
    copied = property.end;
  }
  copyTo(metadata.propertiesEnd);
  for (const [name, value] of values) {
    if (propertyOf(metadata, name) !== undefined) continue;
    writeAmf0Text(writer, name);
    writeAmf0Value(writer, value);
  }
  writeAmf0End(writer);
  return writer.toBytes().slice();
}

/** A script tag's data for a file that has none: an ECMA array, as nearly every recorder writes it. */
export function newMetadata(values: ReadonlyMap<string, Amf0Value>): Uint8Array {
  const writer = new ByteWriter();
  writeAmf0Value(writer, { kind: 'string', text: metadataName });
  const properties = [...values].map(([name, value]) => ({ name, value }));
  writeAmf0Value(writer, { kind: 'ecmaArray', count: properties.length, properties, ended: true });
  return writer.toBytes().slice();
}
