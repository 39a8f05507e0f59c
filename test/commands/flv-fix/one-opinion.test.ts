/**
 * One opinion on an FLV in both verbs: what probe calls complete flv-fix leaves alone, byte and time; what probe advises,
 * followed to the letter, ends in complete.
 */
import assert from 'node:assert/strict';
import { readFileSync, statSync } from 'node:fs';
import { test } from 'node:test';
import { join } from 'node:path';
import { needs, runJudge } from '../../support/judges.ts';
import { runInProcess } from '../../support/programs.ts';
import { scratchDirectory } from '../../support/scratch.ts';
import { goRecording } from '../../flv/recordings.ts';
import { age, flvBytes, flvTags, isKeyFrame, isMedia, place, type FlvTag } from './flv-tags.ts';

interface Probed {
  readonly health: {
    readonly verdict: string;
    readonly duration?: number;
    readonly findings: readonly { readonly code: string }[];
    readonly advice: readonly { readonly command: string }[];
  };
}

async function probed(path: string): Promise<Probed['health']> {
  const { stdout, stderr } = await runInProcess('salvor', ['probe', '--json', path]);
  assert.equal(stderr, '');
  return (JSON.parse(stdout) as Probed).health;
}

/** Sets a number of `onMetaData` where it stands. */
function withValue(bytes: Buffer, name: string, value: number): Buffer {
  const at = bytes.indexOf(name, 0, 'latin1');
  assert.ok(at > 0, name);
  bytes.writeDoubleBE(value, at + name.length + 1);
  return bytes;
}

/** The tags of a genuine recording that its server closed, but for the last one, which is torn. */
function wholeTags(): FlvTag[] {
  const bytes = Buffer.from(goRecording('h264_aac', 'recording.flv'));
  const tags: FlvTag[] = [];
  for (let at = 13; at + 15 <= bytes.length;) {
    const size = bytes.readUIntBE(at + 1, 3);
    if (at + 15 + size > bytes.length) break;
    const timestamp = bytes.readUIntBE(at + 4, 3) + bytes[at + 7]! * 2 ** 24;
    tags.push({ type: bytes[at]!, timestamp, data: bytes.subarray(at + 11, at + 11 + size) });
    at += 15 + size;
  }
  return tags;
}

const all = wholeTags();
const seconds = Math.max(...all.map(({ timestamp }) => timestamp)) / 1000;

/** A file of these tags that says of itself what is so. */
function closed(tags: readonly FlvTag[], duration = seconds): Buffer {
  const bytes = flvBytes(tags);
  return withValue(withValue(bytes, 'duration', duration), 'filesize', bytes.length);
}

const later = (tags: readonly FlvTag[], by: number): FlvTag[] =>
  tags.map((tag) => (isMedia(tag) ? { ...tag, timestamp: (tag.timestamp + by) % 2 ** 32 } : tag));

function chunked(bytes: Buffer): Buffer {
  const parts: Buffer[] = [Buffer.from('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n')];
  for (let at = 0; at < bytes.length; at += 4096) {
    const chunk = bytes.subarray(at, at + 4096);
    parts.push(Buffer.from(`${chunk.length.toString(16)}\r\n`), chunk, Buffer.from('\r\n'));
  }
  return Buffer.concat([...parts, Buffer.from('0\r\n\r\n')]);
}

const middle = all.length >> 1;
const half = all.slice(middle);
const repeated = [...all.slice(0, middle + 20), ...all.slice(middle - 20)];

interface Case {
  readonly name: string;
  readonly bytes: () => Buffer;
  readonly verdict: string;
  readonly code?: string;
  readonly seconds?: number;
}

const cases: readonly Case[] = [
  { name: 'a recording that was closed', bytes: () => closed(all), verdict: 'complete', seconds },
  { name: 'a duration that is rounded', bytes: () => closed(all, Math.ceil(seconds)), verdict: 'complete' },
  {
    name: 'a duration that is counted from zero',
    bytes: () => closed(later(all, 3000), seconds + 3),
    verdict: 'complete',
    seconds,
  },
  {
    name: 'a pause of 20 s',
    bytes: () => closed([...all.slice(0, middle), ...later(half, 20_000)], seconds + 20),
    verdict: 'complete',
    code: 'flv-timestamp-jump',
    seconds: seconds + 20,
  },
  { name: 'a recording that was never closed', bytes: () => closed(all, 0), verdict: 'unfinished', seconds },
  {
    name: 'the end missing between two tags',
    bytes: () => withValue(closed(all.slice(0, middle), seconds + 24), 'filesize', 5 * flvBytes(all).length),
    verdict: 'damaged',
    code: 'flv-truncated',
  },
  {
    name: 'an ID3 tag before it',
    bytes: () => Buffer.concat([Buffer.from('ID3\x04\0\0\0\0\x02\0', 'latin1'), Buffer.alloc(256), closed(all)]),
    verdict: 'damaged',
    code: 'flv-preceded',
    seconds,
  },
  {
    name: 'the size before the first tag missing',
    bytes: () => Buffer.concat([closed(all).subarray(0, 9), closed(all).subarray(13)]),
    verdict: 'damaged',
    code: 'flv-previous-tag-size',
    seconds,
  },
  { name: 'its first tag torn', bytes: () => closed(all).subarray(40), verdict: 'unfinished', seconds },
  {
    name: 'chunk sizes within',
    bytes: () => chunked(closed(all)),
    verdict: 'damaged',
    code: 'flv-chunk-sizes',
    seconds,
  },
  {
    name: 'a stretch given twice',
    bytes: () => closed(repeated),
    verdict: 'damaged',
    code: 'flv-data-repeated',
    seconds,
  },
  {
    name: 'two recordings joined',
    bytes: () => Buffer.concat([closed(all), closed(all)]),
    verdict: 'damaged',
    code: 'flv-timestamp-backward',
    seconds: 2 * seconds,
  },
  {
    name: 'a clock of 24 bits that was full',
    bytes: () => closed(all.map((tag) => ({ ...tag, timestamp: (tag.timestamp + 2 ** 24 - 150) % 2 ** 24 }))),
    verdict: 'damaged',
    code: 'flv-timestamp-wrapped',
    seconds,
  },
  {
    name: 'an empty sequence header before the right one',
    bytes: () =>
      closed(all.flatMap((tag) => (isFirstHeader(tag) ? [{ ...tag, data: tag.data.subarray(0, 5) }, tag] : [tag]))),
    verdict: 'complete',
    seconds,
  },
];

function isFirstHeader({ type, data }: FlvTag): boolean {
  return type === 9 && data[0] === 0x17 && data[1] === 0;
}

/** Runs the command of an advice as a shell would. */
async function follow(command: string): Promise<void> {
  const [program, ...words] = command.split(' ');
  assert.equal(program, 'salvor');
  const { status, stderr } = await runInProcess('salvor', words);
  assert.equal(status, 0, stderr);
}

async function assertLeftAlone(path: string): Promise<void> {
  const [bytes, { mtimeMs }] = [readFileSync(path), statSync(path)];
  const { status, stdout } = await runInProcess('salvor', ['flv-fix', path]);
  assert.equal(status, 0);
  assert.match(stdout, /nothing was changed/);
  assert.ok(readFileSync(path).equals(bytes));
  assert.equal(statSync(path).mtimeMs, mtimeMs);
}

for (const { name, bytes, verdict, code, seconds: expected } of cases) {
  test(`both verbs are of one mind about an FLV with ${name}`, async (t) => {
    const path = place(scratchDirectory(t), 'rec.flv', bytes());
    const health = await probed(path);
    const codes = health.findings.map((finding) => finding.code);
    assert.equal(health.verdict, verdict, codes.join(', '));
    if (code !== undefined) assert.ok(codes.includes(code), codes.join(', '));
    if (expected !== undefined) assert.ok(Math.abs(health.duration! - expected) < 0.2, `${health.duration} s`);
    for (const { command } of health.advice) await follow(command);
    if (verdict !== 'complete') assert.equal(health.advice.length, 1);
    age(path);
    const after = await probed(path);
    assert.equal(after.verdict, 'complete', after.findings.map((finding) => finding.code).join(', '));
    assert.deepEqual(after.advice, []);
    if (expected !== undefined) assert.ok(Math.abs(after.duration! - expected) < 0.2, `${after.duration} s`);
    await assertLeftAlone(path);
  });
}

test('what stands in front costs no tag, and repeated frames go once asked for', async (t) => {
  const directory = scratchDirectory(t);
  const expected = flvTags(closed(all)).filter(isMedia);
  for (const name of [
    'an ID3 tag before it',
    'the size before the first tag missing',
    'chunk sizes within',
    'a stretch given twice',
  ]) {
    const made = cases.find((each) => each.name === name)!;
    const path = place(directory, `${name.replaceAll(' ', '-')}.flv`, made.bytes());
    await follow(`salvor flv-fix --drop-repeats ${path}`);
    const kept = flvTags(readFileSync(path)).filter(isMedia);
    assert.equal(kept.length, expected.length, name);
    assert.ok(
      kept.every((tag, index) => tag.data.equals(expected[index]!.data)),
      name,
    );
    assert.ok(kept.some(isKeyFrame));
  }
});

/** How many pictures a second, and how many there are: one alone, and such as come seldom. */
const lengths: readonly (readonly [rate: string, pictures: number])[] = [
  ['10', 1],
  ['1', 1],
  ['1/3', 2],
  ['1/15', 5],
  ['1/100', 3],
];

for (const [rate, pictures] of lengths) {
  test(
    `${pictures} pictures at ${rate} a second last as long as ffmpeg says: the last one counts`,
    needs('ffmpeg', 'ffprobe'),
    async (t) => {
      const path = join(scratchDirectory(t), 'seldom.flv');
      const source = ['-f', 'lavfi', '-i', `testsrc2=size=64x48:rate=${rate}`, '-frames:v', String(pictures)];
      await runJudge('ffmpeg', ['-nostdin', '-v', 'error', ...source, '-c:v', 'libx264', '-preset', 'ultrafast', path]);
      const { stdout } = await runJudge('ffprobe', ['-v', 'error', '-of', 'json', '-show_format', path]);
      const { stdout: ours } = await runInProcess('salvor', ['probe', '--json', path]);
      const { format, health } = JSON.parse(ours) as Probed & { format: { duration: string } };
      assert.equal(health.verdict, 'complete', JSON.stringify(health.findings));
      assert.equal(format.duration, (JSON.parse(stdout) as { format: { duration: string } }).format.duration);
      age(path);
      await assertLeftAlone(path);
    },
  );
}

test('one picture that is left of a recording is not all of it', async (t) => {
  const first = all.findIndex(isKeyFrame);
  const bytes = flvBytes(all.slice(0, first + 1).filter((tag) => tag.type !== 8));
  const path = place(scratchDirectory(t), 'one.flv', withValue(withValue(bytes, 'duration', 1.5), 'filesize', 1e6));
  const { verdict, findings } = await probed(path);
  assert.equal(verdict, 'damaged');
  assert.ok(findings.some(({ code }) => code === 'flv-truncated'));
});
