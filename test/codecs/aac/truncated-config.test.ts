import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  channelCount,
  outputSamplingRate,
  parseAudioSpecificConfig,
} from '../../../src/codecs/aac/audio-specific-config.ts';
import { completeTruncated } from '../../../src/codecs/aac/truncated-config.ts';
import { fromBits, fromHex, toHex } from '../hex.ts';

/** ISO/IEC 14496-3, Table 1.18, typed from the standard. */
const FREQUENCIES = [96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350];

function bits(value: number, length: number): string {
  return value.toString(2).padStart(length, '0');
}

function lostReason(hex: string): string {
  const completion = completeTruncated(fromHex(hex));
  assert.equal(completion.outcome, 'lost');
  return completion.outcome === 'lost' ? completion.reason : '';
}

describe('an AudioSpecificConfig of which the media server kept two bytes', () => {
  /** The first two bytes that are in the media server's recordings (fixtures ems/clean). */
  for (const hex of ['1188', '1190', '11b0', '1208', '1210', '1388']) {
    it(`is whole for AAC-LC: ${hex}`, () => {
      const completion = completeTruncated(fromHex(hex));
      assert.equal(completion.outcome, 'whole');
      assert.equal(completion.outcome === 'whole' && toHex(completion.bytes), hex);
    });
  }

  /** Announced by the FDK encoder; rate and channels by ffprobe. */
  const announced = [
    ['2b920800', 44100, 2],
    ['eb8a0800', 44100, 2],
    ['2b118800', 48000, 2],
  ] as const;
  for (const [hex, rate, channels] of announced) {
    it(`is rebuilt for HE-AAC with hierarchical signalling: ${hex}`, () => {
      const completion = completeTruncated(fromHex(hex.slice(0, 4)));
      assert.ok(completion.outcome === 'rebuilt');
      assert.equal(toHex(completion.bytes), hex);
      assert.equal(outputSamplingRate(completion.config), rate);
      assert.equal(channelCount(completion.config), channels);
    });
  }

  it('is rebuilt exactly for every pair of frequencies that HE-AAC knows, and every number of channels', () => {
    let pairs = 0;
    for (const [core, coreHertz] of FREQUENCIES.entries()) {
      for (const [extension, extensionHertz] of FREQUENCIES.entries()) {
        if (extensionHertz !== coreHertz && extensionHertz !== 2 * coreHertz) continue;
        pairs++;
        for (const objectType of [5, 29]) {
          for (const channels of [1, 2, 3, 4, 5, 6, 7, 11, 12, 14]) {
            const whole = fromBits(
              [bits(objectType, 5), bits(core, 4), bits(channels, 4), bits(extension, 4), bits(2, 5), '000'].join(' '),
            );
            for (const left of [2, 3]) {
              const completion = completeTruncated(whole.subarray(0, left));
              assert.ok(completion.outcome === 'rebuilt');
              assert.deepEqual(completion.bytes, whole);
              assert.deepEqual(parseAudioSpecificConfig(whole), { value: completion.config, fault: undefined });
            }
            assert.equal(completeTruncated(whole).outcome, 'whole');
          }
        }
      }
    }
    // Thirteen equal ones, and nine doubled: 48, 44.1, 32, 24, 22.05, 16, 12, 11.025, 8 kHz.
    assert.equal(pairs, 13 + 9);
  });

  it('is lost where the sampling frequency was written out', () => {
    assert.match(lostReason('1780'), /sampling frequency was written out/);
    assert.match(lostReason('2f80'), /sampling frequency was written out/);
  });

  it('is lost where the frequency of the extension was written out, or is neither the core’s nor twice that', () => {
    // HE-AAC, 22050 Hz, stereo, 111: index 14 or 15.
    assert.match(lostReason(toHex(fromBits('00101 0111 0010 111'))), /not the sampling frequency of the core or twice/);
    // 000: 96000 or 88200.
    assert.match(lostReason(toHex(fromBits('00101 0111 0010 000'))), /not the sampling frequency of the core or twice/);
  });

  it('is lost where the channels were listed one by one', () => {
    assert.match(lostReason('1180'), /program_config_element/);
    assert.match(lostReason(toHex(fromBits('00101 0111 0000 010'))), /program_config_element/);
  });

  it('is lost where the frequency is reserved', () => {
    assert.match(lostReason(toHex(fromBits('00101 1101 0010 010'))), /found index 13/);
  });

  it('is lost for object types that say more than two bytes hold, or in a way not understood', () => {
    assert.match(lostReason('b990'), /audio object type 23 was configured in more bits/);
    assert.match(lostReason('1212'), /audio object type 2 was configured in more bits/); // dependsOnCoreCoder
    assert.match(lostReason('4210'), /audio object type 8 is configured in a way/); // CELP
    assert.match(lostReason('f8e8'), /expected/); // AAC-ELD: the escape alone takes eleven bits
  });

  it('is lost where not even two bytes are left', () => {
    assert.match(lostReason(''), /no more than 0 of its bytes/);
    assert.match(lostReason('12'), /no more than 1 of its bytes/);
  });

  it('is whole without an extension that broke off', () => {
    const completion = completeTruncated(fromHex('119056e5'));
    assert.ok(completion.outcome === 'whole');
    assert.equal(toHex(completion.bytes), '1190');
    assert.deepEqual(parseAudioSpecificConfig(completion.bytes).value, completion.config);
  });

  it('is completed to something that begins with the two bytes and parses, or is lost: all 65536 of them', () => {
    for (let value = 0; value < 65536; value++) {
      const left = Uint8Array.of(value >>> 8, value & 0xff);
      const completion = completeTruncated(left);
      if (completion.outcome === 'lost') {
        assert.ok(completion.reason.length > 0);
        continue;
      }
      assert.deepEqual(completion.bytes.subarray(0, 2), left);
      assert.deepEqual(parseAudioSpecificConfig(completion.bytes), { value: completion.config, fault: undefined });
    }
  });
});
