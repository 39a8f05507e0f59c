/**
 * `salvor probe --check` on recordings that were finished already: the result beside them is known by its bytes, and what is of
 * another recording, or of an earlier state of this one, is no result of it.
 */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { runInProcess } from '../../support/programs.ts';
import { fixturesDirectory } from '../../support/project.ts';
import { scratchDirectory } from '../../support/scratch.ts';

const fixture = (path: string): Buffer => readFileSync(join(fixturesDirectory, path));

const killed = fixture('flv/killed-chunk3.flv');
const tuned = fixture('ems/ts/killed-chunked4-10s/rec_part0002.ts');

/** Without some packets of 188 bytes. */
function withoutPackets(bytes: Buffer, from: number, count: number): Buffer {
  return Buffer.concat([bytes.subarray(0, from * 188), bytes.subarray((from + count) * 188)]);
}

/** With zeros in some bytes. */
function zeroed(bytes: Buffer, from: number, to: number): Buffer {
  return Buffer.from(bytes).fill(0, from, to);
}

/** An FLV whose timestamps begin again on the way. */
function begunAgain(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes);
  let resetFrom = -1;
  for (let at = 13; at + 11 < copy.length; at += 15 + copy.readUIntBE(at + 1, 3)) {
    const time = copy.readUIntBE(at + 4, 3);
    if (at > copy.length / 2 && resetFrom < 0) resetFrom = time;
    if (resetFrom >= 0) copy.writeUIntBE(Math.max(0, time - resetFrom), at + 4, 3);
  }
  return copy;
}

/** The last whole unit before two thirds, so that a shorter state is one that a recorder may leave. */
const earlierState = (bytes: Buffer): Buffer => bytes.subarray(0, Math.floor(bytes.length / 564) * 376);

const recordings: readonly (readonly [name: string, ending: string, bytes: Buffer, other: Buffer])[] = [
  ['an unfinished FLV', '.flv', killed, zeroed(killed, 9000, 9600)],
  ['an FLV with a hole', '.flv', zeroed(killed, 12_000, 15_000), killed],
  ['an FLV whose clock begins again', '.flv', begunAgain(killed), zeroed(killed, 9000, 9600)],
  ['a TS with packets missing', '.ts', withoutPackets(tuned, 200, 7), withoutPackets(tuned, 210, 7)],
  ['a TS with junk and a torn end', '.ts', withJunk(tuned).subarray(0, -100), withoutPackets(tuned, 210, 7)],
  ['a TS that is scrambled in part', '.ts', fixture('ts/scrambled-half.ts'), withoutPackets(tuned, 210, 7)],
  ['a TS whose clock begins again', '.ts', fixture('ts/clock-reset.ts'), fixture('ts/scrambled-half.ts')],
  ['a TS without a name of its kind', '', withoutPackets(tuned, 100, 9), withoutPackets(tuned, 210, 7)],
];

function withJunk(bytes: Buffer): Buffer {
  return Buffer.concat([bytes.subarray(0, 20_304), Buffer.alloc(777, 0x2a), bytes.subarray(20_304)]);
}

async function salvor(...words: readonly string[]): Promise<{ status: number | null; stdout: string }> {
  const { status, stdout, stderr } = await runInProcess('salvor', words);
  assert.equal(stderr, '');
  return { status, stdout };
}

/** What the advice of `probe`, followed, makes of some bytes; the name ends in `ending`. */
async function fixedBytes(directory: string, bytes: Buffer, ending: string): Promise<Buffer> {
  const [path, output] = [join(directory, `made${ending}`), join(directory, `made-of-it${ending}`)];
  writeFileSync(path, bytes);
  const { stdout } = await salvor('probe', '--json', path);
  const { health } = JSON.parse(stdout) as { health: { advice: { words: string[] }[] } };
  const [verb, ...words] = health.advice[0]!.words;
  const { status } = await runInProcess('salvor', [verb!, '-q', '-f', '-o', output, ...words]);
  assert.equal(status, 0);
  return readFileSync(output);
}

describe('probe --check', () => {
  for (const [name, ending, bytes, other] of recordings) {
    test(`knows ${name} by what was made of it, and nothing else`, async (t) => {
      const directory = scratchDirectory(t);
      const path = join(directory, `rec${ending}`);
      const beside = join(directory, `rec.fixed${ending}`);
      const right = await fixedBytes(scratchDirectory(t), bytes, ending);
      writeFileSync(path, bytes);
      assert.equal((await salvor('probe', '--check', path)).status, 1);

      writeFileSync(beside, right);
      assert.deepEqual(await salvor('probe', '--check', path), { status: 0, stdout: '' });
      const told = await salvor('probe', '--check', '--verbose', path);
      assert.match(told.stdout, /^\S+: (?:unfinished|damaged), and finished as \S+rec\.fixed\S*\n$/);
      const { stdout } = await salvor('probe', '--check', '--json', path);
      assert.equal((JSON.parse(stdout) as { health: { finishedAs: string } }).health.finishedAs, beside);

      const last = Buffer.from(right);
      last.writeUInt8(last.at(-20)! ^ 1, last.length - 20);
      const others = {
        'of another recording': await fixedBytes(scratchDirectory(t), other, ending),
        'of an earlier state': await fixedBytes(scratchDirectory(t), earlierState(bytes), ending),
        'of which a byte differs': last,
        'that is longer': Buffer.concat([right, right.subarray(-188)]),
        'that is the recording itself': bytes,
      };
      for (const [what, wrong] of Object.entries(others)) {
        writeFileSync(beside, wrong);
        assert.equal((await salvor('probe', '--check', path)).status, 1, `a result ${what}`);
      }
    });
  }

  test('takes an MP4 of an earlier state for no result, and one that leaves out a torn end for one', async (t) => {
    const directory = scratchDirectory(t);
    const path = join(directory, 'rec.mp4');
    const whole = fixture('go-rtmp/h265_segments_clean/recording.mp4');
    writeFileSync(join(directory, 'earlier.mp4'), whole);
    const media = whole.subarray(0, whole.lastIndexOf('moov', undefined, 'latin1') - 4);
    const repaired = async (): Promise<void> => {
      const { status, stderr } = await runInProcess('salvor', ['repair', '-f', path]);
      assert.equal(status, 0, stderr);
    };
    writeFileSync(path, media.subarray(0, Math.floor(media.length / 2)));
    await repaired();
    assert.deepEqual(await salvor('probe', '--check', path), { status: 0, stdout: '' });
    // The recording went on.
    writeFileSync(path, media);
    assert.equal((await salvor('probe', '--check', path)).status, 1);
    await repaired();
    assert.deepEqual(await salvor('probe', '--check', path), { status: 0, stdout: '' });
  });
});
