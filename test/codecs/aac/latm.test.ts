import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { accessUnitOfLatm, parseLatm } from '../../../src/codecs/aac/latm.ts';
import { fromBits } from '../hex.ts';

const accessUnit = Uint8Array.of(0x01, 0x64, 0x00, 0x07);

const inBits = (value: number, length: number): string => value.toString(2).padStart(length, '0');

/** An AudioSyncStream element with StreamMuxConfig() and one access unit (ISO/IEC 14496-3, Tables 1.32, 1.41 and 1.42). */
function element(mux: string): Uint8Array {
  const payload = [...accessUnit].map((byte) => inBits(byte, 8)).join('');
  const content = `${mux}${inBits(accessUnit.length, 8)}${payload}`;
  const length = Math.ceil(content.length / 8);
  return fromBits(`${inBits(0x2b7, 11)}${inBits(length, 13)}${content.padEnd(8 * length, '0')}`);
}

/** One program of one layer, all of the same time: allStreamsSameTimeFraming, numSubFrames, numProgram, numLayer. */
const single = '1 000000 0000 000';
/** frameLengthType 0, latmBufferFullness. */
const framing = '000 11111111';
/** AAC-LC, 22,050 Hz, one channel, frames of 1024 samples. */
const lowComplexity = '00010 0111 0001 000';
/** HE-AAC over it, 44,100 Hz, said first. */
const hierarchical = '00101 0111 0001 0100 00010 000';
/** And said last: the sync word 0x2b7, object type 5, sbrPresentFlag, 44,100 Hz. */
const backwardCompatible = `${lowComplexity} 01010110111 00101 1 0100`;

const latm = (text: string): Uint8Array => element(text.replaceAll(' ', ''));
const bitsOf = (text: string): number => text.replaceAll(' ', '').length;

describe('an element of LATM', () => {
  const cases = [
    ['of AAC-LC', `0 0 ${single} ${lowComplexity} ${framing} 0 0`],
    ['of HE-AAC', `0 0 ${single} ${hierarchical} ${framing} 0 0`],
    ['with other data', `0 0 ${single} ${lowComplexity} ${framing} 1 1 00000001 0 00000000 0`],
    ['with a checksum', `0 0 ${single} ${lowComplexity} ${framing} 0 1 10101010`],
    // audioMuxVersion 1: taraBufferFullness, and how long the configuration is.
    [
      'of version 1',
      `0 1 0 00 11111111 ${single} 00 ${inBits(bitsOf(backwardCompatible), 8)} ${backwardCompatible} ${framing} 1 00 00000000 0`,
    ],
  ] as const;
  for (const [name, mux] of cases) {
    it(`${name} gives its access unit, and lasts as long as the core says`, () => {
      const bytes = latm(mux);
      const frame = parseLatm(bytes)!;
      // What band replication adds is more samples in the same time: 1024 of 22,050 Hz are 2048 of 44,100.
      assert.equal(frame.samples / frame.rate, 1024 / 22_050);
      assert.equal(frame.length, bytes.length);
      assert.deepEqual(accessUnitOfLatm(bytes), accessUnit);
    });
  }

  it('that says nothing new gives its access unit too', () => {
    assert.deepEqual(accessUnitOfLatm(latm('1')), accessUnit);
  });

  it('with several programs, or cut off, gives none', () => {
    assert.equal(accessUnitOfLatm(latm(`0 0 1 000000 0001 000 ${lowComplexity} ${framing} 0 0`)), undefined);
    assert.equal(accessUnitOfLatm(latm('1').subarray(0, 6)), undefined);
  });
});
