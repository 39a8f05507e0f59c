/** A track that goes on in another codec: both verbs say where, and --split-on-change makes files of one codec each. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { splitFlv } from '../../../src/commands/flv-fix/split.ts';
import { inspectSource } from '../../../src/commands/probe/probe.ts';
import { FileSource } from '../../../src/io/file-source.ts';
import type { ProbedRecording } from '../../../src/media/probed-recording.ts';
import type { RecordingReport } from '../../../src/media/report.ts';
import { needs, runJudge } from '../../support/judges.ts';
import { scratchDirectory } from '../../support/scratch.ts';
import { encoded, flvBytes, flvTags, h264AndAac, isMedia, media, named, place, type FlvTag } from './flv-tags.ts';

const hevcAndMp3 = [
  ...['-c:v', 'libx265', '-preset', 'ultrafast', '-x265-params', 'log-level=none', '-g', '25'],
  ...['-c:a', 'libmp3lame'],
];
const sorensonAndMp3 = ['-c:v', 'flv1', '-g', '25', '-c:a', 'libmp3lame'];

async function split(path: string): Promise<RecordingReport[]> {
  return splitFlv(path, {
    output: undefined,
    force: false,
    dryRun: false,
    backup: false,
    index: false,
    retime: undefined,
    maxGapSeconds: 10,
    dedupeHeaders: false,
    dropRepeats: false,
    splitOnChange: true,
    references: () => [],
    progress: () => undefined,
  });
}

async function look(path: string): Promise<ProbedRecording> {
  const source = new FileSource(path);
  try {
    return (await inspectSource(source, { deep: false })).recording;
  } finally {
    source.close();
  }
}

async function codecsOf(path: string): Promise<string[]> {
  const { stdout } = await runJudge('ffprobe', [
    '-v',
    'error',
    '-show_entries',
    'stream=codec_name',
    '-of',
    'csv=p=0',
    path,
  ]);
  return stdout.trim().split('\n').toSorted();
}

/** What was closed after the last of these tags. */
function closed(tags: readonly FlvTag[]): Buffer {
  const bytes = flvBytes(tags);
  const last = Math.max(...tags.filter(isMedia).map(({ timestamp }) => timestamp));
  for (const [name, value] of [
    ['duration', last / 1000],
    ['filesize', bytes.length],
  ] as const) {
    bytes.writeDoubleBE(value, bytes.indexOf(name) + name.length + 1);
  }
  return bytes;
}

const changes = (findings: readonly { code: string; offset?: number; track?: string }[]): string[] =>
  findings.filter(({ code }) => code === 'flv-codec-changed').map(({ offset, track }) => `${track} at ${offset}`);

const later = (tags: readonly FlvTag[], by: number): FlvTag[] =>
  tags.filter(isMedia).map((tag) => ({ ...tag, timestamp: tag.timestamp + by }));

for (const [name, sequence, codecs] of [
  [
    'twice in both tracks',
    [h264AndAac, hevcAndMp3, sorensonAndMp3],
    [
      ['aac', 'h264'],
      ['hevc', 'mp3'],
      ['flv1', 'mp3'],
    ],
  ],
  [
    'and back',
    [h264AndAac, sorensonAndMp3, h264AndAac],
    [
      ['aac', 'h264'],
      ['flv1', 'mp3'],
      ['aac', 'h264'],
    ],
  ],
] as const) {
  test(
    `a codec that changes ${name} is said by both verbs, and the parts have one each`,
    needs('ffmpeg'),
    async (t) => {
      const tags: FlvTag[] = [];
      for (const [index, each] of sequence.entries()) {
        const own = flvTags(await encoded(2, ...each));
        tags.push(...(index === 0 ? own : later(own, 2100 * index)));
      }
      const path = place(scratchDirectory(t), 'rec.flv', closed(tags));
      const probed = await look(path);
      assert.equal(probed.health.verdict, 'complete');
      assert.deepEqual(probed.tracks.map(({ codec }) => codec.name).toSorted(), codecs[0]);
      const reports = await split(path);
      assert.equal(reports.length, codecs.length);
      const findings = reports.flatMap((report) => report.findings);
      assert.deepEqual(changes(findings).toSorted(), changes(probed.health.findings).toSorted());
      assert.equal(changes(findings).length, 2, 'one finding a track, with how many more there are');
      // What the whole claims of itself is no loss of its parts.
      assert.ok(findings.every(({ code }) => code !== 'flv-truncated'));
      const paths = reports.map(({ output }) => output!.path);
      for (const [index, part] of paths.entries()) {
        assert.deepEqual(await codecsOf(part), codecs[index]);
        assert.equal((await look(part)).health.verdict, 'complete');
      }
      const parts = paths.flatMap((part) => media(readFileSync(part)));
      assert.deepEqual(parts.map(named), tags.filter(isMedia).map(named));
    },
  );
}
