/** Transport streams damaged in every way are repaired; ffmpeg and an independent packet checker judge what comes of it. */
import assert from 'node:assert/strict';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fixTs, type TsFixOptions } from '../../../src/commands/ts-fix/fix.ts';
import { inspectSource } from '../../../src/commands/probe/probe.ts';
import type { RecordingReport } from '../../../src/media/report.ts';
import { memorySource } from '../../mp4/memory-source.ts';
import { needs, runJudge } from '../../support/judges.ts';
import { runInProcess } from '../../support/programs.ts';
import { assertRangesAddUp } from '../../support/reports.ts';
import { scratchDirectory } from '../../support/scratch.ts';
import { checkTransportStream } from '../../support/transport-checker.ts';
import { standard } from './standard-options.ts';

const video = 0x100;
const audio = 0x101;
const pidAt = (bytes: Buffer, at: number): number => bytes.readUInt16BE(at + 1) & 0x1fff;

/** The offsets of a PID's packets. */
function packetsOf(bytes: Buffer, pid: number): number[] {
  const offsets: number[] = [];
  for (let at = 0; at < bytes.length; at += 188) if (pidAt(bytes, at) === pid) offsets.push(at);
  return offsets;
}

function without(bytes: Buffer, isGone: (at: number) => boolean): Buffer {
  const cells: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += 188) if (!isGone(at)) cells.push(bytes.subarray(at, at + 188));
  return Buffer.concat(cells);
}

function changed(bytes: Buffer, change: (copy: Buffer) => void): Buffer {
  const copy = Buffer.from(bytes);
  change(copy);
  return copy;
}

describe('ts-fix', () => {
  const directory = scratchDirectory({ after });
  const source = join(directory, 'source.ts');
  let whole: Buffer;

  before(async () => {
    const inputs = ['-f', 'lavfi', '-i', 'testsrc2=s=160x96:r=25', '-f', 'lavfi', '-i', 'sine=440'];
    const coders = ['-c:v', 'libx264', '-g', '25', '-bf', '2', '-c:a', 'mp2', '-b:a', '64k'];
    const args = ['-nostdin', '-v', 'error', ...inputs, '-t', '4', ...coders, '-f', 'mpegts', source];
    const { status, stderr } = await runJudge('ffmpeg', args);
    assert.equal(status, 0, stderr);
    whole = readFileSync(source);
  });

  let made = 0;
  async function fixed(
    bytes: Buffer,
    options: Partial<TsFixOptions> = {},
  ): Promise<{ bytes: Buffer; report: RecordingReport; path: string; input: string }> {
    const input = join(directory, `damaged-${made++}.ts`);
    writeFileSync(input, bytes);
    const beside = input.replace('.ts', '.fixed.ts');
    const report = await fixTs(input, { ...standard, beside, ...options });
    const path = report.output!.path;
    return { bytes: readFileSync(path), report, path, input };
  }

  /** The result stands up to everything: packets, a second run, probe. */
  async function assertRight(path: string, options: Partial<TsFixOptions> = {}): Promise<void> {
    const bytes = readFileSync(path);
    assert.deepEqual(checkTransportStream(bytes).faults, []);
    const again = await fixTs(path, { ...standard, beside: `${path}.again.ts`, ...options });
    assert.equal(again.outcome, 'untouched');
    assert.deepEqual(readFileSync(path), bytes);
    const { recording } = await inspectSource(memorySource(bytes), { deep: true });
    assert.equal(recording.health.verdict, 'complete', JSON.stringify(recording.health.findings));
  }

  async function frames(path: string, stream: string): Promise<string[]> {
    const args = ['-v', 'quiet', '-i', path, '-map', `0:${stream}`, '-fps_mode', 'passthrough', '-f', 'framemd5', '-'];
    const { stdout } = await runJudge('ffmpeg', args);
    return stdout
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line) => line.split(',').at(-1)!.trim());
  }

  test('leaves an intact stream alone, byte for byte', needs('ffmpeg'), async () => {
    const { report, bytes } = await fixed(whole);
    assert.equal(report.outcome, 'untouched');
    assert.deepEqual(bytes, whole);
  });

  test('leaves out junk and torn packets, and keeps every picture', needs('ffmpeg'), async () => {
    const at = 188 * 100;
    const junk = Buffer.alloc(777, 0x5a);
    const damaged = Buffer.concat([whole.subarray(100, at), junk, whole.subarray(at), whole.subarray(0, 50)]);
    const { report, path, input, bytes } = await fixed(damaged);
    assert.deepEqual(bytes, whole.subarray(188));
    assert.deepEqual(readFileSync(input), damaged);
    assert.equal(report.inputs[0]?.fate, 'kept');
    assert.deepEqual(await frames(path, 'v'), await frames(source, 'v'));
    await assertRight(path);
  });

  test('leaves out what lacks packets, as a whole, and says when and how much', needs('ffmpeg'), async () => {
    const [pictures, sounds] = [packetsOf(whole, video), packetsOf(whole, audio)];
    const isStart = (at: number): boolean => (whole[at + 1]! & 0x40) !== 0;
    const sound = sounds[40]!;
    const picture = pictures.findLast((at, index) => !isStart(at) && index < pictures.length - 4)!;
    const { report, path, bytes } = await fixed(without(whole, (at) => at === sound || at === picture));
    await assertRight(path);
    const before = checkTransportStream(whole);
    const behind = checkTransportStream(bytes);
    for (const pid of [video, audio]) {
      const { lost, ranges } = report.tracks.find(({ id }) => id === pid)!;
      assert.deepEqual([lost.samples, ranges.filter(({ what }) => what === 'lost').length], [1, 1]);
      // Every other PES packet is there, byte for byte, in order.
      const kept = behind.units.get(pid)!;
      const gone = before.units.get(pid)!.filter((unit) => !kept.some((other) => other.equals(unit)));
      assert.equal(gone.length, 1);
      assert.deepEqual(
        kept,
        before.units.get(pid)!.filter((unit) => unit !== gone[0]),
      );
    }
  });

  test('keeps what lacks packets if asked, with the gap in its counters', needs('ffmpeg'), async () => {
    const sound = packetsOf(whole, audio)[40]!;
    const damaged = without(whole, (at) => at === sound);
    const { report, bytes } = await fixed(damaged, { torn: 'keep' });
    assert.equal(report.outcome, 'untouched');
    assert.deepEqual(bytes, damaged);
  });

  test('makes tables anew, and ffprobe finds what was there', needs('ffmpeg', 'ffprobe'), async () => {
    const isTable = (at: number): boolean => pidAt(whole, at) < 0x100 || pidAt(whole, at) === 0x1000;
    const { path } = await fixed(without(whole, isTable));
    await assertRight(path);
    const { stdout } = await runJudge('ffprobe', [
      '-v',
      'error',
      '-show_entries',
      'program=program_num:stream=codec_name',
      path,
    ]);
    assert.match(stdout, /program_num=1/);
    assert.match(stdout, /codec_name=h264[^]*codec_name=mp2/);
    assert.deepEqual(await frames(path, 'v'), await frames(source, 'v'));
    assert.deepEqual(await frames(path, 'a'), await frames(source, 'a'));
  });

  test('corrects a map that names another codec', needs('ffmpeg', 'ffprobe'), async () => {
    const wrong = changed(whole, (bytes) => {
      for (const at of packetsOf(bytes, 0x1000)) {
        const section = bytes.subarray(at + 5, at + 5 + 3 + (bytes.readUInt16BE(at + 6) & 0xfff));
        section[section.indexOf(Buffer.from([0x1b, 0xe1, 0x00]))] = 0x24;
        section.writeUInt32BE(crc(section.subarray(0, -4)), section.length - 4);
      }
    });
    const { recording } = await inspectSource(memorySource(wrong), { deep: true });
    const { verdict, findings, advice } = recording.health;
    const codes = (of: readonly { readonly code: string }[]): string[] => of.map(({ code }) => code);
    assert.deepEqual([verdict, codes(findings)[0]], ['damaged', 'ts-stream-type-wrong']);
    assert.match(findings[0]!.message, /PID 256 is h265 \(stream type 36\), and its media is h264/);
    assert.match(advice[0]!.command, /ts-fix/);
    const { path, report } = await fixed(wrong);
    assert.deepEqual(codes(report.findings), ['ts-stream-type-wrong']);
    await assertRight(path);
    assert.deepEqual(await frames(path, 'v'), await frames(source, 'v'));
  });

  test('cuts scrambled stretches out and names them', needs('ffmpeg'), async () => {
    const half = Math.floor(whole.length / 376) * 188;
    const scrambled = changed(whole, (bytes) => {
      for (const pid of [video, audio]) {
        for (const at of packetsOf(bytes, pid).filter((offset) => offset >= half)) {
          bytes[at + 3]! |= 0x80;
          const from = at + 4 + ((bytes[at + 3]! & 0x20) === 0 ? 0 : 1 + bytes[at + 4]!);
          for (let byte = from; byte < at + 188; byte++) bytes[byte]! ^= 0xa5;
        }
      }
    });
    const { recording } = await inspectSource(memorySource(scrambled), { deep: false });
    assert.equal(recording.health.verdict, 'damaged');
    const { path, report } = await fixed(scrambled);
    await assertRight(path);
    assert.ok(report.findings.some(({ code, pid }) => code === 'ts-scrambled' && pid === video));
    const kept = await frames(path, 'v');
    assert.ok(kept.length > 30);
    assert.deepEqual(kept.slice(0, 30), (await frames(source, 'v')).slice(0, 30));
  });

  test('keeps one of packets that came twice, and null packets unless asked', needs('ffmpeg'), async () => {
    const empty = Buffer.alloc(188, 0xff);
    empty.set([0x47, 0x1f, 0xff, 0x10]);
    const cells: Buffer[] = [];
    for (let at = 0; at < whole.length; at += 188) {
      const cell = whole.subarray(at, at + 188);
      cells.push(
        cell,
        ...(at % (188 * 7) === 0 && (cell[3]! & 0x10) !== 0 ? [cell] : []),
        ...(at % 940 === 0 ? [empty] : []),
      );
    }
    const { bytes, path } = await fixed(Buffer.concat(cells), { dropNull: true });
    assert.deepEqual(bytes, whole);
    await assertRight(path, { dropNull: true });
    const kept = await fixed(Buffer.concat(cells));
    assert.equal(packetsOf(kept.bytes, 0x1fff).length, packetsOf(Buffer.concat(cells), 0x1fff).length);
  });

  test('begins with a picture that can be decoded', needs('ffmpeg'), async () => {
    const [, , , start] = packetsOf(whole, video);
    const damaged = Buffer.concat([whole.subarray(0, 188 * 3), whole.subarray(start! + 188)]);
    const { path } = await fixed(damaged, { fromFirstKey: true });
    await assertRight(path, { fromFirstKey: true });
    const all = await frames(source, 'v');
    assert.deepEqual(await frames(path, 'v'), all.slice(25));
  });

  test('makes one timeline of two clocks in place; nothing else changes', needs('ffmpeg', 'ffprobe'), async () => {
    const joined = Buffer.concat([whole, whole]);
    const { path, input, report } = await fixed(joined, { retime: true });
    assert.equal(path, input);
    assert.equal(report.inputs[0]?.fate, 'replaced');
    await assertRight(path, { retime: true });
    const { decodeTimes, clock, units } = checkTransportStream(readFileSync(path));
    for (const pid of [video, audio]) {
      const times = decodeTimes.get(pid)!;
      for (let i = 1; i < times.length; i++) assert.ok(times[i]! > times[i - 1]! && times[i]! - times[i - 1]! < 40_000);
      assert.equal(times.length, 2 * checkTransportStream(whole).decodeTimes.get(pid)!.length);
      assert.equal(units.get(pid)!.length, times.length);
    }
    for (let i = 1; i < clock.length; i++) assert.ok(clock[i]! > clock[i - 1]!, `clock ${i}`);
    // Picture and sound are as far apart behind the join as before it.
    const apart = (nth: number): number => {
      const [pictures, sounds] = [decodeTimes.get(video)!, decodeTimes.get(audio)!];
      return pictures[(nth * pictures.length) / 2]! - sounds[(nth * sounds.length) / 2]!;
    };
    assert.equal(apart(1), apart(0));
    const once = await frames(source, 'v');
    assert.deepEqual(await frames(path, 'v'), [...once, ...once]);
    const { stdout } = await runJudge('ffprobe', [
      '-v',
      'error',
      '-show_entries',
      'format=duration',
      '-of',
      'csv=p=0',
      path,
    ]);
    assert.ok(Math.abs(Number(stdout) - 8) < 0.1, stdout);
  });

  test('takes the wrap of 33 bits out of the times', needs('ffmpeg'), async () => {
    const wrapped = join(directory, 'wrapped.ts');
    const args = [
      '-nostdin',
      '-v',
      'error',
      '-i',
      source,
      '-c',
      'copy',
      '-output_ts_offset',
      '95442.2',
      '-f',
      'mpegts',
      wrapped,
    ];
    assert.equal((await runJudge('ffmpeg', args)).status, 0);
    const { path } = await fixed(readFileSync(wrapped), { retime: true });
    await assertRight(path, { retime: true });
    const times = checkTransportStream(readFileSync(path)).decodeTimes.get(video)!;
    assert.equal(times.at(-1)! - times[0]!, 99 * 3600);
  });

  test('says without writing what would be done, and gives the exit codes that it says', needs('ffmpeg'), async () => {
    const path = join(directory, 'program.ts');
    writeFileSync(path, Buffer.concat([whole.subarray(0, 1880), Buffer.alloc(99), whole.subarray(1880)]));
    const dry = await runInProcess('salvor', ['ts-fix', '-n', '--json', path]);
    assert.equal(dry.status, 0, dry.stderr);
    const report = JSON.parse(dry.stdout) as { recordings: { outcome: string; output: { path: string } }[] };
    assert.equal(report.recordings[0]?.outcome, 'would-make');
    const beside = join(directory, 'program.fixed.ts');
    assert.throws(() => readFileSync(beside));
    const done = await runInProcess('salvor', ['ts-fix', path]);
    assert.deepEqual([done.status, done.stdout.startsWith('fixed')], [0, true], done.stderr);
    assert.deepEqual(readFileSync(beside), whole);
    assert.equal((await runInProcess('salvor', ['ts-fix', path])).status, 0, 'it knows what it has made');
    assert.deepEqual(readFileSync(beside), whole);
    writeFileSync(beside, 'of somebody else');
    assert.equal((await runInProcess('salvor', ['ts-fix', path])).status, 1);
    assert.equal(readFileSync(beside, 'latin1'), 'of somebody else');
    writeFileSync(beside, whole);
    assert.equal((await runInProcess('salvor', ['ts-fix', '-q', beside])).status, 0);
    copyFileSync(path, join(directory, 'text.ts'));
    writeFileSync(join(directory, 'text.ts'), 'this is no transport stream');
    assert.equal((await runInProcess('salvor', ['ts-fix', join(directory, 'text.ts')])).status, 1);
  });

  test('the report adds up where a track begins within a picture, ends without a whole frame, or has no beginning', async () => {
    const [pictures, sound] = [packetsOf(whole, video), packetsOf(whole, audio)];
    const starts = (offsets: readonly number[]): number[] => offsets.filter((at) => (whole[at + 1]! & 0x40) !== 0);
    const trackOf = async (bytes: Buffer, pid: number): Promise<RecordingReport['tracks'][number]> => {
      const input = join(directory, `damaged-${made++}.ts`);
      writeFileSync(input, bytes);
      const report = await fixTs(input, { ...standard, torn: 'trim', dryRun: true, beside: `${input}.fixed.ts` });
      assertRangesAddUp(report);
      return report.tracks.find(({ id }) => id === pid)!;
    };
    // Nothing tells when the rest of the first picture was: it lies before what stays.
    const headless = await trackOf(
      without(whole, (at) => at === pictures[0]),
      video,
    );
    const second = starts(pictures)[1]!;
    assert.deepEqual(
      headless.ranges.map(({ what, bytes, endSeconds }) => [what, bytes, endSeconds === headless.startSeconds]),
      [
        ['lost', 188 * (pictures.filter((at) => at < second).length - 1), true],
        ['described', 188 * pictures.filter((at) => at >= second).length, false],
      ],
    );
    // The one packet that there is of the last PES packet is shorter than the frame that begins in it.
    const last = starts(sound).at(-1)!;
    const torn = await trackOf(whole.subarray(0, last + 188), audio);
    assert.deepEqual([torn.lost.samples, torn.lost.bytes], [1, 188]);
    // Where no PES packet begins nobody knows what is torn, and all of it stays.
    const first = new Set(starts(pictures));
    const rest = await trackOf(
      without(whole, (at) => first.has(at)),
      video,
    );
    assert.deepEqual([rest.kept.samples, rest.kept.bytes], [0, 188 * (pictures.length - first.size)]);
  });
});

function crc(bytes: Uint8Array): number {
  let value = 0xffffffff;
  for (const byte of bytes) {
    for (let bit = 7; bit >= 0; bit--) {
      const feedback = ((value >>> 31) ^ (byte >>> bit)) & 1;
      value = ((value << 1) ^ (feedback === 1 ? 0x04c11db7 : 0)) >>> 0;
    }
  }
  return value;
}
