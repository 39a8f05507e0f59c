/** MP4s of other recorders, made with ffmpeg and damaged in every way a crash does it. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { needs, probePackets, runJudge, type ProbedPacket } from '../../support/judges.ts';
import { scratchDirectory } from '../../support/scratch.ts';
import {
  compareSamples,
  encode,
  findSamples,
  killed,
  movieStart,
  placeBytes,
  runRepair,
  type Comparison,
  type FoundSample,
} from './damaged-recordings.ts';
import { countNoLines } from '../../support/uncounted.ts';
import { trialsOf } from '../../support/trials.ts';

countNoLines();

interface Span {
  readonly type: string;
  readonly start: number;
  readonly end: number;
}

function topLevelBoxes(bytes: Buffer): Span[] {
  const boxes: Span[] = [];
  for (let at = 0; at + 8 <= bytes.length;) {
    const end = at + bytes.readUInt32BE(at);
    boxes.push({ type: bytes.toString('latin1', at + 4, at + 8), start: at, end });
    at = end;
  }
  return boxes;
}

const judged = needs('ffprobe', 'ffmpeg');
const picture = (seconds: number, size = '320x180'): string[] => [
  '-f',
  'lavfi',
  '-i',
  `testsrc2=s=${size}:r=25:d=${seconds},noise=alls=12:allf=t`,
];
const sound = (seconds: number, rate = 48000): string[] => [
  '-f',
  'lavfi',
  '-i',
  `sine=f=440:r=${rate}:d=${seconds},aresample=${rate},tremolo`,
];

interface Recording {
  readonly name: string;
  readonly seconds: number;
  readonly args: readonly string[];
}

const recordings: readonly Recording[] = [
  {
    name: 'H.264 with B-frames, AAC stereo',
    seconds: 12,
    args: [...picture(12), ...sound(12), ...'-c:v libx264 -preset veryfast -bf 3 -g 50 -c:a aac -ac 2'.split(' ')],
  },
  {
    name: 'H.264 High 10, AAC mono at 44.1 kHz',
    seconds: 6,
    args: [
      ...picture(6),
      ...sound(6, 44100),
      ...'-c:v libx264 -preset veryfast -pix_fmt yuv420p10le -g 40 -c:a aac -ac 1'.split(' '),
    ],
  },
  {
    name: 'H.265 with open groups of pictures, AAC 5.1',
    seconds: 6,
    args: [
      ...picture(6),
      ...sound(6),
      ...'-c:v libx265 -preset ultrafast -x265-params open-gop=1:keyint=40:bframes=3:log-level=none'.split(' '),
      ...'-tag:v hvc1 -c:a aac -ac 6'.split(' '),
    ],
  },
];

/** How each crash leaves a file, and what of the samples can be expected back. */
const damages: readonly { readonly name: string; readonly damage: (bytes: Buffer) => Buffer }[] = [
  { name: 'the moov cut off', damage: (bytes) => bytes.subarray(0, movieStart(bytes)) },
  { name: 'the moov cut off and the size of mdat 0', damage: killed },
  { name: 'cut at 61.3 %', damage: (bytes) => bytes.subarray(0, Math.floor(bytes.length * 0.613)) },
];

/** Samples that lie whole in the first `length` bytes. */
function wholeIn(samples: readonly FoundSample[], length: number): FoundSample[] {
  return samples.filter(({ end }) => end <= length);
}

function assertExact({ found, expected, strange, syncWrong, offsetsWrong }: Comparison): void {
  assert.deepEqual(
    { found, strange, syncWrong, offsetsWrong },
    { found: expected, strange: 0, syncWrong: 0, offsetsWrong: 0 },
  );
}

describe('MP4s of ffmpeg, damaged, with a recording of the same settings as reference', () => {
  for (const { name, seconds, args } of trialsOf(recordings, 2)) {
    test(name, judged, async (t) => {
      const directory = scratchDirectory(t);
      const whole = join(directory, 'whole.mp4');
      const bytes = await encode(whole, args);
      const { samples } = await findSamples(whole);
      for (const { name: how, damage } of damages) {
        const damaged = damage(bytes);
        const path = placeBytes(directory, 'damaged.mp4', damaged);
        const { report, stderr } = await runRepair(path, ['-f', '--reference', whole]);
        assert.equal(report.outcome, 'made', `${how}: ${stderr}`);
        const movie = await findSamples(report.output!.path);
        const expected = wholeIn(samples, Math.min(damaged.length, movieStart(bytes)));
        const compared = compareSamples(expected, movie.samples);
        assertExact(compared);
        assert.ok(compared.timeError <= 0.04, `${how} of ${seconds} s: ${compared.timeError}`);
      }
    });
  }

  test('300 kB of zeros at one third: at least 99 % of what is intact comes back', judged, async (t) => {
    const directory = scratchDirectory(t);
    const whole = join(directory, 'whole.mp4');
    const args = [...picture(12, '640x360'), ...sound(12), ...'-c:v libx264 -preset veryfast -b:v 2M -g 25'.split(' ')];
    const bytes = await encode(whole, [...args, ...'-c:a aac -ac 2'.split(' ')]);
    const { samples } = await findSamples(whole);
    const start = Math.floor(bytes.length / 3);
    const end = start + 300_000;
    const damaged = Buffer.from(bytes.subarray(0, movieStart(bytes))).fill(0, start, end);
    const { report } = await runRepair(placeBytes(directory, 'damaged.mp4', damaged), ['--reference', whole]);
    const intact = samples.filter((sample) => sample.end <= start || sample.end - sample.size >= end);
    const compared = compareSamples(intact, (await findSamples(report.output!.path)).samples);
    assert.ok(compared.found >= 0.99 * intact.length, `${compared.found} of ${intact.length}`);
    assert.equal(compared.strange, 0);
    const lost = report.unindexed.reduce((sum, { length }) => sum + length, 0);
    const [first, last] = [intact.findLast((sample) => sample.end <= start)!, intact.find(({ end: at }) => at > end)!];
    const torn = last.end - last.size - first.end;
    assert.ok(lost >= 300_000 && lost <= torn + 0.01 * bytes.length, `${lost} bytes are said to be lost, ${torn} are`);
  });

  test('a variable rate with a stall of 3 s: presented within 0.1 s', judged, async (t) => {
    const directory = scratchDirectory(t);
    const whole = join(directory, 'whole.mp4');
    const drop = "select='not(between(t,4,7))*not(eq(mod(n,7),3))'";
    const args = [...picture(12), ...sound(12), '-vf', drop, '-fps_mode', 'vfr'];
    const bytes = await encode(whole, [...args, ...'-c:v libx264 -preset veryfast -bf 2 -g 50 -c:a aac'.split(' ')]);
    const { samples } = await findSamples(whole);
    const path = placeBytes(directory, 'damaged.mp4', killed(bytes));
    const { report } = await runRepair(path, ['--reference', whole]);
    const compared = compareSamples(samples, (await findSamples(report.output!.path)).samples);
    assert.deepEqual([compared.found, compared.strange, compared.syncWrong], [samples.length, 0, 0]);
    assert.ok(compared.shownError <= 0.1, `${compared.shownError}`);
  });
});

describe('a reference found by itself', () => {
  test("of two that can be read, the one with the encoder's own settings, whatever it is called", judged, async (t) => {
    const directory = scratchDirectory(t);
    const codecs = (quality: number): string[] => `-c:v libx264 -preset veryfast -crf ${quality} -c:a aac`.split(' ');
    await encode(join(directory, 'damage1.mp4'), [...picture(2), ...sound(2), ...codecs(40)]);
    await encode(join(directory, 'other.mp4'), [...picture(3), ...sound(3), ...codecs(20)]);
    const whole = join(scratchDirectory(t), 'whole.mp4');
    const bytes = await encode(whole, [...picture(4), ...sound(4), ...codecs(20)]);
    const { report } = await runRepair(placeBytes(directory, 'damaged.mp4', killed(bytes)));
    const taken = report.findings.find(({ code }) => code === 'codec-configuration-taken');
    assert.match(taken!.message, /other\.mp4$/);
    assertExact(compareSamples((await findSamples(whole)).samples, (await findSamples(report.output!.path)).samples));
  });
});

describe('sound of other kinds, and of several tracks', () => {
  const video = '-c:v libx264 -preset veryfast -bf 2 -g 25'.split(' ');
  const sounds: readonly (readonly [string, readonly string[]])[] = [
    ['MP3', [...sound(6), ...video, ...'-c:a libmp3lame -ac 2'.split(' ')]],
    ['AC-3', [...sound(6), ...video, ...'-c:a ac3 -ac 2'.split(' ')]],
    ['PCM', [...sound(6), ...video, ...'-c:a pcm_s16le -ac 2'.split(' ')]],
  ];
  for (const [name, args] of sounds) {
    test(`${name} beside H.264`, judged, async (t) => {
      const directory = scratchDirectory(t);
      const whole = join(directory, 'whole.mp4');
      const bytes = await encode(whole, [...picture(6), ...args]);
      const { samples } = await findSamples(whole);
      const { report } = await runRepair(placeBytes(directory, 'damaged.mp4', killed(bytes)), ['--reference', whole]);
      const compared = compareSamples(samples, (await findSamples(report.output!.path)).samples);
      assertExact(compared);
      assert.ok(compared.timeError <= 0.04, `${compared.timeError}`);
    });
  }

  /** What at least comes back of samples whose bounds their codec does not tell; the pictures' are exact with AV1. */
  const likely: readonly (readonly [string, readonly string[], { readonly video: number; readonly audio: number }])[] =
    [
      ['AV1', '-c:v libsvtav1 -preset 12 -svtav1-params lp=1'.split(' '), { video: 1, audio: 0.95 }],
      ['VP9', '-c:v libvpx-vp9 -deadline realtime -cpu-used 8'.split(' '), { video: 0.85, audio: 0.85 }],
      ['H.265', '-c:v libx265 -preset ultrafast -x265-params log-level=none'.split(' '), { video: 1, audio: 0.95 }],
    ];
  for (const [name, args, share] of likely) {
    test(`Opus beside ${name}: what is likely is told, and most of it right`, judged, async (t) => {
      const directory = scratchDirectory(t);
      const whole = join(directory, 'whole.mp4');
      const bytes = await encode(whole, [...picture(6), ...sound(6), ...args, '-g', '50', '-c:a', 'libopus']);
      const { samples } = await findSamples(whole);
      const path = placeBytes(directory, 'damaged.mp4', killed(bytes));
      const { report } = await runRepair(path, ['--reference', whole]);
      const found = new Set((await samplesAsTheyAre(report.output!.path)).map(({ sha1 }) => sha1));
      for (const kind of ['video', 'audio'] as const) {
        const own = samples.filter((sample) => sample.kind === kind);
        const right = own.filter(({ sha1 }) => found.has(sha1)).length / own.length;
        assert.ok(right >= share[kind], `${kind}: ${right}`);
      }
      const told = report.findings.filter(({ code }) => code === 'samples-inferred').map(({ track }) => track);
      assert.deepEqual(told, name === 'VP9' ? ['video', 'audio'] : ['audio']);
    });
  }

  test(
    'Opus alone that begins in silence, in packets as another recording of its writer has them',
    judged,
    async (t) => {
      const tone = (start: number, hertz: number): string[] => [
        ...[
          '-f',
          'lavfi',
          '-i',
          `aevalsrc=gt(t\\,${start})*sin(2*PI*t*(${hertz}+90*sin(3*t)))*abs(sin(2*t)):s=48000:d=2.5`,
        ],
        ...'-c:a libopus -b:a 96k -ac 2 -frame_duration 10'.split(' '),
      ];
      const reference = join(scratchDirectory(t), 'reference.mp4');
      await encode(reference, tone(0.6, 330));
      const whole = join(scratchDirectory(t), 'whole.mp4');
      const bytes = await encode(whole, tone(1.2, 440));
      const { samples } = await findSamples(whole);
      const kept = 200;
      for (const [damaged, expected] of [
        [killed(bytes), samples],
        // As a copy that broke off: in the middle of a packet.
        [bytes.subarray(0, samples[kept]!.end - Math.ceil(samples[kept]!.size / 4)), samples.slice(0, kept)],
      ] as const) {
        const path = placeBytes(scratchDirectory(t), 'damaged.mp4', damaged);
        const { report } = await runRepair(path, ['--reference', reference]);
        const found = await samplesAsTheyAre(report.output!.path);
        const truth = new Set(expected.map(({ sha1 }) => sha1));
        const right = found.filter(({ sha1 }) => truth.has(sha1)).length;
        assert.ok(right >= 0.98 * expected.length, `${right} of ${expected.length}`);
        assert.ok(found.length - right <= 0.02 * expected.length, `${found.length - right} that are none`);
        assert.ok(expected === samples || truth.has(found.at(-1)!.sha1), 'the beginning of a packet is none');
      }
    },
  );

  test(
    'AV1 has its sequence header in the media, and what fills the rest is Opus: no reference is needed',
    judged,
    async (t) => {
      const whole = join(scratchDirectory(t), 'whole.mp4');
      const args = '-c:v libsvtav1 -preset 12 -svtav1-params lp=1 -g 50 -c:a libopus'.split(' ');
      const bytes = await encode(whole, [...picture(6), ...sound(6), ...args]);
      const { samples } = await findSamples(whole);
      const { report } = await runRepair(placeBytes(scratchDirectory(t), 'damaged.mp4', killed(bytes)));
      const found = new Set((await samplesAsTheyAre(report.output!.path)).map(({ sha1 }) => sha1));
      const right = (kind: string): number =>
        samples.filter((sample) => sample.kind === kind && found.has(sample.sha1)).length;
      assert.equal(right('video'), 150);
      assert.ok(right('audio') > 285, `${right('audio')}`);
      const taken = report.findings
        .filter(({ code }) => code === 'codec-configuration-taken')
        .map(({ message }) => message);
      assert.deepEqual(
        taken.map((message) => /sequence headers in the media|inferred: Opus/.exec(message)?.[0]),
        ['sequence headers in the media', 'inferred: Opus'],
      );
    },
  );

  /** The samples of a file in which some may not be what they should. */
  async function samplesAsTheyAre(path: string): Promise<readonly ProbedPacket[]> {
    return probePackets(path, { asStored: true });
  }

  /** Of each stream, the hashes of its samples in order. */
  async function hashesOf(path: string): Promise<string[][]> {
    const packets = await probePackets(path, { asStored: true });
    const streams = Math.max(...packets.map(({ stream }) => stream)) + 1;
    return Array.from({ length: streams }, (_, n) =>
      packets.filter(({ stream }) => stream === n).map(({ sha1 }) => sha1),
    );
  }

  const noise = ['-f', 'lavfi', '-i', 'anoisesrc=r=48000:d=8:a=0.3'];
  const both = '-map 0 -map 1 -map 2'.split(' ');
  for (const channels of ['-ac:a 2', '-ac:a:0 2 -ac:a:1 1']) {
    test(`two tracks of AAC (${channels}) stay two, and each sample in its own`, judged, async (t) => {
      const directory = scratchDirectory(t);
      const whole = join(directory, 'whole.mp4');
      const args = [...picture(8), ...sound(8), ...noise, ...both, ...video, '-c:a', 'aac', ...channels.split(' ')];
      const bytes = await encode(whole, args);
      const expected = await hashesOf(whole);
      const path = placeBytes(directory, 'damaged.mp4', killed(bytes));
      const { report } = await runRepair(path, ['--reference', whole]);
      assert.deepEqual(await hashesOf(report.output!.path), expected);
    });
  }

  test('two tracks of AAC, across a hole of zeros: no sample is in the track of the other', judged, async (t) => {
    const directory = scratchDirectory(t);
    const whole = join(directory, 'whole.mp4');
    const bytes = await encode(whole, [...picture(8), ...sound(8), ...noise, ...both, ...video, '-c:a', 'aac']);
    const expected = await hashesOf(whole);
    const damaged = killed(bytes).fill(0, Math.floor(bytes.length / 3), Math.floor(bytes.length / 3) + 50_000);
    const { report } = await runRepair(placeBytes(directory, 'damaged.mp4', damaged), ['--reference', whole]);
    for (const [n, hashes] of (await hashesOf(report.output!.path)).entries()) {
      const own = new Set(expected[n]);
      assert.deepEqual(
        hashes.filter((hash) => !own.has(hash)),
        [],
        `stream ${n}`,
      );
      assert.ok(hashes.length > 0.8 * expected[n]!.length);
    }
  });

  test('sound that is not compressed, the end cut off', judged, async (t) => {
    const directory = scratchDirectory(t);
    const whole = join(directory, 'whole.mov');
    const args = [...picture(6), ...sound(6), ...video, ...'-c:a pcm_s16le -ac 2 -movflags +faststart'.split(' ')];
    const bytes = await encode(whole, args);
    const path = placeBytes(directory, 'damaged.mov', bytes.subarray(0, Math.floor(bytes.length * 0.7)));
    const { report } = await runRepair(path);
    const output = report.output!.path;
    const { streams } = await findSamples(output);
    const audio = streams.find(({ codec_type: type }) => type === 'audio');
    assert.deepEqual([audio?.codec_name, audio?.sample_rate, audio?.channels], ['pcm_s16le', '48000', 2]);
    const frames = Number(audio?.nb_frames);
    assert.ok(frames > 3.9 * 48000 && frames < 4.5 * 48000, `${frames}`);
    const decoded = async (file: string): Promise<string> => {
      const map = ['-map', '0:a', '-af', `atrim=end_sample=${frames}`, '-f', 'md5', '-'];
      return (await runJudge('ffmpeg', ['-v', 'error', '-i', file, ...map])).stdout;
    };
    assert.equal(await decoded(output), await decoded(whole));
  });
});

describe('MP4s whose index is there, and of more than is there', () => {
  const args = [...picture(6), ...sound(6), ...'-c:v libx264 -preset veryfast -bf 2 -g 25 -c:a aac -ac 2'.split(' ')];

  test(
    'the moov first and the end cut off: the samples that are there play, the others are told',
    judged,
    async (t) => {
      const directory = scratchDirectory(t);
      const whole = join(directory, 'whole.mp4');
      const bytes = await encode(whole, [...args, '-movflags', '+faststart']);
      const { samples } = await findSamples(whole);
      const cut = bytes.subarray(0, Math.floor(bytes.length * 0.7));
      const { report } = await runRepair(placeBytes(directory, 'damaged.mp4', cut));
      const expected = wholeIn(samples, cut.length);
      const compared = compareSamples(expected, (await findSamples(report.output!.path)).samples);
      assertExact(compared);
      assert.ok(compared.timeError < 0.001);
      const lost = report.tracks.reduce((sum, track) => sum + track.lost.samples, 0);
      assert.equal(lost, samples.length - expected.length);
    },
  );

  test('fragments of which the last is torn', judged, async (t) => {
    const directory = scratchDirectory(t);
    const whole = join(directory, 'whole.mp4');
    const bytes = await encode(whole, [...args, '-movflags', '+frag_keyframe+empty_moov+default_base_moof']);
    const { samples } = await findSamples(whole);
    const cut = bytes.subarray(0, Math.floor(bytes.length * 0.8));
    const { report } = await runRepair(placeBytes(directory, 'damaged.mp4', cut));
    const expected = wholeIn(samples, cut.length);
    const compared = compareSamples(expected, (await findSamples(report.output!.path)).samples);
    assertExact(compared);
    assert.ok(compared.timeError < 0.001, `${compared.timeError}`);
  });

  const fragments: readonly (readonly [string, (damaged: Buffer, moof: Span, mdat: Span) => Buffer])[] = [
    ['the media of the last is zero', (b, _, mdat) => b.subarray(0, mdat.end).fill(0, (mdat.start + mdat.end) >> 1)],
    ['the last is zero from its beginning on', (b, moof, mdat) => b.subarray(0, mdat.end).fill(0, moof.start)],
    ['the index of one in the middle is zero', (b, moof) => b.fill(0, moof.start, moof.end)],
  ];
  for (const [name, damage] of fragments) {
    test(`fragments: ${name}`, judged, async (t) => {
      const directory = scratchDirectory(t);
      const whole = join(directory, 'whole.mp4');
      const bytes = await encode(whole, [...args, '-movflags', '+frag_keyframe+empty_moov+default_base_moof']);
      const { samples } = await findSamples(whole);
      const boxes = topLevelBoxes(bytes);
      const [moofs, mdats] = ['moof', 'mdat'].map((type) => boxes.filter((box) => box.type === type));
      const damaged = damage(Buffer.from(bytes), moofs![4]!, mdats![4]!);
      const isIntact = ({ end, size }: FoundSample): boolean =>
        end <= damaged.length && damaged.subarray(end - size, end).equals(bytes.subarray(end - size, end));
      const { report } = await runRepair(placeBytes(directory, 'damaged.mp4', damaged));
      assert.equal(report.outcome, 'made', 'a file with zeros in it is not intact');
      const expected = samples.filter(isIntact);
      const compared = compareSamples(expected, (await findSamples(report.output!.path)).samples);
      assert.deepEqual(
        [compared.found, compared.strange, compared.syncWrong],
        [expected.length, 0, 0],
        'all that is there plays, what is not does not',
      );
      assert.ok(compared.timeError < 0.001, `${compared.timeError}`);
    });
  }

  test('a size of mdat that is wrong', judged, async (t) => {
    const directory = scratchDirectory(t);
    const whole = join(directory, 'whole.mp4');
    const bytes = await encode(whole, args);
    const { samples } = await findSamples(whole);
    const damaged = Buffer.from(bytes);
    damaged.writeUInt32BE(5000, damaged.indexOf('mdat', 0, 'latin1') - 4);
    const { report } = await runRepair(placeBytes(directory, 'damaged.mp4', damaged));
    const compared = compareSamples(samples, (await findSamples(report.output!.path)).samples);
    assertExact(compared);
  });
});
