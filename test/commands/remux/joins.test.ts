/** Several files become one timeline; the whole recording, which was never cut, is the judge. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { inNaturalOrder } from '../../../src/commands/remux/input-order.ts';
import { remux, type RemuxOptions } from '../../../src/commands/remux/remux.ts';
import type { RecordingReport } from '../../../src/media/report.ts';
import { decode, needs, probe, probePackets, runJudge, type ProbedPacket } from '../../support/judges.ts';
import { fixturesDirectory } from '../../support/project.ts';
import { scratchDirectory } from '../../support/scratch.ts';

interface Tag {
  readonly start: number;
  readonly end: number;
  readonly type: number;
  readonly time: number;
  readonly isKey: boolean;
  readonly isHeader: boolean;
}

/** The tags of an intact FLV. */
function tagsOf(bytes: Buffer): Tag[] {
  const tags: Tag[] = [];
  for (let at = 13; at < bytes.length;) {
    const end = at + 11 + bytes.readUIntBE(at + 1, 3) + 4;
    const type = bytes[at]!;
    const isHeader = type === 18 || bytes[at + 12] === 0;
    const isKey = type === 9 && bytes[at + 11]! >> 4 === 1 && !isHeader;
    tags.push({ start: at, end, type, time: bytes.readUIntBE(at + 4, 3), isKey, isHeader });
    at = end;
  }
  return tags;
}

/** The header of a file, its sequence headers and the tags from one to another, moved by some milliseconds. */
function part(bytes: Buffer, from: number, to: number, moved = 0): Buffer {
  const tags = tagsOf(bytes);
  const kept = [
    ...tags.filter(({ isHeader }) => isHeader),
    ...tags.slice(from, to).filter(({ isHeader }) => !isHeader),
  ];
  const copies = kept.map(({ start, end, time, isHeader }) => {
    const copy = Buffer.from(bytes.subarray(start, end));
    if (!isHeader) copy.writeUIntBE(time + moved, 4, 3);
    return copy;
  });
  return Buffer.concat([bytes.subarray(0, 13), ...copies]);
}

const ofKind = (packets: readonly ProbedPacket[], wanted: string): ProbedPacket[] =>
  packets.filter(({ kind }) => kind === wanted);

describe('remux of several files', needs('ffmpeg', 'ffprobe'), () => {
  const directory = scratchDirectory({ after });
  const pathOf = (name: string): string => join(directory, name);
  let whole: Buffer;
  let tags: Tag[];
  /** The index of the tag of the key frame at two seconds. */
  let middle: number;

  async function encode(name: string, size: string, video: string): Promise<void> {
    const inputs = ['-f', 'lavfi', '-i', `testsrc2=s=${size}:r=25:d=3`, '-f', 'lavfi', '-i', 'sine=440:r=48000:d=3'];
    const coders = ['-c:v', video, '-g', '25', '-preset', 'ultrafast', '-c:a', 'aac'];
    const log = video === 'libx265' ? ['-x265-params', 'log-level=none'] : [];
    const args = ['-nostdin', '-v', 'error', ...inputs, ...coders, ...log, pathOf(name)];
    const { status, stderr } = await runJudge('ffmpeg', args);
    assert.equal(status, 0, stderr);
  }

  before(async () => {
    await encode('whole.flv', '160x96', 'libx264');
    whole = readFileSync(pathOf('whole.flv'));
    tags = tagsOf(whole);
    middle = tags.findIndex(({ isKey, time }) => isKey && time >= 2000);
  });

  let made = 0;
  async function joined(
    parts: readonly (Buffer | string)[],
    options: Partial<RemuxOptions> = {},
  ): Promise<{ report: RecordingReport; output: string; packets: readonly ProbedPacket[] }> {
    const name = `joined-${made++}`;
    const paths = parts.map((bytes, index) => {
      if (typeof bytes === 'string') return bytes;
      writeFileSync(pathOf(`${name}-${index}.flv`), bytes);
      return pathOf(`${name}-${index}.flv`);
    });
    const output = pathOf(`${name}.mp4`);
    const report = await remux(paths, { output, kind: 'mp4', replace: false, dryRun: false, gaps: 'keep', ...options });
    const written = options.output ?? output;
    return { report, output: written, packets: await probePackets(written, { asStored: options.kind !== 'ts' }) };
  }

  /** What is the same of the same recording: bytes and times. */
  function shape(packets: readonly ProbedPacket[], kind: string): unknown[] {
    return ofKind(packets, kind).map(({ sha1, ptsTicks, dtsTicks, sync }) => [sha1, ptsTicks, dtsTicks, sync]);
  }

  test('a clock that goes on makes the recording as it was', async () => {
    const { packets } = await joined([whole]);
    const cut = await joined([part(whole, 0, middle), part(whole, middle, tags.length)]);
    for (const kind of ['video', 'audio']) assert.deepEqual(shape(cut.packets, kind), shape(packets, kind));
    assert.deepEqual(cut.report.findings, []);
  });

  test('media that is there twice is there once, wherever the clock of the second file begins', async () => {
    const { packets } = await joined([whole]);
    const cutAt = tags.findIndex(({ time }) => time >= 2500);
    for (const moved of [0, -2000, 3_600_000]) {
      const cut = await joined([part(whole, 0, cutAt), part(whole, middle, tags.length, moved)]);
      for (const kind of ['video', 'audio']) {
        assert.deepEqual(shape(cut.packets, kind), shape(packets, kind), `${moved}`);
      }
      assert.deepEqual(
        cut.report.findings.map(({ code }) => code),
        ['inputs-repeat'],
      );
    }
  });

  test('a clock that begins anew follows what was there, within a frame', async () => {
    const { packets } = await joined([whole]);
    const cut = await joined([part(whole, 0, middle), part(whole, middle, tags.length, -2000)]);
    for (const kind of ['video', 'audio']) {
      const [here, there] = [ofKind(packets, kind), ofKind(cut.packets, kind)];
      assert.deepEqual(
        there.map(({ sha1 }) => sha1),
        here.map(({ sha1 }) => sha1),
      );
      for (const [index, { ptsTicks }] of here.entries()) {
        assert.ok(Math.abs(there[index]!.ptsTicks! - ptsTicks!) <= 45, `${kind} ${index}`);
      }
    }
  });

  test('time in which nothing was recorded is kept, or closed', async () => {
    const parts = [part(whole, 0, middle), part(whole, middle, tags.length, 5000)];
    const kept = await joined(parts);
    const closed = await joined(parts, { gaps: 'close' });
    const seconds = async (output: string): Promise<number> => Number((await probe(output)).format.duration);
    assert.ok(Math.abs((await seconds(kept.output)) - 8) < 0.1);
    assert.ok(Math.abs((await seconds(closed.output)) - 3) < 0.1);
    assert.deepEqual(
      kept.report.findings.map(({ code }) => code),
      ['inputs-gap'],
    );
  });

  test('the parts that EvoStream writes as transport streams are one', async () => {
    const paths = [0, 1, 2].map((n) => join(fixturesDirectory, `ems/ts/killed-chunked4-10s/rec_part000${n}.ts`));
    const all = await Promise.all(paths.map((path) => probePackets(path, { asStored: false })));
    const { output, packets } = await joined(paths, { kind: 'ts', output: pathOf('ems.ts') });
    for (const kind of ['video', 'audio']) {
      const [here, there] = [all.flatMap((each) => ofKind(each, kind)), ofKind(packets, kind)];
      // Pictures before the first parameter sets of all cannot be decoded; the kill cut the last picture and the last audio.
      const before = kind === 'video' ? here.findIndex(({ sync }) => sync) : 0;
      const kept = here.slice(before);
      assert.ok(
        there.length >= kept.length - 2 && there.length <= kept.length,
        `${kind} ${there.length}/${kept.length}`,
      );
      const moved = there[0]!.dtsTicks! - kept[0]!.dtsTicks!;
      for (const [index, { dtsTicks, ptsTicks }] of there.entries()) {
        const { dtsTicks: dts, ptsTicks: pts } = kept[index]!;
        assert.ok(
          Math.abs(dtsTicks! - dts! - moved) <= 1 && Math.abs(ptsTicks! - pts! - moved) <= 1,
          `${kind} ${index}`,
        );
      }
    }
    assert.deepEqual((await decode(output)).backwardTimes, 0);
  });

  test('another size of the pictures becomes a description of its own', async () => {
    await encode('other.flv', '192x112', 'libx264');
    for (const kind of ['mp4', 'flv', 'ts'] as const) {
      const output = pathOf(`changes.${kind}`);
      const paths = [pathOf('whole.flv'), pathOf('other.flv')];
      const report = await remux(paths, { output, kind, replace: false, dryRun: false, gaps: 'keep' });
      assert.deepEqual(report.tracks.map(({ kept }) => kept.samples)[0], 150);
      const sizes = ['-v', 'error', '-select_streams', 'v', '-show_entries', 'frame=width', '-of', 'csv=p=0', output];
      const { stdout } = await runJudge('ffprobe', sizes);
      const widths = stdout.split('\n').filter((line) => line !== '');
      assert.deepEqual(
        [
          widths.filter((width) => width.startsWith('160')).length,
          widths.filter((width) => width.startsWith('192')).length,
        ],
        [75, 75],
      );
    }
  });

  test('another codec is refused with the reason', async () => {
    await encode('hevc.flv', '160x96', 'libx265');
    await assert.rejects(joined([pathOf('whole.flv'), pathOf('hevc.flv')]), {
      kind: 'unrecoverable',
      message: /its video is h265, that of the inputs before is h264/,
    });
  });

  test('parts come in the order of their numbers, and others as they were given', () => {
    assert.deepEqual(inNaturalOrder(['a_part10.ts', 'a_part9.ts', 'a_part1.ts']), [
      'a_part1.ts',
      'a_part9.ts',
      'a_part10.ts',
    ]);
    assert.deepEqual(inNaturalOrder(['b.flv', 'a.flv']), ['b.flv', 'a.flv']);
  });
});
