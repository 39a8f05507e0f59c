import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import fc from 'fast-check';
import {
  channelCount,
  codecString,
  outputSamplingRate,
  parseAudioSpecificConfig,
  type AudioSpecificConfig,
} from '../../../src/codecs/aac/audio-specific-config.ts';
import { withImplicitExtension } from '../../../src/codecs/aac/implicit-extension.ts';
import { replicationBands } from '../../../src/codecs/aac/replication-bands.ts';
import { needs, runJudge } from '../../support/judges.ts';
import { seededRandom } from '../../support/damage.ts';
import { scratchDirectory } from '../../support/scratch.ts';
import type { ReplicationHeader } from '../../../src/codecs/aac/replication-bands.ts';
import { heAacFrame, inAdts, octave } from './he-aac.ts';

/** AAC-LC at 24 kHz: 5 bits object type, 4 bits index, 4 bits channels. */
function config(channels: number): AudioSpecificConfig {
  return parseAudioSpecificConfig(Uint8Array.of(0x13, channels << 3)).value!;
}

const frames = (count: number, ...args: Parameters<typeof heAacFrame>): Uint8Array[] =>
  Array.from({ length: count }, () => heAacFrame(...args));
const shown = (channels: number, accessUnits: readonly Uint8Array[]): readonly unknown[] => {
  const found = withImplicitExtension(config(channels), accessUnits);
  return [codecString(found), outputSamplingRate(found), channelCount(found)];
};
const parametricStereo = { ...octave, extensionId: 2 };
const singleChannel = { ...octave, extensionId: undefined };

describe('HE-AAC that its configuration does not tell of', () => {
  const directory = scratchDirectory({ after });

  it('is seen by spectral band replication in the first frames', () => {
    assert.deepEqual(shown(2, frames(3, 2, 'empty')), ['mp4a.40.5', 48_000, 2]);
    assert.deepEqual(shown(1, frames(3, 1, singleChannel)), ['mp4a.40.5', 48_000, 1]);
  });

  it('makes stereo of one channel where there is parametric stereo, and there alone', () => {
    assert.deepEqual(shown(1, frames(3, 1, parametricStereo)), ['mp4a.40.29', 48_000, 2]);
    assert.deepEqual(shown(1, frames(3, 1, { ...octave, extensionId: 1 })), ['mp4a.40.5', 48_000, 1]);
    // Before the first header nothing can be read, and a recording begins anywhere.
    const late = [...frames(20, 1, 'empty'), ...frames(1, 1, parametricStereo)];
    assert.deepEqual(shown(1, late), ['mp4a.40.29', 48_000, 2]);
  });

  it('is none where the frames have none, where some of the first have none, and where it belongs to no channel', () => {
    const plain = ['mp4a.40.2', 24_000, 2];
    assert.deepEqual(shown(2, frames(20, 2, undefined)), plain);
    assert.deepEqual(shown(2, [...frames(1, 2, undefined), ...frames(20, 2, 'empty')]), plain);
    assert.deepEqual(shown(2, [...frames(2, 2, 'empty'), ...frames(20, 2, undefined)]), plain);
    assert.deepEqual(shown(2, frames(3, 2, 'empty', 'before')), plain);
    assert.deepEqual(shown(2, []), plain);
    assert.deepEqual(shown(2, [Uint8Array.of(0x21, 0x19)]), plain);
  });

  it('leaves what a configuration says of its own', () => {
    // The sync word 0x2b7, object type 5, sbrPresentFlag 0 (1.6.6.1): there is none, whatever is in the frames.
    const says = parseAudioSpecificConfig(Uint8Array.of(0x13, 0x10, 0x56, 0xe5, 0x00)).value!;
    assert.equal(says.extension?.signalling, 'backwardCompatible');
    assert.equal(withImplicitExtension(says, frames(3, 2, 'empty')), says);
  });

  it('is looked for in any bytes without harm', () => {
    const bytes = fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 4 });
    const damaged = fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })).map(([place, value]) => {
      const frame = heAacFrame(1, parametricStereo);
      frame[place % frame.length] = value;
      return [frame];
    });
    const check = (units: readonly Uint8Array[]): void => {
      for (const channels of [1, 2]) assert.ok(outputSamplingRate(withImplicitExtension(config(channels), units)) > 0);
    };
    fc.assert(fc.property(fc.oneof(bytes, damaged), check), { seed: 1, numRuns: 300 });
  });

  it('is followed to its end as a decoder does, with any header', needs('ffmpeg'), async () => {
    const random = seededRandom(7);
    for (const [rate, index] of [
      [11_025, 10],
      [16_000, 8],
      [24_000, 6],
    ] as const) {
      // Before a header there is nothing to read: so what looks at the first frame only says nothing.
      const made = [heAacFrame(1, 'empty')];
      while (made.length <= 40) {
        const header: ReplicationHeader = {
          ampRes: random.below(2) === 1,
          startFreq: random.below(16),
          stopFreq: random.below(16),
          xoverBand: random.below(8),
          freqScale: random.below(4),
          alterScale: random.below(2) === 1,
          noiseBands: random.below(4),
        };
        const bands = replicationBands(header, 2 * rate);
        if (bands === undefined) continue;
        // An id that is reserved: a decoder says so where it finds it, and only where all before it was as long as here.
        made.push(heAacFrame(1, { header, bands: { low: bands.envelope[0], noise: bands.noise }, extensionId: 1 }));
      }
      const path = join(directory, `${rate}.aac`);
      writeFileSync(path, inAdts(made, index, 1));
      const args = ['-nostdin', '-hide_banner', '-v', 'repeat+warning', '-f', 'aac', '-i', path, '-f', 'null', '-'];
      const { stderr } = await runJudge('ffmpeg', args);
      assert.equal(stderr.match(/Reserved SBR extensions/g)?.length, made.length - 1, stderr.slice(0, 2000));
    }
  });
});
