import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  ObjectTypeIndication,
  parseEsDescriptor,
  withDecoderSpecificInfo,
  writeEsDescriptor,
  type EsDescriptor,
} from '../../../src/codecs/mpeg4/es-descriptor.ts';
import { plainRecord } from '../arbitraries.ts';
import { bitFlips, fromHex, toHex, truncations } from '../hex.ts';

/** `config.audio` of the media server's recordings (fixtures ems/clean, their truth files). */
const MEDIA_SERVER = [
  '038080802200010004808080144015000000000000000000000005808080021188068080800102',
  '038080802200010004808080144015000000000000000000000005808080021190068080800102',
  '0380808022000100048080801440150000000000000000000000058080800211b0068080800102',
  '038080802200010004808080144015000000000000000000000005808080021208068080800102',
  '038080802200010004808080144015000000000000000000000005808080021210068080800102',
  '038080802200010004808080144015000000000000000000000005808080021388068080800102',
];

/**
 * The `esds` of an MP4 by the Go server, behind its version and flags (go-rtmp/crashed/realserver_srthevc_killed,
 * config.json).
 */
const GO_SERVER = '031900000004114015000000000000000000000005021190060102';

/** All there can be, each length in another number of bytes. */
const EVERYTHING = [
  '03 8034', // ES_Descriptor, length in two bytes
  '0102 f1', // ES_ID 258; dependence, URL, OCR; priority 17
  '0304', // dependsOn_ES_ID
  '03 66743a', // URL "ft:"
  '0506', // OCR_ES_Id
  '04 808019', // DecoderConfigDescriptor, length in three bytes
  '40 16', // MPEG-4 audio; audio stream, upStream, reserved 0
  '001800 0001f400 0000fa00', // 6144 bytes; 128000 and 64000 bits a second
  '05 02 1210', // DecoderSpecificInfo
  '14 80800129', // profileLevelIndicationIndexDescriptor
  '14 012a', // and another
  '06 8003 00aabb', // SLConfigDescriptor, predefined 0
  '0d 02 0102', // RegistrationDescriptor, too short to be one
  '80 00', // an empty one in the user private range
  'feed', // behind the end
].join('');

function parsed(hex: string): EsDescriptor {
  const { value, fault } = parseEsDescriptor(fromHex(hex));
  assert.equal(fault, undefined);
  assert.ok(value !== undefined);
  return value;
}

describe('an ES_Descriptor', () => {
  it('is read field by field', () => {
    assert.deepEqual(parsed(MEDIA_SERVER[4]!), {
      lengthSize: 4,
      esId: 1,
      streamPriority: 0,
      dependsOnEsId: undefined,
      url: undefined,
      ocrEsId: undefined,
      decoderConfig: {
        lengthSize: 4,
        objectTypeIndication: ObjectTypeIndication.mpeg4Audio,
        streamType: 5,
        upStream: false,
        reserved: 1,
        bufferSizeDb: 0,
        maxBitrate: 0,
        avgBitrate: 0,
        decoderSpecificInfo: { lengthSize: 4, bytes: fromHex('1210') },
        others: [],
      },
      slConfig: { lengthSize: 4, predefined: 2, custom: new Uint8Array(0) },
      others: [],
      trailing: new Uint8Array(0),
    });
  });

  it('is read with all its optional fields, unknown descriptors and lengths of every size', () => {
    assert.deepEqual(parsed(EVERYTHING), {
      lengthSize: 2,
      esId: 258,
      streamPriority: 17,
      dependsOnEsId: 0x304,
      url: fromHex('66743a'),
      ocrEsId: 0x506,
      decoderConfig: {
        lengthSize: 3,
        objectTypeIndication: 0x40,
        streamType: 5,
        upStream: true,
        reserved: 0,
        bufferSizeDb: 6144,
        maxBitrate: 128000,
        avgBitrate: 64000,
        decoderSpecificInfo: { lengthSize: 1, bytes: fromHex('1210') },
        others: [
          { tag: 0x14, lengthSize: 3, payload: fromHex('29') },
          { tag: 0x14, lengthSize: 1, payload: fromHex('2a') },
        ],
      },
      slConfig: { lengthSize: 2, predefined: 0, custom: fromHex('aabb') },
      others: [
        { tag: 0x0d, lengthSize: 1, payload: fromHex('0102') },
        { tag: 0x80, lengthSize: 1, payload: new Uint8Array(0) },
      ],
      trailing: fromHex('feed'),
    });
  });

  for (const hex of [...MEDIA_SERVER, GO_SERVER, EVERYTHING]) {
    it(`is written back byte for byte: ${hex.replaceAll(' ', '')}`, () => {
      assert.equal(toHex(writeEsDescriptor(parsed(hex))), hex.replaceAll(' ', ''));
    });
  }

  it('passes on an SLConfigDescriptor without a byte, and one that stands elsewhere', () => {
    const empty = '031600010004 0d 4015 000000 00000000 00000000 06 00 0600';
    const descriptor = parsed(empty);
    assert.equal(descriptor.slConfig, undefined);
    assert.deepEqual(
      descriptor.others.map(({ tag }) => tag),
      [6, 6],
    );
    assert.equal(toHex(writeEsDescriptor(descriptor)), empty.replaceAll(' ', ''));
  });

  it('may have no configuration of the decoder', () => {
    assert.equal(parsed('031200010004 0d 4015 000000 00000000 00000000').decoderConfig.decoderSpecificInfo, undefined);
  });

  it('takes more bytes for a length that does not fit the number it had', () => {
    const descriptor = withDecoderSpecificInfo(parsed(GO_SERVER), new Uint8Array(200));
    const bytes = writeEsDescriptor(descriptor);
    // 200 = 1·128 + 72; 13 + 3 + 200 = 216; 3 + 3 + 216 + 3 = 225.
    assert.equal(toHex(bytes.subarray(0, 8)), '0381610000000481');
    assert.equal(toHex(bytes.subarray(8, 9)), '58');
    assert.equal(toHex(bytes.subarray(22, 25)), '058148');
    assert.equal(bytes.length, 3 + 225);
  });
});

describe('the configuration in an ES_Descriptor', () => {
  it('is replaced with all lengths right', () => {
    const descriptor = withDecoderSpecificInfo(parsed(MEDIA_SERVER[5]!), fromHex('2b920800'));
    // 0x22 and 0x14 grew by the two bytes more.
    const expected = '038080802400010004808080164015000000000000000000000005808080042b920800068080800102';
    assert.equal(toHex(writeEsDescriptor(descriptor)), expected);
    assert.equal(descriptor.decoderConfig.decoderSpecificInfo?.lengthSize, 4);
  });

  it('is replaced without touching the descriptor it was in', () => {
    const original = parsed(GO_SERVER);
    withDecoderSpecificInfo(original, fromHex('2b920800'));
    assert.equal(toHex(writeEsDescriptor(original)), GO_SERVER);
  });

  it('is put in where there was none, its length written like that of the descriptor around it', () => {
    const descriptor = parsed('038080801500010004 8080800d 4015 000000 00000000 00000000');
    const bytes = writeEsDescriptor(withDecoderSpecificInfo(descriptor, fromHex('1210')));
    assert.equal(toHex(bytes), '038080801c00010004808080144015000000000000000000000005808080021210');
  });
});

describe('a damaged ES_Descriptor', () => {
  it('is refused where it begins with another tag', () => {
    const { value, fault } = parseEsDescriptor(fromHex('0411'), { base: 60 });
    assert.equal(value, undefined);
    assert.deepEqual(fault, { offset: 60, message: 'expected an ES_Descriptor (tag 3), found tag 4' });
  });

  it('is refused where a length has more than four bytes', () => {
    const { fault } = parseEsDescriptor(fromHex('0380808080220001'), { base: 60 });
    assert.equal(fault?.offset, 61);
    assert.match(fault?.message ?? '', /length of at most 4 bytes/);
  });

  it('is refused without a DecoderConfigDescriptor first, at the offset where it should be', () => {
    const { value, fault } = parseEsDescriptor(fromHex('0306000100060102'), { base: 60 });
    assert.equal(value, undefined);
    assert.deepEqual(fault, {
      offset: 65,
      message: 'expected a whole DecoderConfigDescriptor (tag 4) first in the ES_Descriptor',
    });
  });

  it('is refused where the DecoderConfigDescriptor breaks off', () => {
    const { value, fault } = parseEsDescriptor(fromHex('0309000100 04 11 40150000'), { base: 60 });
    assert.equal(value, undefined);
    assert.deepEqual(fault, { offset: 67, message: 'expected 17 more bytes, found 4' });
  });

  it('is refused where the configuration in it claims more than there is', () => {
    const { value, fault } = parseEsDescriptor(fromHex('0316000100 04 11 4015 000000 00000000 00000000 05 09 1210'));
    assert.equal(value, undefined);
    assert.deepEqual(fault, { offset: 22, message: 'expected 9 more bytes, found 2' });
  });

  it('is read up to its DecoderConfigDescriptor where only what follows is torn off', () => {
    const whole = fromHex(MEDIA_SERVER[0]!);
    for (const length of [33, 35, 38]) {
      const { value, fault } = parseEsDescriptor(whole.subarray(0, length), { base: 100 });
      assert.equal(toHex(value!.decoderConfig.decoderSpecificInfo!.bytes), '1188');
      assert.deepEqual(fault, { offset: 100, message: `expected an ES_Descriptor of 34 bytes, found ${length - 5}` });
    }
  });

  it('never throws, and is written back exactly where no fault was found', () => {
    for (const hex of [...MEDIA_SERVER, GO_SERVER, EVERYTHING]) {
      const bytes = fromHex(hex);
      for (const damaged of [...truncations(bytes), ...bitFlips(bytes)]) assertExact(damaged);
    }
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 120 }), (tail) => {
        assertExact(tail);
        assertExact(Uint8Array.of(3, 127, 0, 1, 0, ...fromHex('040d4015000000000000000000000000'), ...tail));
      }),
      { numRuns: 2000 },
    );
  });

  it('is done with a megabyte of empty descriptors, and with one of length bytes, at once', () => {
    const head = fromHex('03ffffff7f00010004 0d 4015000000 0000000000000000');
    for (const byte of [0, 0x80]) {
      const bytes = new Uint8Array(1 << 20).fill(byte);
      bytes.set(head);
      assert.ok(parseEsDescriptor(bytes).fault !== undefined);
    }
  });
});

describe('round trips of ES_Descriptors', () => {
  const lengthSize = fc.integer({ min: 2, max: 4 });
  const bytes = (maxLength: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ maxLength });
  const opaque = plainRecord({ tag: fc.integer({ min: 7, max: 255 }), lengthSize, payload: bytes(40) });
  const descriptor: fc.Arbitrary<EsDescriptor> = plainRecord({
    lengthSize,
    esId: fc.nat(0xffff),
    streamPriority: fc.nat(31),
    dependsOnEsId: fc.option(fc.nat(0xffff), { nil: undefined }),
    url: fc.option(bytes(255), { nil: undefined }),
    ocrEsId: fc.option(fc.nat(0xffff), { nil: undefined }),
    decoderConfig: plainRecord({
      lengthSize,
      objectTypeIndication: fc.nat(255),
      streamType: fc.nat(63),
      upStream: fc.boolean(),
      reserved: fc.nat(1),
      bufferSizeDb: fc.nat(0xffffff),
      maxBitrate: fc.nat(0xffffffff),
      avgBitrate: fc.nat(0xffffffff),
      decoderSpecificInfo: fc.option(plainRecord({ lengthSize, bytes: bytes(300) }), { nil: undefined }),
      others: fc.array(opaque, { maxLength: 3 }),
    }),
    slConfig: fc.option(plainRecord({ lengthSize, predefined: fc.nat(255), custom: bytes(20) }), { nil: undefined }),
    others: fc.array(opaque, { maxLength: 3 }),
    trailing: bytes(5),
  });

  it('give back every descriptor that was written', () => {
    fc.assert(
      fc.property(descriptor, (value) => {
        assert.deepEqual(parseEsDescriptor(writeEsDescriptor(value)), { value, fault: undefined });
      }),
    );
  });

  it('are refused a URL that is too long to be counted', () => {
    assert.throws(() => writeEsDescriptor({ ...parsed(GO_SERVER), url: new Uint8Array(256) }), RangeError);
  });
});

function assertExact(bytes: Uint8Array): void {
  const { value, fault } = parseEsDescriptor(bytes);
  if (value === undefined) assert.ok(fault !== undefined);
  else if (fault === undefined) assert.deepEqual(writeEsDescriptor(value), bytes);
}
