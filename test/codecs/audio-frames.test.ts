/** Frames of audio codecs that say their own length: chained from the first to the last byte of what ffmpeg makes. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { audioSpecificConfigOf, parseAdtsHeader } from '../../src/codecs/aac/adts-header.ts';
import { parseAudioSpecificConfig } from '../../src/codecs/aac/audio-specific-config.ts';
import { parseAc3Specific, writeAc3Specific } from '../../src/codecs/ac3/ac3-specific.ts';
import { parseEac3Specific, writeEac3Specific } from '../../src/codecs/ac3/eac3-specific.ts';
import { parseSyncFrame } from '../../src/codecs/ac3/sync-frame.ts';
import { isSameStream, parseMpegAudioFrameHeader } from '../../src/codecs/mpeg-audio/frame-header.ts';
import { opusPacketDuration, parseOpusPacket } from '../../src/codecs/opus/packet.ts';
import { needs, probePackets } from '../support/judges.ts';
import { boxPayload } from './boxes.ts';
import { bytesOf, encode, TONES } from './encoded.ts';
import { fromHex, toHex, truncations } from './hex.ts';

describe('MPEG audio', () => {
  const bare = ['-id3v2_version', '0', '-write_xing', '0'];
  const variants: readonly (readonly [string, ...string[]])[] = [
    ['sound.mp3', '-c:a', 'libmp3lame', ...bare],
    ['sound.mp3', '-c:a', 'libmp3lame', '-ar', '44100', '-q:a', '4', ...bare],
    ['sound.mp3', '-c:a', 'libmp3lame', '-ar', '22050', '-ac', '1', ...bare],
    ['sound.mp3', '-c:a', 'libmp3lame', '-ar', '8000', ...bare],
    ['sound.mp2', '-c:a', 'mp2', '-ar', '32000'],
    ['sound.mp2', '-c:a', 'mp2', '-ar', '22050', '-ac', '1'],
  ];
  for (const [name, ...options] of variants) {
    it(`is a chain of frames to the last byte: ${options.join(' ')}`, needs('ffmpeg', 'ffprobe'), async (test) => {
      const file = await encode(test, name, [...TONES, ...options]);
      const bytes = bytesOf(file);
      const packets = await probePackets(file, { asStored: false });
      const sizes: number[] = [];
      const first = parseMpegAudioFrameHeader(bytes)!;
      for (let at = 0; at < bytes.length;) {
        const header = parseMpegAudioFrameHeader(bytes, at);
        assert.ok(header !== undefined && isSameStream(first, header), `a frame at ${at}`);
        sizes.push(header.frameLength);
        at += header.frameLength;
      }
      assert.deepEqual(
        sizes,
        packets.map(({ size }) => size),
      );
      // ffmpeg counts 1/14112000 s.
      const ticks = (first.samplesPerFrame * 14112000) / first.sampleRate;
      assert.equal(packets[0]?.durationTicks, Math.round(ticks));
    });
  }

  it('of layer I counts in slots of four bytes', () => {
    // MPEG-1, layer I, no CRC; 384 kbit/s, 44.1 kHz, padding; single channel (11172-3, 2.4.3.1).
    assert.deepEqual(parseMpegAudioFrameHeader(fromHex('ffffc2c0')), {
      ...{ version: 1, layer: 1, hasCrc: false, bitRate: 384, sampleRate: 44100, hasPadding: true, channelMode: 3 },
      ...{ modeExtension: 0, channels: 1, samplesPerFrame: 384, frameLength: 420 },
    });
  });

  it('knows reserved values for what they are', () => {
    for (const hex of ['ffeb9000', 'fff99000', 'fffbf000', 'fffb9c00', 'fe fb9000', 'fffb90']) {
      assert.equal(parseMpegAudioFrameHeader(fromHex(hex)), undefined, hex);
    }
    assert.equal(parseMpegAudioFrameHeader(fromHex('fffb0000'))?.frameLength, 0, 'free format');
  });
});

describe('AC-3 and E-AC-3', () => {
  const variants: readonly (readonly ['ac3' | 'eac3', ...string[]])[] = [
    ['ac3', '-b:a', '96k'],
    ['ac3', '-ar', '44100', '-b:a', '192k'],
    ['ac3', '-ar', '32000', '-ac', '1', '-b:a', '64k'],
    ['ac3', '-af', 'aformat=channel_layouts=5.1', '-b:a', '448k'],
    ['eac3', '-b:a', '96k'],
    ['eac3', '-ar', '44100', '-af', 'aformat=channel_layouts=5.1', '-b:a', '300k'],
  ];
  for (const [codec, ...options] of variants) {
    it(
      `are chains of frames to the last byte: ${codec} ${options.join(' ')}`,
      needs('ffmpeg', 'ffprobe'),
      async (test) => {
        const file = await encode(test, `sound.${codec}`, [...TONES, '-c:a', codec, ...options]);
        const bytes = bytesOf(file);
        const sizes: number[] = [];
        for (let at = 0; at < bytes.length;) {
          const { value, fault } = parseSyncFrame(bytes.subarray(at), { base: at });
          assert.equal(fault, undefined);
          assert.equal(value?.codec, codec);
          sizes.push(value.frameLength);
          at += value.frameLength;
        }
        assert.deepEqual(
          sizes,
          (await probePackets(file, { asStored: false })).map(({ size }) => size),
        );
        // The boxes that ffmpeg makes of the same stream.
        const mp4 = bytesOf(await encode(test, 'sound.mp4', ['-i', file, '-c', 'copy']));
        const frame = parseSyncFrame(bytes).value!;
        if (frame.codec === 'ac3') {
          const box = boxPayload(mp4, 'dac3');
          assert.equal(toHex(writeAc3Specific(parseAc3Specific(box).value!)), toHex(box));
          const { fscod, bsid, bsmod, acmod, lfeon } = frame;
          assert.deepEqual(
            { ...parseAc3Specific(box).value, fscod, bsid, bsmod, acmod, lfeon },
            parseAc3Specific(box).value,
          );
          assert.equal(parseAc3Specific(box).value!.bitRateCode, frame.frmsizecod >>> 1);
        } else {
          const box = boxPayload(mp4, 'dec3');
          assert.equal(toHex(writeEac3Specific(parseEac3Specific(box).value!)), toHex(box));
          const { fscod, bsid, bsmod, acmod, lfeon } = frame;
          const [substream] = parseEac3Specific(box).value!.substreams;
          assert.deepEqual({ ...substream, fscod, bsid, bsmod, acmod, lfeon }, substream);
        }
      },
    );
  }

  it('are refused where a field has a reserved value, or the head breaks off', () => {
    const head = fromHex('0b77 0000 14 40 43'); // fscod 0, frmsizecod 20, bsid 8, acmod 2
    assert.equal(parseSyncFrame(head).value?.frameLength, 768);
    for (const cut of truncations(head)) assert.equal(parseSyncFrame(cut).value, undefined);
    assert.match(parseSyncFrame(fromHex('0b77 0000 d4 40 43')).fault!.message, /fscod/);
    assert.match(parseSyncFrame(fromHex('0b77 0000 26 40 43')).fault!.message, /frmsizecod/);
    assert.match(parseSyncFrame(fromHex('0b77 0000 14 88 43')).fault!.message, /bsid/);
  });
});

describe('ADTS', () => {
  it('is a chain of frames that say what the AudioSpecificConfig says', needs('ffmpeg', 'ffprobe'), async (test) => {
    for (const options of [[], ['-ar', '44100', '-ac', '1'], ['-af', 'aformat=channel_layouts=5.1']]) {
      const file = await encode(test, 'sound.aac', [...TONES, '-c:a', 'aac', ...options]);
      const bytes = bytesOf(file);
      let count = 0;
      for (let at = 0; at < bytes.length; count++) {
        const { value, fault } = parseAdtsHeader(bytes.subarray(at), { base: at });
        assert.equal(fault, undefined);
        assert.equal(value!.headerLength, 7);
        at += value!.frameLength;
      }
      assert.equal(count, (await probePackets(file, { asStored: false })).length);
      const mp4 = bytesOf(await encode(test, 'sound.mp4', ['-i', file, '-c', 'copy']));
      const made = audioSpecificConfigOf(parseAdtsHeader(bytes).value!);
      const at = Buffer.from(mp4).indexOf(Buffer.from([0x05, 0x80, 0x80, 0x80]), mp4.indexOf(0x65));
      assert.equal(toHex(mp4.subarray(at + 5, at + 7)), toHex(made));
      assert.equal(parseAudioSpecificConfig(made).fault, undefined);
    }
  });

  it('is refused where it cannot be', () => {
    // id 0, no CRC; LC, 44.1 kHz, 2 channels; length 300, fullness 2047, one block
    const header = fromHex('fff1 50 80 259f fc');
    assert.equal(parseAdtsHeader(header).value?.frameLength, 300);
    for (const cut of truncations(header)) assert.equal(parseAdtsHeader(cut).value, undefined);
    assert.match(parseAdtsHeader(fromHex('fff150800080fc')).fault!.message, /frame_length/);
    assert.match(parseAdtsHeader(fromHex('fff174802580fc')).fault!.message, /sampling frequency/);
    assert.match(parseAdtsHeader(fromHex('fff350802580fc')).fault!.message, /layer/);
  });
});

describe('the Opus packet', () => {
  for (const duration of ['2.5', '5', '10', '20', '40', '60', '120']) {
    it(`of ${duration} ms lasts as long as ffprobe says`, needs('ffmpeg', 'ffprobe'), async (test) => {
      const options = ['-c:a', 'libopus', '-frame_duration', duration, '-b:a', '48k'];
      const file = await encode(test, 'sound.mp4', [...TONES, ...options]);
      const bytes = bytesOf(file);
      const packets = (await probePackets(file, { asStored: true })).slice(0, -1);
      assert.ok(packets.length > 0);
      for (const { offset, size, durationTicks } of packets) {
        const packet = parseOpusPacket(bytes.subarray(offset!, offset! + size));
        assert.ok('duration' in packet);
        assert.equal(packet.duration, durationTicks);
        assert.equal(opusPacketDuration(bytes.subarray(offset!, offset! + 2)), durationTicks);
      }
    });
  }

  it('is packed in four ways (RFC 6716, 3.2)', () => {
    const sizes = (hex: string) => {
      const packet = parseOpusPacket(fromHex(hex));
      return 'frameSizes' in packet ? [packet.frameSizes, packet.padding] : packet.message;
    };
    assert.deepEqual(sizes('f8 aabb'), [[2], 0]);
    assert.deepEqual(sizes('f9 aabb'), [[1, 1], 0]);
    assert.match(String(sizes('f9 aabbcc')), /fill the packet/);
    assert.deepEqual(sizes('fa 01 aabbcc'), [[1, 2], 0]);
    assert.match(String(sizes('fa 04 aabbcc')), /fill the packet/);
    assert.deepEqual(sizes('fb 03 aabbcc'), [[1, 1, 1], 0]);
    assert.deepEqual(sizes('fb c2 01 01 aabb 00'), [[1, 2 - 1], 1]);
    assert.match(String(sizes('fb 00')), /fill the packet/);
    assert.match(String(sizes('1b 03 aabbcc')), /120 ms/);
    assert.equal(opusPacketDuration(fromHex('fb07')), undefined);
    assert.equal(opusPacketDuration(fromHex('fb06')), 5760);
    assert.equal(opusPacketDuration(new Uint8Array(0)), undefined);
  });
});

describe('frames of arbitrary bytes', () => {
  it('are values or faults, and claim no length that ends before it begins', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const header = parseMpegAudioFrameHeader(bytes);
        assert.ok(header === undefined || header.frameLength === 0 || header.frameLength > 4);
        const { value } = parseSyncFrame(Uint8Array.from([0x0b, 0x77, ...bytes]));
        assert.ok(value === undefined || (value.frameLength > 0 && value.sampleRate > 0));
        const adts = parseAdtsHeader(Uint8Array.from([0xff, 0xf1, ...bytes])).value;
        assert.ok(adts === undefined || adts.frameLength >= 7);
        const packet = parseOpusPacket(bytes);
        if ('duration' in packet) assert.equal(packet.duration, opusPacketDuration(bytes));
      }),
      { numRuns: 3000 },
    );
  });
});
