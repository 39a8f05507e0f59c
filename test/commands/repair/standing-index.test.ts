/**
 * MP4s of which the index stands while what leads to it does not: heads that are zero, overwritten or encrypted, headers of
 * mdats that are lost, recordings stopped while one mdat was laid over all that had been written, remnants of other
 * recordings. One recording is encoded; each damage is done to it, and what is repaired is held against it by ffprobe.
 */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { repair } from '../../../src/commands/repair/repair.ts';
import type { RecordingReport } from '../../../src/media/report.ts';
import { encode } from '../../codecs/encoded.ts';
import { seededRandom } from '../../support/damage.ts';
import { needs } from '../../support/judges.ts';
import { runInProcess } from '../../support/programs.ts';
import { compareSamples, findSamples, type FoundMovie } from './damaged-recordings.ts';

/** The same samples in containers of several kinds. */
const containers = {
  'closed.mp4': [],
  'front.mp4': ['-movflags', '+faststart'],
  'closed.mov': [],
  'fragments.mp4': ['-movflags', 'frag_keyframe+empty_moov+default_base_moof'],
} as const;
type Container = keyof typeof containers;

const files = new Map<string, Buffer>();
const truths = new Map<string, FoundMovie>();
let directory = '';

/** Where a box of this type begins: the first or the last in the file. */
function boxStart(bytes: Buffer, type: string, last = false): number {
  return (last ? bytes.lastIndexOf(type, undefined, 'latin1') : bytes.indexOf(type, 0, 'latin1')) - 4;
}

/** Bytes as an encryption leaves them, the same in every run. */
function scrambled(length: number): Buffer {
  const bytes = Buffer.alloc(length);
  let state = 20;
  for (let at = 0; at < length; at++) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    bytes[at] = state >>> 16;
  }
  return bytes;
}

function overwritten(bytes: Buffer, start: number, by: Buffer): Buffer {
  const copy = Buffer.from(bytes);
  by.copy(copy, start);
  return copy;
}

/** A box laid over what is there, as its recorder does in the end: with a size of 64 bits. */
function mdatOver(...contents: readonly Buffer[]): Buffer {
  const body = Buffer.concat(contents);
  const header = Buffer.alloc(16);
  header.writeUInt32BE(1);
  header.write('mdat', 4, 'latin1');
  header.writeBigUInt64BE(BigInt(16 + body.length), 8);
  return Buffer.concat([header, body]);
}

/** The boxes in [start, end), the tables of chunk offsets with 64 bits each. */
function largeOffsets(bytes: Buffer, start: number, end: number): Buffer {
  const boxes: Buffer[] = [];
  for (let at = start; at < end;) {
    const size = bytes.readUInt32BE(at);
    const type = bytes.toString('latin1', at + 4, at + 8);
    let body = bytes.subarray(at + 8, at + size);
    if (['moov', 'trak', 'mdia', 'minf', 'stbl'].includes(type)) body = largeOffsets(bytes, at + 8, at + size);
    if (type === 'stco') {
      const rows = Buffer.alloc(8 + 2 * (body.length - 8));
      body.copy(rows, 0, 0, 8);
      for (let row = 8; row < body.length; row += 4) rows.writeUInt32BE(body.readUInt32BE(row), 2 * row - 4);
      body = rows;
    }
    const header = Buffer.alloc(8);
    header.writeUInt32BE(8 + body.length);
    header.write(type === 'stco' ? 'co64' : type, 4, 'latin1');
    boxes.push(header, body);
    at += size;
  }
  return Buffer.concat(boxes);
}

function withLargeOffsets(bytes: Buffer): Buffer {
  const moov = boxStart(bytes, 'moov', true);
  return Buffer.concat([bytes.subarray(0, moov), largeOffsets(bytes, moov, bytes.length)]);
}

/** A closed file over which its recorder laid one mdat, from the free box before the mdat to the end, and what it appended before. */
function laidOver(bytes: Buffer, ...appended: readonly Buffer[]): Buffer {
  const start = boxStart(bytes, 'mdat') - 8;
  const whole = Buffer.concat([bytes, ...appended]);
  return Buffer.concat([whole.subarray(0, start), mdatOver(whole.subarray(start + 16))]);
}

function moovOf(bytes: Buffer): Buffer {
  return bytes.subarray(boxStart(bytes, 'moov', true));
}

interface Damage {
  readonly of: Container;
  readonly damage: (bytes: Buffer) => Buffer;
  /** Samples that lie before this byte of the intact file are lost; none by default. */
  readonly lostBefore?: number;
  /** Samples that lie from this byte of the intact file on are lost. */
  readonly lostFrom?: (bytes: Buffer) => number;
  readonly reference?: Container;
  /** No index tells the times: they follow from the order in the file. */
  readonly isCarved?: boolean;
}

const head = (of: Container, length: number): Damage => ({
  of,
  damage: (bytes) => overwritten(bytes, 0, Buffer.alloc(length)),
  lostBefore: length,
});

const damages: Record<string, Damage> = {
  'the first 8 bytes are zero': head('closed.mp4', 8),
  'the first 512 bytes are zero': head('closed.mp4', 512),
  'the first 4096 bytes of a MOV are zero': head('closed.mov', 4096),
  'the first 64 KiB are zero': head('closed.mp4', 65_536),
  'the first 60000 bytes are encrypted, and a note is appended': {
    of: 'closed.mp4',
    damage: (bytes) => Buffer.concat([overwritten(bytes, 0, scrambled(60_000)), scrambled(334)]),
    lostBefore: 60_000,
  },
  'all but the ftyp and 20000 bytes of media behind it are encrypted': {
    of: 'closed.mp4',
    damage: (bytes) => overwritten(bytes, 32, scrambled(20_000)),
    lostBefore: 20_032,
  },
  'the header of the mdat is lost': {
    of: 'closed.mp4',
    damage: (bytes) => overwritten(bytes, boxStart(bytes, 'mdat'), Buffer.alloc(8)),
  },
  'the header of the mdat behind the moov is lost': {
    of: 'front.mp4',
    damage: (bytes) => overwritten(bytes, boxStart(bytes, 'mdat'), Buffer.alloc(8)),
  },
  'the ftyp in front of a moov is lost': {
    of: 'front.mp4',
    damage: (bytes) => overwritten(bytes, 0, Buffer.alloc(28)),
  },
  'an mdat lies over all that was written': {
    of: 'fragments.mp4',
    damage: (bytes) => Buffer.concat([bytes.subarray(0, 28), mdatOver(bytes.subarray(28))]),
  },
  'an mdat lies over all that was written, and the moov behind it is torn': {
    of: 'fragments.mp4',
    damage: (bytes) => {
      const closed = files.get('closed.mp4')!;
      const start = boxStart(closed, 'moov', true);
      return Buffer.concat([bytes.subarray(0, 28), mdatOver(bytes.subarray(28)), closed.subarray(start, start + 1200)]);
    },
  },
  'an mdat lies over the media and its moov': { of: 'closed.mp4', damage: (bytes) => laidOver(bytes) },
  'an mdat lies over the media and its moov, which has chunk offsets of 64 bits': {
    of: 'closed.mp4',
    damage: (bytes) => laidOver(withLargeOffsets(bytes)),
  },
  'an mdat lies over the media and two moovs': {
    of: 'closed.mp4',
    damage: (bytes) => laidOver(bytes, moovOf(bytes)),
  },
  'an mdat lies over the media and two moovs, of which the second is torn': {
    of: 'closed.mp4',
    damage: (bytes) => laidOver(bytes, moovOf(bytes).subarray(0, 1200)),
  },
  'the first 512 bytes are zero, and chunk offsets have 64 bits': {
    of: 'closed.mp4',
    damage: (bytes) => overwritten(withLargeOffsets(bytes), 0, Buffer.alloc(512)),
    lostBefore: 512,
  },
  'the moov in front of fragments is zero': {
    of: 'fragments.mp4',
    damage: (bytes) => overwritten(bytes, 0, Buffer.alloc(boxStart(bytes, 'moof'))),
    reference: 'closed.mp4',
  },
  'the moov in front of fragments is gone, and the last of them is cut': {
    of: 'fragments.mp4',
    damage: (bytes) => bytes.subarray(boxStart(bytes, 'moof'), boxStart(bytes, 'moof', true) + 40),
    lostFrom: (bytes) => boxStart(bytes, 'moof', true),
    reference: 'closed.mp4',
  },
  'an mdat that was never closed begins with the index of another recording': {
    of: 'closed.mp4',
    damage: (bytes) => {
      const other = files.get('other.mp4')!;
      const [mdat, moov] = [boxStart(bytes, 'mdat'), boxStart(bytes, 'moov', true)];
      const open = Buffer.from(bytes.subarray(0, mdat + 8));
      open.writeUInt32BE(0, mdat);
      return Buffer.concat([open, other.subarray(boxStart(other, 'moov', true)), bytes.subarray(mdat + 8, moov)]);
    },
    reference: 'closed.mp4',
    isCarved: true,
  },
};

/** 64 KiB of noise that begins as a box of this type and size would. */
function imitated(seed: number, type: string, size: number): Damage {
  const noise = Buffer.alloc(65_536);
  const random = seededRandom(seed);
  for (let at = 0; at < noise.length; at++) noise[at] = random.below(256);
  noise.writeUInt32BE(size);
  noise.write(type, 4, 'latin1');
  return { of: 'closed.mp4', damage: (bytes) => overwritten(bytes, 0, noise), lostBefore: 65_536 };
}

const imitations = [
  ['mdat', 0],
  ['mdat', 0x3000],
  ['mdat', 0x7fffffff],
  ['free', 0],
  ['free', 0x7fffffff],
  ['free', 0x3000],
  ['ftyp', 0],
  ['moov', 0],
  ['moov', 0x7fffffff],
  ['abcd', 0],
  ['abcd', 0x3000],
] as const;
for (const [seed, [type, size]] of imitations.entries()) {
  damages[`noise that begins as ${type} of size ${size}`] = imitated(seed, type, size);
}

async function repaired(
  name: string,
  bytes: Buffer,
  reference?: string,
): Promise<{ report: RecordingReport; output: string }> {
  const damaged = join(directory, `${name}.damaged`);
  const output = join(directory, `${name}.repaired.mp4`);
  writeFileSync(damaged, bytes);
  const plain = { replace: true, dryRun: false, inPlace: false, framesPerSecond: undefined };
  return { report: await repair(damaged, { ...plain, output, reference }), output };
}

describe('an index is found wherever it stands', () => {
  const cleaning: (() => void)[] = [];
  after(() => {
    for (const clean of cleaning) clean();
  });
  before(async () => {
    const lifetime = { after: (clean: () => void) => void cleaning.push(clean) };
    const sources = (tone: number): readonly string[] => [
      ...['-f', 'lavfi', '-i', 'testsrc2=size=192x144:rate=25:duration=3'],
      ...['-f', 'lavfi', '-i', `sine=frequency=${tone}:sample_rate=48000:duration=3`],
    ];
    const coded = ['-c:v', 'libx264', '-preset', 'ultrafast', '-qp', '18', '-bf', '2', '-g', '25', '-c:a', 'aac'];
    const first = await encode(lifetime, 'closed.mp4', [...sources(440), ...coded]);
    directory = dirname(first);
    const other = await encode(lifetime, 'other.mp4', [...sources(880), '-vf', 'negate', ...coded]);
    files.set('other.mp4', readFileSync(other));
    for (const [name, options] of Object.entries(containers)) {
      const file =
        name === 'closed.mp4' ? first : await encode(lifetime, name, ['-i', first, '-c', 'copy', ...options]);
      files.set(name, readFileSync(file));
      truths.set(name, await findSamples(file));
    }
  });

  for (const [what, { of, damage, lostBefore = 0, lostFrom, reference, isCarved }] of Object.entries(damages)) {
    test(what, needs('ffmpeg', 'ffprobe'), async () => {
      const intact = files.get(of)!;
      const name = what.replaceAll(/\W+/g, '-');
      const { output } = await repaired(
        name,
        damage(intact),
        reference === undefined ? undefined : join(directory, reference),
      );
      const { samples } = truths.get(of)!;
      const lostEnd = lostFrom?.(intact) ?? intact.length;
      const expected = samples.filter(({ end, size }) => end - size >= lostBefore && end <= lostEnd);
      const made = await findSamples(output, { mayLackPictures: lostBefore > 0 });
      const comparison = compareSamples(expected, made.samples);
      const exact = isCarved === true ? 0.04 : 0.001;
      assert.deepEqual(
        { ...comparison, timeError: comparison.timeError < exact, shownError: comparison.shownError < exact },
        {
          expected: expected.length,
          found: expected.length,
          strange: 0,
          syncWrong: 0,
          offsetsWrong: 0,
          timeError: true,
          shownError: true,
        },
      );
      assert.ok(expected.length > 100);
    });
  }

  test('in a file beside the media (Flashphoner)', needs('ffmpeg', 'ffprobe'), async () => {
    const intact = files.get('closed.mp4')!;
    const moov = boxStart(intact, 'moov', true);
    writeFileSync(join(directory, 'live.mp4.header'), Buffer.concat([intact.subarray(0, 32), intact.subarray(moov)]));
    const media = join(directory, 'live.mp4.tmp');
    writeFileSync(media, intact.subarray(0, moov));
    const output = join(directory, 'live.made.mp4');
    const plain = { replace: true, dryRun: false, inPlace: false, framesPerSecond: undefined, reference: undefined };
    await repair(media, { ...plain, output });
    const { samples } = truths.get('closed.mp4')!;
    const { found, strange, syncWrong, timeError } = compareSamples(samples, (await findSamples(output)).samples);
    assert.deepEqual(
      { found, strange, syncWrong, near: timeError < 0.04 },
      { found: samples.length, strange: 0, syncWrong: 0, near: true },
    );
  });

  test('fragments that end in zeros are unfinished', needs('ffmpeg', 'ffprobe'), async () => {
    const intact = files.get('fragments.mp4')!;
    const ends = {
      intact,
      appended: Buffer.concat([intact, Buffer.alloc(5000)]),
      lost: overwritten(intact, intact.length - 5000, Buffer.alloc(5000)),
    };
    const verdicts: Record<string, string> = {};
    for (const [end, bytes] of Object.entries(ends)) {
      const path = join(directory, `${end}.mp4`);
      writeFileSync(path, bytes);
      const { stdout } = await runInProcess('salvor', ['probe', '--json', path]);
      verdicts[end] = (JSON.parse(stdout) as { health: { verdict: string } }).health.verdict;
    }
    assert.deepEqual(verdicts, { intact: 'complete', appended: 'unfinished', lost: 'unfinished' });
  });

  test(
    'what repair leaves out because it is zero is what probe --deep tells of',
    needs('ffmpeg', 'ffprobe'),
    async () => {
      const intact = files.get('closed.mp4')!;
      const { report, output } = await repaired('hole', overwritten(intact, 60_000, Buffer.alloc(20_000)));
      const { samples } = truths.get('closed.mp4')!;
      const expected = samples.filter(({ end, size }) => end <= 60_000 || end - size >= 80_000);
      const { found, strange, shownError } = compareSamples(
        expected,
        (await findSamples(output, { mayLackPictures: true })).samples,
      );
      assert.deepEqual(
        { found, strange, exact: shownError < 0.001 },
        { found: expected.length, strange: 0, exact: true },
      );
      assert.ok(
        report.findings.some(
          ({ code, offset, length }) => code === 'mp4-zero-range' && offset === 60_000 && length === 20_000,
        ),
      );
    },
  );
});
