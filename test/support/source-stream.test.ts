import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { copyStagingCase, stagingFixtures } from './fixtures.ts';
import { decode, needs, probe, probePackets, type DecodeReport } from './judges.ts';
import { scratchDirectory, type Lifetime } from './scratch.ts';
import { writeSourceStream } from './source-stream.ts';

/** Takes the pictures of a clean case out of its staging set. */
function sourceStream(t: Lifetime, name: string): string {
  const directory = scratchDirectory(t);
  copyStagingCase('clean', name, directory);
  const [fixture] = stagingFixtures('clean', name);
  assert.ok(fixture);
  const output = join(directory, 'source.h264');
  writeSourceStream(fixture.truth, join(directory, `${fixture.base}.mdat`), output);
  return output;
}

async function decodeSource(t: Lifetime, name: string): Promise<DecodeReport> {
  return decode(sourceStream(t, name));
}

test(
  'the pictures of a staging set are a stream that ffprobe reads without its container',
  needs('ffprobe'),
  async (t) => {
    const file = sourceStream(t, 'winqt');
    const { streams } = await probe(file);
    assert.deepEqual([streams[0]?.codec_name, streams[0]?.width, streams[0]?.height], ['h264', 320, 240]);
    assert.equal((await probePackets(file, { asStored: false })).length, 375);
  },
);

test('a recording that began with a key frame decodes without a word', needs('ffmpeg'), async (t) => {
  assert.deepEqual((await decodeSource(t, 'winqt')).complaints, []);
});

test(
  'what a recording lacks of the pictures before it, its own stream makes ffmpeg complain of',
  needs('ffmpeg'),
  async (t) => {
    const { complaints } = await decodeSource(t, 'ts-ingest');
    assert.ok(
      complaints.some((line) => line.includes('co located POCs unavailable')),
      complaints.join('\n'),
    );
  },
);
