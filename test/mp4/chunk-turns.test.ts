/** How recorders put pictures and audio in turn into a file, as a reference tells: by genuine files, against what ffprobe reads. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { FileSource } from '../../src/io/file-source.ts';
import { readMovieReference } from '../../src/mp4/codec-configurations.ts';
import { projectRoot } from '../support/project.ts';
import { needs, probe, probePackets } from '../support/judges.ts';

for (const name of ['coremedia-av-offset', 'android-av-offset']) {
  test(`${name}: runs of samples and their times`, needs('ffprobe'), async () => {
    const file = join(projectRoot, 'test/fixtures/mp4', name, 'reference.mp4');
    const { streams } = await probe(file);
    const packets = await probePackets(file, { asStored: true, hashed: false });
    const begins = streams.map((_, s) => packets.find(({ stream }) => stream === s)!.dtsTicks!);
    const expected: [kind: string, samples: number, start: number][] = [];
    for (const { stream, dtsTicks } of packets.toSorted((a, b) => a.offset! - b.offset!)) {
      const { codec_type: kind, time_base: timeBase } = streams[stream]!;
      const seconds = (dtsTicks! - begins[stream]!) / Number(timeBase.split('/')[1]);
      if (expected.at(-1)?.[0] === kind) expected.at(-1)![1]++;
      else expected.push([kind, 1, seconds]);
    }
    const source = new FileSource(file);
    try {
      const { video, audio } = readMovieReference(source);
      const turns = video!.turns!;
      assert.equal(audio[0]!.turns, turns, 'the turns are those of both');
      const begin = (kind: string): number => turns.find((run) => run.kind === kind)!.startSeconds;
      assert.deepEqual(
        turns.map(({ kind, samples }) => [kind, samples]),
        expected.map(([kind, samples]) => [kind, samples]),
      );
      for (const [n, { kind, startSeconds }] of turns.entries()) {
        const off = startSeconds - begin(kind) - expected[n]![2];
        assert.ok(Math.abs(off) < 0.001, `run ${n}, of ${kind}: ${off} s off`);
      }
      assert.equal(begin('video'), video!.startSeconds);
      assert.equal(begin('audio'), audio[0]!.startSeconds);
    } finally {
      source.close();
    }
  });
}
