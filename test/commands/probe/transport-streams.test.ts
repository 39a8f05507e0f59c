/** What probe says of transport streams that are not as ffmpeg muxes them, beside what ffprobe says where it is right. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { inspectSource } from '../../../src/commands/probe/probe.ts';
import type { ProbedRecording, Verdict } from '../../../src/media/probed-recording.ts';
import type { ByteSource } from '../../../src/io/file-source.ts';
import { memorySource } from '../../mp4/memory-source.ts';
import { needs, probe as ffprobe, runJudge } from '../../support/judges.ts';
import { fixturesDirectory } from '../../support/project.ts';
import { scratchDirectory } from '../../support/scratch.ts';

const pathOf = (name: string): string => join(fixturesDirectory, 'ts', `${name}.ts`);
const look = async (bytes: Uint8Array, deep = false): Promise<ProbedRecording> =>
  (await inspectSource(memorySource(bytes), { deep })).recording;

interface Case {
  readonly name: string;
  readonly verdict: Verdict;
  readonly seconds: number;
  readonly codecs: readonly string[];
  /** ffprobe takes a clock that begins anew for an earlier time. */
  readonly ffprobeErrs?: true;
}

const cases: readonly Case[] = [
  { name: 'clock-reset', verdict: 'damaged', seconds: 8, codecs: ['h264', 'mp2'], ffprobeErrs: true },
  { name: 'dts-0x82', verdict: 'complete', seconds: 4, codecs: ['h264', 'dts'] },
  { name: 'klv-0x15', verdict: 'complete', seconds: 4, codecs: ['h264', 'mp2', 'klv'] },
  { name: 'no-tables', verdict: 'damaged', seconds: 4, codecs: ['h264', 'mp2'] },
  { name: 'pat-names-absent-programs', verdict: 'complete', seconds: 4, codecs: ['h264', 'mp2'] },
  { name: 'pid-change', verdict: 'complete', seconds: 8, codecs: ['h264', 'mp2', 'h264', 'mp2'] },
  { name: 'scrambled-half', verdict: 'damaged', seconds: 4, codecs: ['h264', 'mp2'] },
  { name: 'video-late-6s', verdict: 'complete', seconds: 12, codecs: ['h264', 'mp2'] },
  { name: 'advice-runs', verdict: 'complete', seconds: 7, codecs: ['h264', 'aac'] },
];

describe('probe says what a transport stream holds', () => {
  for (const { name, verdict, seconds, codecs, ffprobeErrs } of cases) {
    test(name, needs('ffprobe'), async () => {
      const recording = await look(readFileSync(pathOf(name)));
      assert.equal(recording.health.verdict, verdict, JSON.stringify(recording.health.findings));
      assert.deepEqual(
        recording.tracks.map(({ codec }) => codec.name),
        codecs,
      );
      assert.ok(Math.abs(recording.health.durationSeconds! - seconds) < 0.05, `${recording.health.durationSeconds} s`);
      const { streams } = await ffprobe(pathOf(name));
      for (const [index, { codec, startTicks, durationTicks }] of recording.tracks.entries()) {
        const theirs = streams[index]!;
        assert.equal(codec.name, theirs.codec_name);
        assert.deepEqual([codec.width, codec.height], [theirs.width, theirs.height]);
        assert.equal(codec.sampleRate, theirs.sample_rate === undefined ? undefined : Number(theirs.sample_rate));
        assert.equal(codec.channels, theirs.channels);
        if (ffprobeErrs === true) continue;
        assert.equal(startTicks, Math.round(Number(theirs.start_time) * 90_000));
        if (theirs.codec_type === 'data') continue;
        // ffprobe leaves the last frame, or frames, of most audio out.
        const longer = durationTicks! - Math.round(Number(theirs.duration) * 90_000);
        assert.ok(longer >= 0 && longer <= (theirs.codec_type === 'audio' ? 6 * 1920 : 0), `${longer} ticks longer`);
      }
    });
  }

  test('each stream with the stretch in which the tables have it', async () => {
    const { health } = await look(readFileSync(pathOf('pid-change')));
    const changes = health.findings.filter(({ code }) => code === 'ts-program-changed');
    assert.deepEqual(
      changes.map(({ pid }) => pid),
      [0x100, 0x101],
    );
    for (const { message } of changes) assert.match(message, /from byte 376 to byte 87984 only$/);
  });
});

/** PES packets with times alone, one in every so many packets of the file: what a long recording is to a quick look. */
function longStream(count: number, timeOf: (unit: number) => number): ByteSource & { bytesRead: number } {
  const packetsAUnit = 40;
  const size = count * packetsAUnit * 188;
  const unitOf = (unit: number): Buffer => {
    const bytes = Buffer.alloc(packetsAUnit * 188, 0xff);
    for (let index = 0; index < packetsAUnit; index++) {
      const counter = (unit * packetsAUnit + index) & 15;
      bytes.set([0x47, index === 0 ? 0x41 : 0x01, 0x00, 0x10 | counter], index * 188);
    }
    const time = timeOf(unit) % 2 ** 33;
    const low = time % 2 ** 30;
    const high = Math.floor(time / 2 ** 30) & 7;
    const parts = [
      0x21 | (high << 1),
      low >>> 22,
      ((low >>> 14) & 0xfe) | 1,
      (low >>> 7) & 0xff,
      ((low << 1) & 0xfe) | 1,
    ];
    bytes.set([0, 0, 1, 0xe0, 0, 0, 0x80, 0x80, 5, ...parts.map((part) => part & 0xff), 0, 0, 1, 0x09, 0x10], 4);
    return bytes;
  };
  const source = {
    path: 'long.ts',
    size,
    bytesRead: 0,
    read(offset: number, length: number): Uint8Array {
      const end = Math.min(size, offset + length);
      source.bytesRead += Math.max(0, end - offset);
      const unitLength = packetsAUnit * 188;
      const parts: Buffer[] = [];
      for (let at = offset; at < end;) {
        const unit = Math.floor(at / unitLength);
        const from = at - unit * unitLength;
        const part = unitOf(unit).subarray(from, Math.min(unitLength, from + end - at));
        parts.push(part);
        at += part.length;
      }
      return Buffer.concat(parts);
    },
  };
  return source;
}

describe('a quick look at a long recording', () => {
  const second = 90_000;
  const count = 108_000;
  const looked = async (timeOf: (unit: number) => number): Promise<ProbedRecording> => {
    const source = longStream(count, timeOf);
    const { recording } = await inspectSource(source, { deep: false });
    assert.ok(source.bytesRead < 64 * 1024 * 1024, `${source.bytesRead} bytes were read`);
    return recording;
  };

  test('measures thirty hours, over the wrap of 33 bits', async () => {
    const { health } = await looked((unit) => unit * second);
    assert.ok(Math.abs(health.durationSeconds! - count) < 3, `${health.durationSeconds}`);
  });

  for (const [name, timeOf] of [
    ['begins anew', (unit: number) => (unit < 50_000 ? unit : unit - 50_000) * second],
    ['jumps by five hours', (unit: number) => (unit < 61_000 ? unit : unit + 18_000) * second],
    ['begins anew twice', (unit: number) => (unit % 40_000) * second],
  ] as const) {
    test(`measures it where the clock ${name}`, async () => {
      const { health } = await looked(timeOf);
      assert.ok(Math.abs(health.durationSeconds! - count) < 5, `${health.durationSeconds}`);
      assert.equal(health.verdict, 'damaged');
    });
  }

  test('says that it does not know where the clock changes all the time', async () => {
    const { health } = await looked((unit) => ((unit * 7919) % 95_000) * second);
    assert.ok(health.findings.some(({ code }) => code === 'ts-duration-estimated'));
  });
});

describe('parameters of audio', () => {
  for (const [name, args] of [
    ['aac_latm', ['-c:a', 'aac', '-mpegts_flags', 'latm']],
    ['mp2', ['-c:a', 'mp2']],
    ['dts', ['-c:a', 'dca', '-strict', '-2', '-ac', '2']],
  ] as const) {
    test(`of ${name} are those that ffprobe says`, needs('ffmpeg', 'ffprobe'), async (context) => {
      const path = join(scratchDirectory(context), 'sound.ts');
      const input = ['-nostdin', '-v', 'error', '-f', 'lavfi', '-i', 'sine=440:r=44100:d=3'];
      assert.equal((await runJudge('ffmpeg', [...input, ...args, path])).status, 0);
      // From within a frame on: recordings begin anywhere.
      const bytes = readFileSync(path);
      const [stream] = (await ffprobe(path)).streams;
      for (const from of [0, 188 * 21]) {
        const [track] = (await look(bytes.subarray(from))).tracks;
        const { codec } = track!;
        assert.deepEqual(
          [codec.name, codec.profile, String(codec.sampleRate), codec.channels, codec.channelLayout],
          [stream!.codec_name, stream!.profile, stream!.sample_rate, stream!.channels, stream!.channel_layout],
          `from ${from}`,
        );
      }
    });
  }
});

describe('what is of the same kind', needs('ffmpeg', 'ffprobe'), () => {
  const directory = scratchDirectory({ after });
  const file = (name: string): string => join(directory, `${name}.ts`);
  const make = async (name: string, ...args: readonly string[]): Promise<Buffer> => {
    const { status, stderr } = await runJudge('ffmpeg', [
      '-nostdin',
      '-v',
      'error',
      ...args,
      '-f',
      'mpegts',
      file(name),
    ]);
    assert.equal(status, 0, stderr);
    return readFileSync(file(name));
  };
  const sound = ['-f', 'lavfi', '-i', 'sine=440', '-c:a', 'mp2'];
  let whole: Buffer;
  before(async () => {
    const pictures = ['-f', 'lavfi', '-i', 'testsrc2=s=160x96:r=25'];
    whole = await make('h264', ...pictures, ...sound, '-t', '3', '-c:v', 'libx264', '-g', '25', '-bf', '2');
    await make('mpeg2', ...pictures, '-t', '2', '-c:v', 'mpeg2video', '-g', '25', '-b:v', '2M');
  });

  // Seconds at which the clock of 33 bits wraps, less 1.4 s that ffmpeg puts before all.
  for (const offset of [95_442.2, 95_442.2437, 95_442.3]) {
    test(`a recording that begins ${(95_442.3177 - offset).toFixed(3)} s before the wrap lasts as long as any`, async () => {
      const bytes = await make('wrapped', '-y', '-i', file('h264'), '-c', 'copy', '-output_ts_offset', String(offset));
      const { health } = await look(bytes);
      assert.equal(health.verdict, 'complete');
      assert.ok(Math.abs(health.durationSeconds! - 3.03) < 0.05, `${health.durationSeconds}`);
      const joined = await look(Buffer.concat([bytes, whole, bytes]));
      assert.ok(Math.abs(joined.health.durationSeconds! - 9.09) < 0.1, `${joined.health.durationSeconds}`);
    });
  }

  test('clocks that begin anew in the middle of PES packets, of audio alone, or many times', async () => {
    const audio = await make('mp2', ...sound, '-t', '2');
    const cut = Math.floor(whole.length / 188 / 2) * 188 + 188 * 3;
    for (const [bytes, seconds] of [
      [Buffer.concat([audio, audio, audio]), 6],
      [Buffer.concat([whole.subarray(0, cut), whole]), 4.5],
      [Buffer.concat(Array.from({ length: 9 }, () => whole)), 27],
    ] as const) {
      const { health } = await look(bytes);
      assert.equal(health.verdict, 'damaged');
      assert.ok(Math.abs(health.durationSeconds! - seconds) < 0.35, `${health.durationSeconds}, not ${seconds}`);
    }
  });

  /** A stream whose parameter sets come only behind so many bytes of other pictures. */
  function withLateSets(bytes: Buffer, before: number): Buffer {
    const pidOf = (at: number): number => bytes.readUInt16BE(at + 1) & 0x1fff;
    const all = Array.from({ length: bytes.length / 188 }, (_, index) => index * 188);
    const starts = all.filter((at) => pidOf(at) === 0x100 && (bytes[at + 1]! & 0x40) !== 0);
    const tables = all.filter((at) => [0, 0x1000].includes(pidOf(at))).slice(0, 2);
    const video = all.filter((at) => pidOf(at) === 0x100);
    const others = video.filter((at) => at >= starts[3]! && at < starts[20]!);
    const cells = tables.map((at) => bytes.subarray(at, at + 188));
    for (let size = 0; size < before; size += others.length * 188) {
      cells.push(...others.map((at) => bytes.subarray(at, at + 188)));
    }
    const numbered = Buffer.concat([...cells, ...video.map((at) => bytes.subarray(at, at + 188))]);
    for (let at = 376, counter = 0; at < numbered.length; at += 188, counter++) {
      numbered[at + 3] = (numbered[at + 3]! & 0xf0) | (counter & 15);
    }
    return numbered;
  }

  for (const [name, before] of [
    ['h264', 300_000],
    ['mpeg2', 300_000],
    ['h264', 36_000_000],
    ['mpeg2', 36_000_000],
  ] as const) {
    test(`the size of ${name} whose parameter sets come behind ${before / 1000} kB`, async () => {
      const { tracks } = await look(withLateSets(readFileSync(file(name)), before));
      assert.deepEqual([tracks[0]!.codec.width, tracks[0]!.codec.height], [160, 96]);
    });
  }

  test('rates that nobody makes are not believed', async () => {
    for (const rate of ['1411200000/1', '1000000/1', '2/1000000', '2/20']) {
      const filter = ['-map', '0:v', '-c', 'copy', '-bsf:v', `h264_metadata=tick_rate=${rate}`];
      const { tracks, health } = await look(await make('rate', '-y', '-i', file('h264'), ...filter));
      assert.equal(health.durationSeconds, 3, rate);
      assert.deepEqual(tracks[0]!.averageFrameRate, { numerator: 25, denominator: 1 }, rate);
    }
  });

  test('half of a track that is scrambled is damage, whichever; a whole one beside one in clear is not', async () => {
    const scrambled = (pid: number, isScrambled: (index: number) => boolean): Buffer => {
      const copy = Buffer.from(whole);
      let index = 0;
      for (let at = 0; at < copy.length; at += 188) {
        if ((copy.readUInt16BE(at + 1) & 0x1fff) !== pid || !isScrambled(index++)) continue;
        copy[at + 3]! |= 0x80;
        for (let byte = at + 4 + ((copy[at + 3]! & 0x20) === 0 ? 0 : 1 + copy[at + 4]!); byte < at + 188; byte++) {
          copy[byte]! ^= 0xa5;
        }
      }
      return copy;
    };
    for (const pid of [0x100, 0x101]) {
      assert.equal((await look(scrambled(pid, (index) => index > 70))).health.verdict, 'damaged');
      assert.equal((await look(scrambled(pid, (index) => index < 40))).health.verdict, 'damaged');
      assert.equal((await look(scrambled(pid, () => true))).health.verdict, 'complete');
    }
  });

  test('a capture that begins and ends anywhere between packets is intact, and torn first packets are a note', async () => {
    for (const from of [188 * 37 + 50, 188 * 111 + 187, 188 * 60]) {
      const { health } = await look(whole.subarray(from));
      assert.equal(health.verdict, 'complete', JSON.stringify(health.findings));
      assert.ok(health.findings.every(({ severity }) => severity === 'note'));
    }
  });
});
