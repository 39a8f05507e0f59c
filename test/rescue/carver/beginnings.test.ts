/**
 * Media without an index that begins anywhere in a stream, as most recordings do: how much later than they are decoded its
 * pictures are shown follows from their order, from the first one on. What cannot be known is how many of the pictures
 * just before the first key frame were to be shown between those that are there.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { carve } from '../../../src/rescue/carver/carver.ts';
import { atOnce } from '../../../src/io/pace.ts';
import { joinTracks } from '../../../src/rescue/carver/joined-tracks.ts';
import { aacStream, h264Stream } from '../../../src/rescue/carver/streams.ts';
import { parseAudioSpecificConfig } from '../../../src/codecs/aac/audio-specific-config.ts';
import { parseAvcDecoderConfiguration } from '../../../src/codecs/h264/decoder-configuration.ts';
import { aacConfigurationOf, avcConfigurationOf } from '../../../src/media/configurations.ts';
import { memorySource } from '../../mp4/memory-source.ts';
import { copyStagingCase, stagingFixtures } from '../../support/fixtures.ts';
import { scratchDirectory } from '../../support/scratch.ts';
import type { Truth, TruthSample } from '../../support/truth.ts';

/** Composition offsets in milliseconds of the pictures carved from media of which nothing but its codecs is known. */
async function carvedOffsets(bytes: Uint8Array, offset: number, length: number, { config }: Truth): Promise<number[]> {
  const specific = new Uint8Array(Buffer.from(config.audio, 'hex'));
  const video = avcConfigurationOf(parseAvcDecoderConfiguration(Buffer.from(config.video, 'hex')).value!);
  const audio = aacConfigurationOf(specific, parseAudioSpecificConfig(specific).value!);
  const streams = [
    h264Stream(video, { id: 2, timescale: 1000, known: undefined }, undefined),
    aacStream(audio, { id: 1, timescale: undefined, known: undefined })!,
  ];
  const syntaxes = streams.map(({ syntax }) => syntax);
  const carving = await carve(memorySource(bytes), [{ offset, length, mayBeTorn: false }], syntaxes);
  const tracks = atOnce(
    joinTracks(
      carving,
      streams.map(({ stream }) => stream),
    ),
  );
  const { samples } = tracks.find(({ track }) => track.kind === 'video')!.track;
  return Array.from({ length: samples.length }, (_, n) => samples.compositionOffset(n));
}

/** Beginnings are so many samples apart: a number that meets every place in a group of pictures. */
const apart = 7;
/** Samples of a second or so, and of five. */
const lengths = [60, 300];

for (const name of ['b-12.30s', 'k-60fps-bframes-09.60s']) {
  test(`${name}: wherever it begins, composition offsets are the recorded ones`, async (t) => {
    const folder = scratchDirectory(t);
    copyStagingCase('crashed', name, folder);
    const { base, truth } = stagingFixtures('crashed', name)[0]!;
    const bytes = new Uint8Array(readFileSync(join(folder, `${base}.mdat`)));
    const { samples } = truth;
    let [pictures, wrong] = [0, 0];
    for (let first = 0; first + Math.max(...lengths) < samples.length; first += apart) {
      for (const length of lengths) {
        const begin = samples[first]!.offset;
        const found = await carvedOffsets(bytes, begin, samples[first + length]!.offset - begin, truth);
        const recorded = samples.slice(first, first + length).filter(({ track }) => track === 'video');
        assert.equal(found.length, recorded.length);
        const off = recorded.map(({ ctsTicks }: TruthSample, n) => Math.abs(found[n]! - ctsTicks) > 1.01);
        const last = off.lastIndexOf(true);
        const nextSync = recorded.findIndex(({ sync }) => sync);
        assert.ok(last < nextSync || last < 0, `picture ${last} of those from sample ${first} on is off`);
        pictures += off.length;
        wrong += off.filter(Boolean).length;
      }
    }
    t.diagnostic(`${wrong} of ${pictures} pictures off`);
    assert.ok(wrong <= 0.005 * pictures);
  });
}
