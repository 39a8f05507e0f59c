/**
 * AMF0, the form in which script tags keep their values (Adobe AMF 0 specification, 2007). Every type is read and written,
 * order and unknown properties are kept, and what was read is written back as it was. What the values mean, and where
 * they stand in a file, is not known here.
 */
import type { ByteReader } from '../bytes/byte-reader.ts';
import type { ByteSink } from '../bytes/byte-sink.ts';

/** The byte before each value (2.1). Types 4 and 14 are reserved, 17 goes over to AMF3; no recorder writes them. */
export const Amf0Marker = {
  number: 0,
  boolean: 1,
  string: 2,
  object: 3,
  null: 5,
  undefined: 6,
  reference: 7,
  ecmaArray: 8,
  objectEnd: 9,
  strictArray: 10,
  date: 11,
  longString: 12,
  unsupported: 13,
  xmlDocument: 15,
  typedObject: 16,
} as const;

/** A name and its value, in an object or an ECMA array. */
export interface Amf0Property {
  /** One character a byte, as all text here: whatever was written comes back. `readableText` gives what people read. */
  readonly name: string;
  readonly value: Amf0Value;
}

/** The properties of objects and arrays, and whether the marker of their end was there: some recorders forget it. */
interface Properties {
  readonly properties: readonly Amf0Property[];
  readonly ended: boolean;
}

/** A value by its type; `kind` is the marker's name in the specification. */
export type Amf0Value =
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'boolean'; readonly value: boolean }
  | { readonly kind: 'string' | 'longString' | 'xmlDocument'; readonly text: string }
  | ({ readonly kind: 'object' } & Properties)
  /** `count` is what the array says of its length; players do not rely on it. */
  | ({ readonly kind: 'ecmaArray'; readonly count: number } & Properties)
  | ({ readonly kind: 'typedObject'; readonly className: string } & Properties)
  | { readonly kind: 'strictArray'; readonly values: readonly Amf0Value[] }
  /** A strict array of nothing but numbers, which an index has by the hundred thousand. */
  | { readonly kind: 'numbers'; readonly values: Float64Array }
  /** Milliseconds since 1970 in UTC; the time zone is reserved and should be 0. */
  | { readonly kind: 'date'; readonly milliseconds: number; readonly timeZone: number }
  | { readonly kind: 'reference'; readonly index: number }
  | { readonly kind: 'null' | 'undefined' | 'unsupported' };

/** Values nested deeper than this come from no recorder. */
const deepestNesting = 32;

/** A number in its nine bytes. */
const numberLength = 9;

/** Reads one value with its marker. */
export function readAmf0Value(reader: ByteReader, depth = 0): Amf0Value {
  const start = reader.offset;
  const marker = reader.u8();
  if (depth > deepestNesting) reader.fail(`expected values nested at most ${deepestNesting} deep`, start);
  switch (marker) {
    case Amf0Marker.number:
      return { kind: 'number', value: reader.f64() };
    case Amf0Marker.boolean:
      return { kind: 'boolean', value: reader.u8() !== 0 };
    case Amf0Marker.string:
      return { kind: 'string', text: readAmf0Text(reader) };
    case Amf0Marker.object:
      return { kind: 'object', ...readProperties(reader, depth) };
    case Amf0Marker.null:
      return { kind: 'null' };
    case Amf0Marker.undefined:
      return { kind: 'undefined' };
    case Amf0Marker.reference:
      return { kind: 'reference', index: reader.u16() };
    case Amf0Marker.ecmaArray:
      return { kind: 'ecmaArray', count: reader.u32(), ...readProperties(reader, depth) };
    case Amf0Marker.strictArray:
      return readStrictArray(reader, depth);
    case Amf0Marker.date:
      return { kind: 'date', milliseconds: reader.f64(), timeZone: reader.i16() };
    case Amf0Marker.longString:
      return { kind: 'longString', text: reader.latin1(reader.u32()) };
    case Amf0Marker.unsupported:
      return { kind: 'unsupported' };
    case Amf0Marker.xmlDocument:
      return { kind: 'xmlDocument', text: reader.latin1(reader.u32()) };
    case Amf0Marker.typedObject:
      return { kind: 'typedObject', className: readAmf0Text(reader), ...readProperties(reader, depth) };
    default:
      reader.fail(`expected an AMF0 value, found type ${marker}`, start);
      return { kind: 'undefined' };
  }
}

/** Text behind a length of 16 bits: names, and strings behind their marker. */
export function readAmf0Text(reader: ByteReader): string {
  return reader.latin1(reader.u16());
}

/** Whether the end of an object stands next; it is read over if so. */
export function readAmf0End(reader: ByteReader): boolean {
  const view = reader.ahead(3);
  const ends = view.byteLength === 3 && view.getUint16(0) === 0 && view.getUint8(2) === Amf0Marker.objectEnd;
  if (ends) reader.skip(3);
  return ends;
}

function readProperties(reader: ByteReader, depth: number): Properties {
  const properties: Amf0Property[] = [];
  while (reader.fault === undefined && reader.remaining > 0) {
    if (readAmf0End(reader)) return { properties, ended: true };
    properties.push({ name: readAmf0Text(reader), value: readAmf0Value(reader, depth + 1) });
  }
  return { properties, ended: false };
}

function readStrictArray(reader: ByteReader, depth: number): Amf0Value {
  const start = reader.offset;
  const count = reader.u32();
  // Each value has a byte at least.
  if (count > reader.remaining) reader.fail(`expected ${count} values, found ${reader.remaining} bytes`, start);
  if (reader.fault !== undefined) return { kind: 'strictArray', values: [] };
  if (count > 0 && onlyNumbers(reader, count)) {
    const numbers = new Float64Array(count);
    for (let index = 0; index < count; index++) {
      reader.skip(1);
      numbers[index] = reader.f64();
    }
    return { kind: 'numbers', values: numbers };
  }
  const values: Amf0Value[] = [];
  while (values.length < count && reader.fault === undefined) values.push(readAmf0Value(reader, depth + 1));
  return { kind: 'strictArray', values };
}

function onlyNumbers(reader: ByteReader, count: number): boolean {
  if (count * numberLength > reader.remaining) return false;
  const view = reader.ahead(count * numberLength);
  for (let index = 0; index < count; index++) {
    if (view.getUint8(index * numberLength) !== Amf0Marker.number) return false;
  }
  return true;
}

/** Writes one value with its marker. */
export function writeAmf0Value(sink: ByteSink, value: Amf0Value): void {
  sink.u8(markerOf(value));
  switch (value.kind) {
    case 'number':
      return sink.f64(value.value);
    case 'boolean':
      return sink.u8(value.value ? 1 : 0);
    case 'string':
      return writeAmf0Text(sink, value.text);
    case 'longString':
    case 'xmlDocument':
      sink.u32(value.text.length);
      return sink.latin1(value.text);
    case 'ecmaArray':
      sink.u32(value.count);
      return writeProperties(sink, value);
    case 'typedObject':
      writeAmf0Text(sink, value.className);
      return writeProperties(sink, value);
    case 'object':
      return writeProperties(sink, value);
    case 'strictArray':
      sink.u32(value.values.length);
      return value.values.forEach((each) => writeAmf0Value(sink, each));
    case 'numbers':
      return writeNumbers(sink, value.values);
    case 'date':
      sink.f64(value.milliseconds);
      return sink.i16(value.timeZone);
    case 'reference':
      return sink.u16(value.index);
    default:
  }
}

function markerOf({ kind }: Amf0Value): number {
  return kind === 'numbers' ? Amf0Marker.strictArray : Amf0Marker[kind];
}

/** Writes a text with its length of 16 bits and no marker. Throws `RangeError` beyond 65535 bytes. */
export function writeAmf0Text(sink: ByteSink, text: string): void {
  if (text.length > 0xffff) throw new RangeError(`${text.length} bytes fit no AMF0 string`);
  sink.u16(text.length);
  sink.latin1(text);
}

/** The three bytes that end an object. */
export function writeAmf0End(sink: ByteSink): void {
  sink.u16(0);
  sink.u8(Amf0Marker.objectEnd);
}

function writeProperties(sink: ByteSink, { properties, ended }: Properties): void {
  for (const { name, value } of properties) {
    writeAmf0Text(sink, name);
    writeAmf0Value(sink, value);
  }
  if (ended) writeAmf0End(sink);
}

function writeNumbers(sink: ByteSink, values: Float64Array): void {
  sink.u32(values.length);
  for (const value of values) {
    sink.u8(Amf0Marker.number);
    sink.f64(value);
  }
}
