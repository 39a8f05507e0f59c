import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { firstElement, guessChannels, SyntaxElement } from '../../../src/codecs/aac/first-element.ts';
import { copyStagingCase, stagingCases, stagingFixtures } from '../../support/fixtures.ts';
import { scratchDirectory } from '../../support/scratch.ts';
import { trackSamples } from '../../support/truth.ts';
import { fromBits, truncations } from '../hex.ts';

const { singleChannel, channelPair, couplingChannel, lowFrequencyEffects, end } = SyntaxElement;

/** Bits of the elements as ISO/IEC 14496-3 lays them out (Tables 4.3, 4.10, 4.11). */
const fill = (bytes: number): string =>
  `110 ${bytes < 15 ? bytes.toString(2).padStart(4, '0') : `1111 ${(bytes - 14).toString(2).padStart(8, '0')}`} ${'10101010'.repeat(bytes)}`;
const data = (bytes: number): string =>
  `100 0011 0 ${bytes < 255 ? bytes.toString(2).padStart(8, '0') : `11111111 ${(bytes - 255).toString(2).padStart(8, '0')}`} ${'01010101'.repeat(bytes)}`;

// A program_config_element with one front single channel, one front pair, one back pair and one LFE: 5.1.
const surround = '101 0000 01 0011 0010 0000 0001 01 000 0000 0 0 0 0 0000 1 0000 1 0001 0000';

function idOf(bits: string): number | undefined {
  return firstElement(fromBits(`${bits} ${'0'.repeat(64)}`))?.id;
}

describe('the first syntax element of an AAC access unit', () => {
  it('is named by its first three bits', () => {
    assert.equal(idOf('000 0000'), singleChannel);
    assert.equal(idOf('001 0000'), channelPair);
    assert.equal(idOf('010 0000'), couplingChannel);
    assert.equal(idOf('011 0000'), lowFrequencyEffects);
    assert.equal(idOf('111'), end);
    assert.equal(idOf(surround), SyntaxElement.programConfig);
  });

  it('is looked for behind fill and data stream elements of every length', () => {
    const fills = [0, 1, 13, 14, 15, 16, 269].map(fill);
    const dataStreams = [0, 1, 254, 255, 256, 510].map(data);
    for (const bits of [...fills, ...dataStreams]) assert.equal(idOf(`${bits} 001`), channelPair, bits);
    // Aligned data begins with the next byte: 16 bits are read then.
    assert.equal(idOf(`100 0000 1 00000001 01010101 001`), channelPair);
    // Aligned behind a fill element: 7 + 16 bits are read then, and one is passed over.
    assert.equal(idOf(`${fill(0)} 100 0000 1 00000001 0 01010101 001`), channelPair);
    assert.equal(idOf(`${fill(3)} ${data(2)} ${fill(20)} 000`), singleChannel);
  });

  it('is unknown where the bytes end before it', () => {
    for (const bytes of truncations(fromBits(fill(20)))) assert.equal(firstElement(bytes), undefined);
    for (const bytes of truncations(fromBits(data(300)))) assert.equal(firstElement(bytes), undefined);
  });

  it('tells nothing, and does no harm, in bytes of any kind', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 700 }), (bytes) => {
        const channels = guessChannels(firstElement(bytes));
        assert.ok(channels === undefined || channels > 0);
      }),
    );
  });
});

describe('the channels guessed from it', () => {
  const guess = (bits: string): number | undefined =>
    guessChannels(firstElement(fromBits(`${bits} ${'0'.repeat(64)}`)));

  it('are one of a single channel, two of a pair, none of anything else', () => {
    assert.deepEqual(['000', '001', '010', '011', '111'].map(guess), [1, 2, undefined, undefined, undefined]);
    assert.equal(guessChannels(undefined), undefined);
  });

  it('are those that a program_config_element lists, where all of it is there', () => {
    assert.equal(guess(surround), 6);
    const cut = truncations(fromBits(surround));
    assert.ok(cut.every((bytes) => guessChannels(firstElement(bytes)) === undefined));
  });

  it('are those of the stream in every sound of the recordings, but that 5.1 passes for mono', (t) => {
    // In the two bytes that the recorder keeps: 5 bits object type, 4 bits frequency, 4 bits channelConfiguration.
    const channelConfiguration = (esDescriptor: string): number => {
      const specificConfig = esDescriptor.split('0580808002')[1]?.slice(0, 4) ?? '';
      return (Number.parseInt(specificConfig, 16) >>> 3) & 15;
    };
    const guessed = new Map<number, Set<number | undefined>>();
    let sounds = 0;
    for (const name of stagingCases('clean')) {
      const directory = scratchDirectory(t);
      copyStagingCase('clean', name, directory);
      for (const { base, truth } of stagingFixtures('clean', name)) {
        if (truth.config.audio === '') continue;
        const media = readFileSync(join(directory, `${base}.mdat`));
        const guesses = guessed.get(channelConfiguration(truth.config.audio)) ?? new Set();
        guessed.set(channelConfiguration(truth.config.audio), guesses);
        for (const { offset, size } of trackSamples(truth, 'audio')) {
          // The first bytes are enough, but for ffmpeg's first frame, which begins with the encoder's name.
          guesses.add(guessChannels(firstElement(media.subarray(offset, offset + Math.min(size, 64)))));
          sounds++;
        }
      }
    }
    assert.ok(sounds > 8000, `${sounds}`);
    assert.deepEqual([...guessed.keys()].sort(), [1, 2, 6]);
    assert.deepEqual([...(guessed.get(1) ?? [])], [1]);
    assert.deepEqual([...(guessed.get(2) ?? [])], [2]);
    assert.deepEqual([...(guessed.get(6) ?? [])], [1]);
  });
});
