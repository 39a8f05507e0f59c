/**
 * What a damaged file said of itself is in the repaired one: every track and its kind, rotation, edit lists, names, languages,
 * chapters, metadata, sample descriptions. ffprobe judges: it has to say of the result, packet for packet, what it says of
 * the file before it was damaged.
 */
import assert from 'node:assert/strict';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { needs, runJudge } from '../../support/judges.ts';
import { fixturesDirectory } from '../../support/project.ts';
import { movieBoxes } from '../../support/box-tree.ts';
import { scratchDirectory } from '../../support/scratch.ts';
import { encode, placeBytes, runRepair } from './damaged-recordings.ts';

/** What follows from where the bytes lie, and from how long the file is. */
const ofTheFile = /\.pos=|\.filename=|format\.(?:size|bit_rate)=|extradata_size/;

/** Everything that ffprobe says of a file. */
async function said(path: string): Promise<string[]> {
  const sections = ['-show_streams', '-show_format', '-show_chapters', '-show_packets', '-show_data_hash', 'md5'];
  const { status, stdout, stderr } = await runJudge('ffprobe', ['-v', 'error', ...sections, '-of', 'flat', path]);
  assert.equal(status, 0, stderr);
  return stdout.split('\n').filter((line) => !ofTheFile.test(line));
}

interface TopLevelBox {
  readonly type: string;
  readonly at: number;
  readonly size: number;
}

function boxesOf(bytes: Buffer): TopLevelBox[] {
  const boxes: TopLevelBox[] = [];
  for (let at = 0; at + 8 <= bytes.length;) {
    const size = bytes.readUInt32BE(at);
    boxes.push({ type: bytes.toString('latin1', at + 4, at + 8), at, size });
    at += Math.max(8, size);
  }
  return boxes;
}

/** The file with the size of its mdat wrong, which costs no sample. */
function withWrongSize(bytes: Buffer): Buffer {
  const damaged = Buffer.from(bytes);
  const mdat = boxesOf(bytes).find(({ type }) => type === 'mdat')!;
  damaged.writeUInt32BE(mdat.size + 5_000_000, mdat.at);
  return damaged;
}

/** The file with zeros in the middle of its media, behind the first samples of all tracks. */
function withHole(bytes: Buffer): Buffer {
  const mdat = boxesOf(bytes).find(({ type }) => type === 'mdat')!;
  const start = mdat.at + Math.floor(mdat.size * 0.6);
  return Buffer.from(bytes).fill(0, start, start + Math.max(2000, Math.floor(mdat.size / 20)));
}

const h264 = ['-c:v', 'libx264', '-preset', 'ultrafast', '-bf', '2', '-g', '25', '-threads', '1'];
const subtitles = '1\n00:00:00,100 --> 00:00:01,000\nhello\n\n2\n00:00:01,500 --> 00:00:01,900\nthere\n';
const metadata =
  ';FFMETADATA1\ntitle=Titel ü\nlocation=+48.1+011.6/\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=900\ntitle=one\n' +
  '[CHAPTER]\nTIMEBASE=1/1000\nSTART=900\nEND=2000\ntitle=two\n';

/** Two languages, subtitles, chapters, metadata. */
async function makeRich(directory: string): Promise<string> {
  const [srt, meta] = [join(directory, 's.srt'), join(directory, 'm.txt')];
  writeFileSync(srt, subtitles);
  writeFileSync(meta, metadata);
  const path = join(directory, 'rich.mp4');
  await encode(path, [
    ...['-f', 'lavfi', '-i', 'testsrc2=s=160x120:r=25', '-f', 'lavfi', '-i', 'sine=440:r=48000'],
    ...['-i', srt, '-i', meta],
    ...'-map 0:v -map 1:a -map 1:a -map 2:s -map_metadata 3 -map_chapters 3 -t 2'.split(' '),
    ...[...h264, '-c:a', 'aac', '-c:s', 'mov_text', '-metadata:s:a:0', 'language=deu'],
    ...['-metadata:s:a:1', 'language=eng', '-metadata:s:a:1', 'title=second', '-disposition:a:1', '0'],
    ...['-movflags', '+faststart'],
  ]);
  return path;
}

async function copied(from: string, to: string, before: readonly string[], after: readonly string[]): Promise<string> {
  await encode(to, [...before, '-i', from, ...after, '-c', 'copy', '-movflags', '+faststart']);
  return to;
}

interface Kind {
  readonly name: string;
  readonly make: (directory: string) => Promise<string> | string;
  /** Whether the index stands in front, so that a cut leaves it. */
  readonly indexFirst: boolean;
}

const kinds: readonly Kind[] = [
  {
    name: 'an iPhone: rotation, Dolby Vision, three tracks of metadata, edit lists',
    make: (directory) => {
      cpSync(join(fixturesDirectory, 'mp4/iphone.mov'), join(directory, 'iphone.mov'));
      return join(directory, 'iphone.mov');
    },
    indexFirst: false,
  },
  { name: 'two languages, subtitles, chapters, metadata', make: makeRich, indexFirst: true },
  {
    name: 'rotation and a timecode, in QuickTime',
    make: async (directory) => {
      const after = ['-map', '0:v', '-map', '0:a', '-timecode', '01:00:00:00'];
      return copied(await makeRich(directory), join(directory, 'rot.mov'), ['-display_rotation', '90'], after);
    },
    indexFirst: true,
  },
  {
    name: 'a cut that an edit list hides',
    make: async (directory) => {
      const after = ['-map', '0:v', '-map', '0:a'];
      return copied(await makeRich(directory), join(directory, 'cut.mp4'), ['-ss', '0.7'], after);
    },
    indexFirst: true,
  },
];

describe('salvor repair keeps what the file says of itself', () => {
  for (const { name, make, indexFirst } of kinds) {
    test(name, needs('ffprobe', 'ffmpeg'), async (t) => {
      const directory = scratchDirectory(t);
      const path = await make(directory);
      const bytes = readFileSync(path);
      const intact = await said(path);

      const left = await runRepair(path, ['-n']);
      assert.deepEqual([left.status, left.report.outcome], [0, 'untouched'], 'what is intact is left alone');

      const whole = placeBytes(directory, 'size.mp4', withWrongSize(bytes));
      const output = join(directory, 'made.mp4');
      const made = await runRepair(whole, ['-o', output]);
      assert.deepEqual([made.status, made.report.outcome], [0, 'made'], made.stderr);
      assert.deepEqual(await said(output), intact);
      assert.deepEqual(movieBoxes(readFileSync(output)), movieBoxes(bytes), 'no box of the moov is another');

      if (!indexFirst) return;
      const holed = join(directory, 'holed.mp4');
      const hole = await runRepair(placeBytes(directory, 'hole.mp4', withHole(bytes)), ['-o', holed]);
      assert.deepEqual([hole.status, hole.report.outcome], [0, 'made'], hole.stderr);
      const notKept = hole.report.findings.filter(({ code }) => code === 'mp4-tables-not-kept');
      const types = notKept.flatMap(({ message }) =>
        /of track \d+ (.*?) (?:is|are) left out/.exec(message)![1]!.split(', '),
      );
      const isKept = (line: string): boolean => !types.some((type) => line.includes(`/${type} `));
      const lasts = /\/(?:mvhd|tkhd|mdhd) /;
      assert.deepEqual(
        movieBoxes(readFileSync(holed)).filter((line) => !lasts.test(line)),
        movieBoxes(bytes).filter((line) => isKept(line) && !lasts.test(line)),
        'edit lists and all others are as they were, where samples in the middle are lost',
      );

      const cut = placeBytes(directory, 'cut-off.mp4', bytes.subarray(0, Math.floor(bytes.length * 0.6)));
      const short = join(directory, 'short.mp4');
      assert.equal((await runRepair(cut, ['-o', short])).status, 0);
      const rest = await said(short);
      const ofPackets = (lines: readonly string[]): string[] => lines.filter((line) => line.startsWith('packets.'));
      const ofStreams = (lines: readonly string[]): string[] =>
        lines.filter(
          (line) =>
            /^(?:streams|chapters|format)\./.test(line) && !/duration|nb_frames|nb_read_packets|bit_rate/.test(line),
        );
      assert.deepEqual(ofStreams(rest), ofStreams(intact), 'all that is no length is as it was');
      assert.ok(ofPackets(rest).length > ofPackets(intact).length / 3);
    });
  }
});
