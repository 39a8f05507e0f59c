/** Pictures of which packets are missing: what is whole of them stays, and decodes as well as anything can. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fixTs } from '../../../src/commands/ts-fix/fix.ts';
import type { RecordingReport } from '../../../src/media/report.ts';
import { needs, runJudge } from '../../support/judges.ts';
import { scratchDirectory } from '../../support/scratch.ts';
import { checkTransportStream } from '../../support/transport-checker.ts';
import { packetsOf } from '../../support/transport-packets.ts';
import { standard } from './standard-options.ts';

const video = 0x100;

describe('ts-fix, pictures with gaps', needs('ffmpeg'), () => {
  const directory = scratchDirectory({ after });
  const codecs = {
    h264: ['-c:v', 'libx264', '-preset', 'ultrafast', '-g', '25', '-x264-params', 'slices=3'],
    h265: ['-c:v', 'libx265', '-preset', 'ultrafast', '-x265-params', 'log-level=error:keyint=25'],
    mpeg2: ['-c:v', 'mpeg2video', '-g', '12', '-bf', '2'],
  } as const;
  const streams = new Map<string, Buffer>();
  let made = 0;

  before(async () => {
    for (const [name, coder] of Object.entries(codecs)) {
      const path = join(directory, `${name}.ts`);
      const input = ['-f', 'lavfi', '-i', 'testsrc2=s=320x192:r=25', '-t', '2'];
      const { status, stderr } = await runJudge('ffmpeg', ['-nostdin', '-v', 'error', ...input, ...coder, path]);
      assert.equal(status, 0, stderr);
      streams.set(name, readFileSync(path));
    }
  });

  async function fixed(bytes: Buffer): Promise<{ bytes: Buffer; report: RecordingReport; path: string }> {
    const path = join(directory, `damaged-${made++}.ts`);
    writeFileSync(path, bytes);
    const report = await fixTs(path, { ...standard, torn: 'trim', beside: `${path}.fixed.ts` });
    const target = report.output!.path;
    const again = await fixTs(target, { ...standard, torn: 'trim', beside: `${path}.again.ts` });
    assert.equal(again.outcome, 'untouched');
    return { bytes: readFileSync(target), report, path: target };
  }

  async function pictures(path: string): Promise<string[]> {
    // With several threads what conceals errors is not the same in every run.
    const args = [
      '-v',
      'quiet',
      '-threads',
      '1',
      '-i',
      path,
      '-map',
      '0:v',
      '-fps_mode',
      'passthrough',
      '-f',
      'framemd5',
      '-',
    ];
    const { stdout } = await runJudge('ffmpeg', args);
    return stdout.split('\n').flatMap((line) => (line === '' || line.startsWith('#') ? [] : line.split(',').slice(-1)));
  }

  /** Indexes of the packets of every picture. */
  const picturesOf = (bytes: Buffer): number[][] => {
    const found: number[][] = [];
    for (const [index, { pid, startsUnit }] of packetsOf(bytes).entries()) {
      if (pid !== video) continue;
      if (startsUnit) found.push([]);
      found.at(-1)!.push(index);
    }
    return found;
  };

  for (const name of Object.keys(codecs)) {
    test(`${name}: as many pictures are right as of the damaged stream itself, and every other PES packet stays`, async () => {
      const whole = streams.get(name)!;
      const cells = packetsOf(whole).map(({ bytes }) => bytes);
      const torn = picturesOf(whole).flatMap((indexes, picture) =>
        picture % 9 === 4 && indexes.length > 2 ? [indexes] : [],
      );
      assert.ok(torn.length > 2);
      const gone = new Set(torn.map((indexes) => indexes[indexes.length >> 1]!));
      const damaged = Buffer.concat(cells.filter((_, index) => !gone.has(index)));
      const { bytes, report, path } = await fixed(damaged);
      const right = new Set(await pictures(join(directory, `${name}.ts`)));
      const count = async (file: string): Promise<number> =>
        (await pictures(file)).filter((picture) => right.has(picture)).length;
      const before = path.replace('.fixed.ts', '');
      assert.ok((await count(path)) >= (await count(before)));
      assert.ok((await pictures(path)).length >= (await pictures(before)).length);
      const { faults, units } = checkTransportStream(bytes);
      assert.deepEqual(faults, []);
      const all = checkTransportStream(whole).units.get(video)!;
      const kept = units.get(video)!;
      assert.equal(kept.length, all.length);
      const changed = kept.filter((unit, index) => !unit.equals(all[index]!));
      assert.equal(changed.length, gone.size);
      const { lost, ranges } = report.tracks[0]!;
      assert.equal(lost.samples, 0);
      assert.ok(ranges.filter(({ what }) => what === 'lost').length === gone.size);
    });
  }

  test('what stays behind the gap begins with the next start code, and nothing that lies between does', async () => {
    const whole = streams.get('h264')!;
    const cells = packetsOf(whole).map(({ bytes }) => Buffer.from(bytes));
    // The first picture, of three slices: a packet of the first of them is missing.
    const [first] = picturesOf(whole);
    const damaged = Buffer.concat(cells.filter((_, index) => index !== first![8]));
    const { bytes } = await fixed(damaged);
    const [before] = checkTransportStream(whole).units.get(video)!;
    const [behind] = checkTransportStream(bytes).units.get(video)!;
    const payload = (cell: Buffer): number => 184 - ((cell[3]! & 0x20) === 0 ? 0 : 1 + cell[4]!);
    const gapAt = first!.slice(0, 8).reduce((sum, index) => sum + payload(cells[index]!), 0);
    const resumed = before!.indexOf(Buffer.of(0, 0, 1), gapAt + payload(cells[first![8]!]!));
    const from = before![resumed - 1] === 0 ? resumed - 1 : resumed;
    assert.ok(resumed > 0);
    assert.deepEqual(behind, Buffer.concat([before!.subarray(0, gapAt), before!.subarray(from)]));
  });

  test('a packet that is marked as faulty goes, and so does what follows it up to the next start code', async () => {
    const whole = streams.get('h264')!;
    const cells = packetsOf(whole).map(({ bytes }) => Buffer.from(bytes));
    const [first] = picturesOf(whole);
    const faulty = cells[first![8]!]!;
    faulty[1]! |= 0x80;
    faulty.fill(0, 60, 63);
    faulty.fill(1, 62, 64);
    const { bytes } = await fixed(Buffer.concat(cells));
    const lossy = await fixed(Buffer.concat(cells.filter((cell) => cell !== faulty)));
    assert.deepEqual(bytes, lossy.bytes);
  });

  test('a picture whose length is told gets none where bytes of it go', async () => {
    const whole = streams.get('mpeg2')!;
    const cells = packetsOf(whole).map(({ bytes }) => Buffer.from(bytes));
    const units = checkTransportStream(whole).units.get(video)!;
    const all = picturesOf(whole);
    for (const [index, indexes] of all.entries()) {
      const cell = cells[indexes[0]!]!;
      const from = (cell[3]! & 0x20) === 0 ? 4 : 5 + cell[4]!;
      if (units[index]!.length - 6 < 0x10000) cell.writeUInt16BE(units[index]!.length - 6, from + 4);
    }
    assert.deepEqual(checkTransportStream(Buffer.concat(cells)).faults, []);
    const torn = all.find((indexes, index) => index > 3 && indexes.length > 6)!;
    const { bytes } = await fixed(Buffer.concat(cells.filter((_, index) => index !== torn[3])));
    assert.deepEqual(checkTransportStream(bytes).faults, []);
    assert.equal(checkTransportStream(bytes).units.get(video)!.length, units.length);
  });
});
