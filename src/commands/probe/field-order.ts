/** The order of fields, where neither container nor parameter set says it: from the head of the first picture, of H.264 and MPEG-2. */
import { fieldOrderOf } from '../../codecs/h264/field-order.ts';
import { parameterSetsOf } from '../../codecs/h264/slice-header.ts';
import { mpeg2FieldOrder, nextStartCode } from '../../codecs/mpeg2/sequence-header.ts';
import type { FieldOrder } from '../../codecs/video-signal.ts';
import type { CodecFacts } from '../../media/probed-recording.ts';

/** Bytes of a picture in which its parameter sets, messages and the head of its first slice stand. */
export const pictureHead = 4096;

/** Whether only the pictures tell. */
export function lacksFieldOrder({ name, further }: CodecFacts): boolean {
  return (name === 'h264' || name === 'mpeg2video') && further?.['field_order'] === undefined;
}

/** Facts with the order of fields that the head of a byte stream tells (start codes before its units). */
export function withOrderOfStream(facts: CodecFacts, bytes: Uint8Array): CodecFacts {
  if (!lacksFieldOrder(facts)) return facts;
  const order =
    facts.name === 'h264' ? fieldOrderOf(unitsBehindStartCodes(bytes), parameterSetsOf([])) : mpeg2FieldOrder(bytes);
  return withOrder(facts, order);
}

/** Facts with the order that the head of a sample of H.264 tells: lengths of `lengthSize` bytes before its NAL units. */
export function withOrderOfSample(
  facts: CodecFacts,
  head: Uint8Array,
  { lengthSize, parameterSets }: { readonly lengthSize: number; readonly parameterSets: readonly Uint8Array[] },
): CodecFacts {
  if (!lacksFieldOrder(facts)) return facts;
  return withOrder(facts, fieldOrderOf(unitsBehindLengths(head, lengthSize), parameterSetsOf(parameterSets)));
}

function withOrder(facts: CodecFacts, order: FieldOrder | undefined): CodecFacts {
  return order === undefined ? facts : { ...facts, further: { ...facts.further, field_order: order } };
}

function* unitsBehindStartCodes(bytes: Uint8Array): Generator<Uint8Array> {
  let next = 0;
  for (let code = nextStartCode(bytes, 0); code + 4 <= bytes.length; code = next) {
    next = nextStartCode(bytes, code + 3);
    yield bytes.subarray(code + 3, next);
  }
}

function* unitsBehindLengths(bytes: Uint8Array, lengthSize: number): Generator<Uint8Array> {
  for (let at = 0; at + lengthSize < bytes.length;) {
    const length = bytes.subarray(at, at + lengthSize).reduce((sum, byte) => sum * 256 + byte, 0);
    at += lengthSize;
    if (length > 0) yield bytes.subarray(at, at + length);
    at += length;
  }
}
