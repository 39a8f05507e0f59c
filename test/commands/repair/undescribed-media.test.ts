/**
 * Closed MP4s whose index is whole in itself and describes only a part of the media: what lies behind, before or between is
 * found, told with its share, and comes back. Files that have bytes of no sample for other reasons are intact. One encoded
 * recording lends the media; ffprobe says what came back.
 */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { before, describe, test, after } from 'node:test';
import { repair } from '../../../src/commands/repair/repair.ts';
import { encode } from '../../codecs/encoded.ts';
import { needs } from '../../support/judges.ts';
import { runInProcess } from '../../support/programs.ts';
import { compareSamples, findSamples, type FoundMovie } from './damaged-recordings.ts';

/** The boxes of a file that ffmpeg wrote: what comes before the media, the media, and the moov. */
interface Parts {
  readonly head: Buffer;
  readonly media: Buffer;
  readonly movie: Buffer;
}

function partsOf(bytes: Buffer): Parts {
  const [body, moov] = [bytes.indexOf('mdat', 0, 'latin1') + 4, bytes.lastIndexOf('moov', undefined, 'latin1') - 4];
  return { head: bytes.subarray(0, body), media: bytes.subarray(body, moov), movie: bytes.subarray(moov) };
}

/** The moov with other chunk offsets. */
function moved(movie: Buffer, to: (offset: number) => number): Buffer {
  const copy = Buffer.from(movie);
  for (let at = copy.indexOf('stco', 0, 'latin1'); at >= 0; at = copy.indexOf('stco', at + 4, 'latin1')) {
    const count = copy.readUInt32BE(at + 8);
    for (let n = 0; n < count; n++) copy.writeUInt32BE(to(copy.readUInt32BE(at + 12 + 4 * n)), at + 12 + 4 * n);
  }
  return copy;
}

function withMedia({ head, movie }: Parts, media: Buffer, to: (offset: number) => number): Buffer {
  const start = Buffer.from(head);
  start.writeUInt32BE(8 + media.length, start.length - 8);
  return Buffer.concat([start, media, moved(movie, to)]);
}

let one: Parts;
let other: Parts;
let directory = '';
let truths: readonly FoundMovie[] = [];
const chunkOfOne = (part: number): number => {
  const { movie, head, media } = one;
  const at = movie.indexOf('stco', 0, 'latin1');
  const wanted = head.length + part * media.length;
  const offsets = Array.from({ length: movie.readUInt32BE(at + 8) }, (_, n) => movie.readUInt32BE(at + 12 + 4 * n));
  return offsets.find((offset) => offset >= wanted)!;
};

async function verdictOf(path: string, ...flags: string[]): Promise<{ verdict: string; text: string }> {
  const { stdout } = await runInProcess('salvor', ['probe', '--json', ...flags, path]);
  const { health } = JSON.parse(stdout) as { health: { verdict: string; findings: { message: string }[] } };
  return { verdict: health.verdict, text: health.findings.map(({ message }) => message).join('\n') };
}

/** What comes back of all that lies in the file. */
async function repaired(bytes: Buffer): Promise<ReturnType<typeof compareSamples> & { readonly text: string }> {
  const [path, output] = [join(directory, 'damaged.mp4'), join(directory, 'repaired.mp4')];
  writeFileSync(path, bytes);
  const { verdict, text } = await verdictOf(path);
  assert.equal(verdict, 'damaged');
  const plain = { reference: undefined, inPlace: false, framesPerSecond: undefined };
  await repair(path, { ...plain, output, replace: true, dryRun: false });
  assert.equal((await verdictOf(output)).verdict, 'complete');
  const expected = truths.flatMap(({ samples }) => samples);
  return { ...compareSamples(expected, (await findSamples(output)).samples), text };
}

describe('media of a closed file that its index does not describe', () => {
  const scratch: (() => void)[] = [];
  before(async () => {
    const lifetime = { after: (work: () => void) => void scratch.push(work) } as unknown as Parameters<
      typeof encode
    >[0];
    const make = (name: string, seconds: number, seed: number): Promise<string> =>
      encode(lifetime, name, [
        ...['-f', 'lavfi', '-i', `testsrc2=size=320x240:rate=25:duration=${seconds}`],
        ...['-f', 'lavfi', '-i', `anoisesrc=amplitude=0.2:sample_rate=48000:duration=${seconds}:seed=${seed}`],
        ...['-vf', `hue=h=${30 * seed}`, '-c:v', 'libx264', '-preset', 'veryfast', '-g', '25', '-c:a', 'aac'],
      ]);
    const files = [await make('one.mp4', 3, 1), await make('other.mp4', 4, 2)];
    directory = dirname(files[0]!);
    truths = await Promise.all(files.map((file) => findSamples(file)));
    [one, other] = files.map((file) => partsOf(readFileSync(file))) as [Parts, Parts];
  });
  after(() => {
    for (const work of scratch) work();
  });

  test('behind what it describes', needs('ffmpeg', 'ffprobe'), async () => {
    const result = await repaired(withMedia(one, Buffer.concat([one.media, other.media]), (offset) => offset));
    assert.deepEqual([result.found, result.strange, result.syncWrong], [result.expected, 0, 0]);
    assert.match(result.text, /5\d % of the media/);
  });

  test('before what it describes', needs('ffmpeg', 'ffprobe'), async () => {
    const { length } = other.media;
    const result = await repaired(withMedia(one, Buffer.concat([other.media, one.media]), (offset) => offset + length));
    assert.deepEqual([result.found, result.strange, result.syncWrong], [result.expected, 0, 0]);
  });

  test('between what it describes', needs('ffmpeg', 'ffprobe'), async () => {
    const { length } = other.media;
    const cut = chunkOfOne(0.5);
    const at = cut - one.head.length;
    const media = Buffer.concat([one.media.subarray(0, at), other.media, one.media.subarray(at)]);
    const result = await repaired(withMedia(one, media, (offset) => (offset >= cut ? offset + length : offset)));
    assert.deepEqual([result.found, result.strange, result.syncWrong], [result.expected, 0, 0]);
  });

  test('bytes that are no media of the tracks, zeros among them, are none', needs('ffmpeg', 'ffprobe'), async () => {
    let state = 7;
    const noise = Buffer.from(
      Array.from({ length: 200_000 }, () => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) >>> 24),
    );
    for (const padding of [noise, Buffer.alloc(200_000)]) {
      const path = join(directory, 'padded.mp4');
      writeFileSync(
        path,
        withMedia(one, Buffer.concat([one.media, padding]), (offset) => offset),
      );
      for (const flags of [[], ['--deep']]) assert.equal((await verdictOf(path, ...flags)).verdict, 'complete');
    }
  });
});
