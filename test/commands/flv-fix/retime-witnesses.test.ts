/**
 * --retime against the truth of recordings whose clocks were set wrong afterwards: what ends up is within a frame of it, and
 * what was right already is not written to.
 */
import assert from 'node:assert/strict';
import { readFileSync, statSync } from 'node:fs';
import { test } from 'node:test';
import { fixFlv } from '../../../src/commands/flv-fix/fix.ts';
import type { RecordingReport } from '../../../src/media/report.ts';
import { needs } from '../../support/judges.ts';
import { scratchDirectory } from '../../support/scratch.ts';
import {
  encoded,
  flvBytes,
  flvTags,
  h264AndAac,
  isConfiguration,
  isMedia,
  media,
  place,
  type FlvTag,
} from './flv-tags.ts';

const judges = needs('ffmpeg');
const seconds = 6;
const frameMilliseconds = 40;

async function retime(path: string, retimeMode: 'close-gaps' | 'keep-pauses' = 'close-gaps'): Promise<RecordingReport> {
  return fixFlv(path, {
    output: undefined,
    force: true,
    dryRun: false,
    backup: false,
    index: false,
    retime: retimeMode,
    maxGapSeconds: 10,
    dedupeHeaders: false,
    dropRepeats: false,
    references: () => [],
    progress: () => undefined,
  });
}

const codes = ({ findings }: RecordingReport): string[] => findings.map(({ code }) => code);
const frames = (tags: readonly FlvTag[], type: number): FlvTag[] =>
  tags.filter((tag) => tag.type === type && !isConfiguration(tag) && tag.data.length > 5);
const isPicture = (tag: FlvTag): boolean => tag.type === 9 && !isConfiguration(tag) && tag.data[1] === 1;
const composition = ({ data }: FlvTag): number => (data.readUIntBE(2, 3) << 8) >> 8;
/** When a frame is shown or heard. */
const shown = (tag: FlvTag): number => tag.timestamp + (isPicture(tag) ? composition(tag) : 0);

function withComposition(tag: FlvTag, milliseconds: number): FlvTag {
  const data = Buffer.from(tag.data);
  data.writeUIntBE(milliseconds & 0xffffff, 2, 3);
  return { ...tag, data };
}

/** The file salvor itself leaves alone: its metadata says what is so. */
async function intact(path: string): Promise<void> {
  await retime(path);
}

/** Times rise in each track, and each frame is where it was, up to one shift of all of them, within a frame. */
function assertShownAs(repaired: readonly FlvTag[], expected: readonly FlvTag[], tolerance: number): void {
  const shift = frames(repaired, 8)[0]!.timestamp - frames(expected, 8)[0]!.timestamp;
  for (const type of [8, 9]) {
    const [own, right] = [frames(repaired, type), frames(expected, type)];
    assert.equal(own.length, right.length);
    for (const [n, tag] of own.entries()) {
      assert.ok(n === 0 || tag.timestamp >= own[n - 1]!.timestamp, `type ${type}: frame ${n} steps back`);
      const off = shown(tag) - shift - shown(right[n]!);
      assert.ok(Math.abs(off) <= tolerance, `type ${type}: frame ${n} is off by ${off} ms`);
    }
  }
}

async function assertRepaired(
  t: Parameters<typeof scratchDirectory>[0],
  tags: readonly FlvTag[],
  right: readonly FlvTag[],
): Promise<void> {
  const path = place(scratchDirectory(t), 'clock.flv', flvBytes(tags));
  const report = await retime(path);
  assert.ok((report.retimed?.frames ?? 0) > 0, 'times were changed');
  assertShownAs(media(readFileSync(path)), right, frameMilliseconds);
  const again = await retime(path);
  assert.equal(again.outcome, 'untouched');
  const bad = codes(again).filter((code) => code.startsWith('flv-timestamp') || code === 'flv-audio-clock-stalled');
  assert.deepEqual(bad, []);
}

const original = async (): Promise<FlvTag[]> => flvTags(await encoded(seconds, ...h264AndAac));

test(
  'presentation times become decode and composition times, and pictures are shown when they were',
  judges,
  async (t) => {
    const right = await original();
    assert.ok(right.filter(isPicture).some((tag) => composition(tag) > 40));
    const tags = right.map((tag) => (isPicture(tag) ? withComposition({ ...tag, timestamp: shown(tag) }, 0) : tag));
    const path = place(scratchDirectory(t), 'pts.flv', flvBytes(tags));
    const report = await retime(path);
    assert.equal(report.tracks[0]!.kept.samples, right.filter(isPicture).length);
    assertShownAs(media(readFileSync(path)), right, 0);
    assert.equal((await retime(path)).outcome, 'untouched');
  },
);

test('all timestamps 0: audio goes by its frames, pictures beside it', judges, async (t) => {
  const right = await original();
  await assertRepaired(
    t,
    right.map((tag) => ({ ...tag, timestamp: 0 })),
    right,
  );
});

test('a picture clock that stands still while audio goes on is spread beside the audio', judges, async (t) => {
  const right = await original();
  await assertRepaired(
    t,
    right.map((tag) => (isPicture(tag) ? { ...tag, timestamp: 0 } : tag)),
    right,
  );
});

test('beside audio that does not say what its frames last, pictures go by its clock', judges, async (t) => {
  const all = flvTags(await encoded(seconds, ...h264AndAac.slice(0, -2), '-c:a', 'adpcm_swf'));
  // The pictures pause for two seconds, which nothing but the audio shows.
  const right = all.filter((tag) => !isPicture(tag) || tag.timestamp < 2000 || tag.timestamp >= 4000);
  const path = place(
    scratchDirectory(t),
    'adpcm.flv',
    flvBytes(right.map((tag) => (isPicture(tag) ? { ...tag, timestamp: 0 } : tag))),
  );
  await retime(path);
  const audioFrame = 100;
  assertShownAs(media(readFileSync(path)), right, audioFrame);
});

for (const [what, behind] of [
  ['and catches up', 0],
  ['and goes on from there', 1],
] as const) {
  test(`a picture clock that stands still for three seconds ${what}`, judges, async (t) => {
    const right = await original();
    const clock = (time: number): number => (time < 1000 ? time : time < 4000 ? 1000 : time - 3000 * behind);
    await assertRepaired(
      t,
      right.map((tag) => (isPicture(tag) ? { ...tag, timestamp: clock(tag.timestamp) } : tag)),
      right,
    );
  });
}

test('one picture every 15 s is slow, not full of gaps', judges, async (t) => {
  let pictures = 0;
  const tags = (await original()).filter(({ type }) => type !== 8).slice(0, 44);
  const slow = tags.map((tag) => (isPicture(tag) ? { ...tag, timestamp: 15_000 * pictures++ } : tag));
  assert.ok(pictures > 30);
  const path = place(scratchDirectory(t), 'slow.flv', flvBytes(slow));
  const report = await retime(path);
  assert.equal(report.retimed, undefined);
  assert.deepEqual(media(readFileSync(path)).map(shown), slow.filter(isMedia).map(shown));
});

for (const [from, to] of [
  [22_050, 48_000],
  [48_000, 22_050],
  [8000, 96_000],
] as const) {
  test(`audio that changes from ${from} to ${to} Hz stays where it is`, judges, async (t) => {
    const aac = ['-c:v', 'libx264', '-preset', 'ultrafast', '-g', '25', '-c:a', 'aac', '-ac', '1'];
    const first = flvTags(await encoded(3, ...aac, '-ar', String(from)));
    const second = flvTags(await encoded(3, ...aac, '-ar', String(to)));
    const joined = [
      ...first,
      ...second.filter(isMedia).map((tag) => ({ ...tag, timestamp: tag.timestamp + 3200 })),
    ].filter((tag) => tag.type === 18 || tag.data.length > 5 || isConfiguration(tag));
    const path = place(scratchDirectory(t), 'rates.flv', flvBytes(joined));
    const report = await retime(path);
    assert.equal(report.retimed, undefined);
    assert.ok(!codes(report).includes('flv-audio-clock-stalled'));
    assert.deepEqual(media(readFileSync(path)).map(shown), joined.filter(isMedia).map(shown));
  });
}

test('a recording that is right is not written to, whatever its rates', judges, async (t) => {
  const directory = scratchDirectory(t);
  for (const rate of [8000, 16_000, 32_000, 44_100, 48_000, 96_000]) {
    const bytes = await encoded(3, ...h264AndAac, '-ar', String(rate));
    const path = place(directory, `${rate}.flv`, bytes);
    await intact(path);
    const before = statSync(path, { bigint: true });
    assert.deepEqual(media(readFileSync(path)).map(shown), media(bytes).map(shown), `${rate} Hz`);
    const report = await retime(path);
    assert.equal(report.outcome, 'untouched');
    assert.equal(statSync(path, { bigint: true }).mtimeNs, before.mtimeNs);
  }
});
