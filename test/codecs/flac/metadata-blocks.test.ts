import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { parseFlacConfiguration, writeFlacMetadataBlocks } from '../../../src/codecs/flac/metadata-blocks.ts';
import { needs, probe } from '../../support/judges.ts';
import { boxPayload } from '../boxes.ts';
import { bytesOf, encode, TONES } from '../encoded.ts';
import { fromHex, toHex, truncations } from '../hex.ts';

const streamInfo = [
  '00 000022', // block type 0, 34 bytes
  '0480 1200', // smallest and largest block: 1152, 4608
  '00000e 002345', // smallest and largest frame
  '0bb80 2f0 00000000', // 48000 Hz, 2 channels, 16 bits, no number of samples: 20 + 3 + 5 + 36 bits
  '000102030405060708090a0b0c0d0e0f', // MD5
].join('');
const comment = '84 000003 616263';

describe('the metadata blocks of a FLAC stream', () => {
  it('are read field by field', () => {
    const bytes = fromHex(`${streamInfo}${comment}`);
    const { value, fault } = parseFlacConfiguration(bytes);
    assert.equal(fault, undefined);
    assert.deepEqual(value?.streamInfo, {
      minBlockSize: 1152,
      maxBlockSize: 4608,
      minFrameSize: 14,
      maxFrameSize: 0x2345,
      sampleRate: 48000,
      channels: 2,
      bitsPerSample: 16,
      totalSamples: 0,
      md5: fromHex('000102030405060708090a0b0c0d0e0f'),
    });
    assert.deepEqual(
      value?.blocks.map(({ blockType, data }) => [blockType, data.length]),
      [
        [0, 34],
        [4, 3],
      ],
    );
    assert.equal(toHex(writeFlacMetadataBlocks(value!)), toHex(bytes));
    for (const cut of truncations(bytes.subarray(0, 38))) assert.equal(parseFlacConfiguration(cut).value, undefined);
  });

  it('are the same in the MP4 and in the FLAC file that ffmpeg makes', needs('ffmpeg', 'ffprobe'), async (test) => {
    const codec = [...TONES, '-c:a', 'flac', '-sample_fmt', 's32', '-bits_per_raw_sample', '24'];
    const mp4 = await encode(test, 'sound.mp4', codec);
    const flac = await encode(test, 'sound.flac', codec);
    const box = boxPayload(bytesOf(mp4), 'dfLa').subarray(4);
    const ofBox = parseFlacConfiguration(box).value!;
    const ofFile = parseFlacConfiguration(bytesOf(flac)).value!;
    assert.equal(toHex(writeFlacMetadataBlocks(ofBox)), toHex(box));
    const [judged] = (await probe(flac)).streams;
    assert.equal(String(ofFile.streamInfo.sampleRate), judged?.sample_rate);
    assert.equal(ofFile.streamInfo.channels, judged?.channels);
    assert.equal(String(ofFile.streamInfo.bitsPerSample), judged?.['bits_per_raw_sample']);
    assert.equal(ofFile.streamInfo.totalSamples, 48000);
    assert.equal(ofBox.streamInfo.maxBlockSize, ofFile.streamInfo.maxBlockSize);
  });

  it('of arbitrary bytes are a value or a fault, and come back as they were', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (rest) => {
        const bytes = Uint8Array.from([0, 0, 0, 34, ...rest]);
        const { value } = parseFlacConfiguration(bytes);
        if (value === undefined) return;
        const written = writeFlacMetadataBlocks(value);
        assert.equal(toHex(written), toHex(bytes.subarray(0, written.length)));
      }),
    );
  });
});
