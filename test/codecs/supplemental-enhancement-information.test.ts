import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { parseSeiMessages, SeiPayloadType } from '../../src/codecs/supplemental-enhancement-information.ts';
import { needs } from '../support/judges.ts';
import { bytesOf, encode, nalUnitsOf, PICTURES } from './encoded.ts';
import { fromHex, truncations } from './hex.ts';

describe('supplemental enhancement information', () => {
  it('is a row of messages, whose types and sizes may be longer than a byte', () => {
    const nalUnit = fromHex(
      [
        '06', // header
        '01 02 aabb', // type 1, 2 bytes
        'ff03 01 cc', // type 258, 1 byte
        '05 00', // type 5, none
        '80', // stop bit
      ].join(''),
    );
    assert.deepEqual(parseSeiMessages(nalUnit, 1), {
      messages: [
        { payloadType: 1, payload: fromHex('aabb') },
        { payloadType: 258, payload: fromHex('cc') },
        { payloadType: 5, payload: new Uint8Array(0) },
      ],
      fault: undefined,
    });
    assert.deepEqual(parseSeiMessages(fromHex('0601'), 1).fault, {
      offset: 0,
      message: 'expected a message of some bytes, found 0',
    });
    assert.match(parseSeiMessages(fromHex('060105aabb80'), 1).fault!.message, /message of 5 bytes, found 3/);
  });

  it('says how x264 and x265 were told to encode', needs('ffmpeg'), async (test) => {
    const variants = [
      { codec: 'libx264', name: 'v.h264', options: ['-x264-params', 'bframes=1:crf=31'], header: 1, text: /crf=31\.0/ },
      {
        codec: 'libx265',
        name: 'v.hevc',
        options: ['-x265-params', 'log-level=0:crf=31'],
        header: 2,
        text: /crf=31\.0/,
      },
    ];
    for (const { codec, name, options, header, text } of variants) {
      const stream = bytesOf(await encode(test, name, [...PICTURES, '-frames:v', '2', '-c:v', codec, ...options]));
      const settings = nalUnitsOf(stream)
        .filter((nalUnit) => (header === 1 ? nalUnit[0] === 6 : nalUnit[0]! >>> 1 === 39))
        .flatMap((nalUnit) => parseSeiMessages(nalUnit, header).messages)
        .filter(({ payloadType }) => payloadType === SeiPayloadType.userDataUnregistered)
        .map(({ payload }) => Buffer.from(payload.subarray(16)).toString('latin1'))
        .find((found) => /^x26[45] /.test(found));
      assert.match(settings ?? '', text);
    }
  });

  it('of arbitrary bytes ends, and so does what is cut off', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 600 }), (bytes) => void parseSeiMessages(bytes, 2)));
    for (const cut of truncations(fromHex('0605ff00dc45e9bde6d948b7962cd820d923eeef783236340080'))) {
      void parseSeiMessages(cut, 1);
    }
    const stuffing = new Uint8Array(1_000_000).fill(0xff);
    assert.notEqual(parseSeiMessages(stuffing, 1).fault, undefined);
  });
});
