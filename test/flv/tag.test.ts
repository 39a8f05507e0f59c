import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ByteReader } from '../../src/bytes/byte-reader.ts';
import { ByteWriter } from '../../src/bytes/byte-sink.ts';
import { tagHeaderLength, TagType, writePreviousTagSize, writeTagHeader, type TagHeader } from '../../src/flv/tag.ts';
import { plainRecord } from '../codecs/arbitraries.ts';
import { fromHex, toHex, truncations } from '../codecs/hex.ts';
import { mutants } from '../support/damage.ts';
import { forgetfulSource } from '../support/forgetful-source.ts';
import { allFlv, emsFlv, goFlvNames, goRecording, truthTags } from './recordings.ts';
import { closes, readTagHeader, readTags } from './tag-spans.ts';

const firstTag = 13;

function written(header: TagHeader): Uint8Array {
  const writer = new ByteWriter();
  writeTagHeader(writer, header);
  return writer.toBytes().slice();
}

describe('the header of an FLV tag', () => {
  const plain = { filter: false, reserved: 0, streamId: 0 };
  const rows: readonly (readonly [hex: string, header: TagHeader])[] = [
    // The first picture of a real recording, and the times that the extended byte is for.
    ['09 000bb3 000000 00 000000', { ...plain, type: TagType.video, dataSize: 2995, timestampMilliseconds: 0 }],
    ['08 000001 ffffff 00 000000', { ...plain, type: TagType.audio, dataSize: 1, timestampMilliseconds: 16777215 }],
    ['08 000001 000000 01 000000', { ...plain, type: TagType.audio, dataSize: 1, timestampMilliseconds: 16777216 }],
    [
      '12 00015c 000000 80 000000',
      { ...plain, type: TagType.scriptData, dataSize: 348, timestampMilliseconds: 2 ** 31 },
    ],
    [
      '09 ffffff ffffff ff 000000',
      { ...plain, type: TagType.video, dataSize: 2 ** 24 - 1, timestampMilliseconds: 2 ** 32 - 1 },
    ],
    [
      '29 000010 000028 00 000001',
      { type: TagType.video, filter: true, reserved: 0, dataSize: 16, timestampMilliseconds: 40, streamId: 1 },
    ],
  ];

  it('has a time of 24 lower and 8 upper bits that never is negative', () => {
    for (const [hex, header] of rows) {
      const reader = new ByteReader(fromHex(hex));
      assert.deepEqual(readTagHeader(reader), header, hex);
      assert.equal(reader.position, tagHeaderLength);
      assert.equal(toHex(written(header)), hex.replaceAll(' ', ''));
    }
  });

  it('comes back from its bytes whatever is in it', () => {
    const headers = plainRecord<TagHeader>({
      type: fc.nat(31),
      filter: fc.boolean(),
      reserved: fc.nat(3),
      dataSize: fc.nat(2 ** 24 - 1),
      timestampMilliseconds: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
      streamId: fc.nat(2 ** 24 - 1),
    });
    fc.assert(
      fc.property(headers, (header) => {
        assert.deepEqual(readTagHeader(new ByteReader(written(header))), header);
      }),
    );
  });

  it('gives its bytes back whatever they were', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: tagHeaderLength, maxLength: tagHeaderLength }), (bytes) => {
        assert.equal(toHex(written(readTagHeader(new ByteReader(bytes)))), toHex(bytes));
      }),
    );
  });

  it('is refused for more data than its 24 bits can say', () => {
    const header = { ...plain, type: TagType.video, dataSize: 2 ** 24, timestampMilliseconds: 0 };
    assert.throws(() => written(header), RangeError);
  });
});

describe('the tags of an FLV file', () => {
  it('lie where the truth says, with its types, sizes and times', () => {
    for (const name of goFlvNames) {
      const source = forgetfulSource(goRecording(name, 'recording.flv'));
      const found = [...readTags(source, firstTag)]
        .filter((tag) => tag.type !== TagType.scriptData && closes(tag))
        .map((tag) => [tag.type, tag.start, tag.end + 4 - tag.start, tag.timestampMilliseconds]);
      const expected = truthTags(name).map((tag) => [TagType[tag.track], tag.tag_offset, tag.tag_size, tag.ts]);
      assert.deepEqual(found, expected, name);
    }
  });

  it('are written back byte for byte, the size behind each too', () => {
    for (const [name, bytes] of allFlv()) {
      for (const tag of readTags(forgetfulSource(bytes), firstTag)) {
        assert.equal(toHex(written(tag)), toHex(bytes.subarray(tag.start, tag.body)), name);
        if (tag.previousTagSize === undefined) continue;
        const writer = new ByteWriter();
        writePreviousTagSize(writer, tag);
        assert.equal(toHex(writer.toBytes()), toHex(bytes.subarray(tag.end, tag.end + 4)), name);
      }
    }
  });

  it('end with one that goes beyond the file where the recorder was killed', () => {
    const bytes = emsFlv('killed-chunk3');
    const tags = [...readTags(forgetfulSource(bytes), firstTag)];
    const last = tags.at(-1);
    assert.ok(last !== undefined && last.end > bytes.length && last.previousTagSize === undefined && !closes(last));
    assert.ok(tags.slice(0, -1).every(closes));
  });

  it('are walked to the last header that is there, wherever the file is cut', () => {
    const bytes = emsFlv('killed-chunk3').subarray(0, 700);
    const whole = [...readTags(forgetfulSource(bytes), firstTag)].map(({ start }) => start);
    for (const cut of truncations(bytes)) {
      const starts = [...readTags(forgetfulSource(cut), firstTag)].map(({ start }) => start);
      assert.deepEqual(
        starts,
        whole.filter((start) => start + tagHeaderLength <= cut.length),
      );
    }
  });

  it('never make the walk fail or go backwards, however damaged', () => {
    for (const { bytes, description } of mutants(emsFlv('killed-chunk3'), { seed: 41_000, count: 300 })) {
      let at = 0;
      for (const tag of readTags(forgetfulSource(bytes), firstTag)) {
        assert.ok(tag.start > at && tag.body <= bytes.length, description);
        at = tag.start;
      }
    }
  });
});
