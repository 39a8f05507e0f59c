/**
 * How much is claimed of a reference: of two beside a recording the one that is proven wins, whatever its name; what nothing
 * proves is said without being asked for; and with --verify an ffmpeg is asked, which is never needed.
 */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import { copyStagingCase } from '../../support/fixtures.ts';
import { findJudge, needs, runJudge } from '../../support/judges.ts';
import { runInProcess } from '../../support/programs.ts';
import type { ProcessResult } from '../../support/run-process.ts';
import { scratchDirectory } from '../../support/scratch.ts';

const source = (size: string): string[] => ['-f', 'lavfi', '-i', `testsrc2=s=${size}:r=25,noise=alls=12:allf=t`];

async function encode(path: string, size: string, ...codec: readonly string[]): Promise<void> {
  const args = ['-nostdin', '-v', 'error', ...source(size), '-frames:v', '12', ...codec, path];
  const { status, stderr } = await runJudge('ffmpeg', args);
  assert.equal(status, 0, stderr);
}

/** Takes the moov off, which stands at the end. */
function kill(path: string): void {
  const bytes = readFileSync(path);
  writeFileSync(path, bytes.subarray(0, bytes.lastIndexOf('moov') - 4));
}

async function pictureHash(path: string): Promise<string> {
  const { stdout } = await runJudge('ffmpeg', ['-v', 'error', '-i', path, '-map', '0:v', '-f', 'streamhash', '-']);
  assert.match(stdout, /=/u);
  return stdout;
}

/** Runs salvor with these directories alone on the PATH. */
async function runWith(path: string, ...words: readonly string[]): Promise<ProcessResult> {
  const before = process.env['PATH'];
  process.env['PATH'] = path;
  try {
    return await runInProcess('salvor', words);
  } finally {
    process.env['PATH'] = before;
  }
}

const x265 = (settings: string): string[] => ['-c:v', 'libx265', '-x265-params', `log-level=none:info=0:${settings}`];

describe('of two recordings beside a damaged one', needs('ffmpeg'), () => {
  const codecs = { 'H.264': ['-c:v', 'libx264', '-preset', 'veryfast'], 'H.265': [...x265(''), '-tag:v', 'hvc1'] };
  for (const [name, codec] of Object.entries(codecs)) {
    test(`${name}: the proven one wins, although the other is called more alike`, async (t) => {
      const directory = scratchDirectory(t);
      const [damaged, right, wrong] = ['cam_2.mp4', 'zz.mp4', 'cam_1.mp4'].map((file) => join(directory, file)) as [
        ...[string, string, string],
      ];
      await encode(right, '96x64', ...codec);
      await encode(wrong, '192x128', ...codec);
      await encode(damaged, '96x64', ...codec);
      const original = await pictureHash(damaged);
      kill(damaged);
      const output = join(directory, 'cam_2.repaired.mp4');
      const { status, stdout, stderr } = await runInProcess('salvor', ['repair', damaged]);
      assert.equal(status, 0, stderr);
      assert.match(stdout, /by the video configuration of \S*zz\.mp4/u);
      assert.equal(await pictureHash(output), original);
      // The other one alone is none.
      renameSync(output, join(scratchDirectory(t), 'elsewhere'));
      renameSync(right, join(scratchDirectory(t), 'elsewhere'));
      const { stdout: alone } = await runInProcess('salvor', ['repair', damaged]);
      assert.doesNotMatch(alone, /cam_1\.mp4/u);
    });
  }
});

test('what shows in no syntax is said not to be proven', needs('ffmpeg'), async (t) => {
  const directory = scratchDirectory(t);
  const pathOf = (name: string): string => join(directory, name);
  await encode(pathOf('eight.mp4'), '96x64', ...x265('sao=0'));
  await encode(pathOf('ten.mp4'), '96x64', '-pix_fmt', 'yuv420p10le', ...x265('sao=0'));
  await encode(pathOf('told.mp4'), '96x64', '-c:v', 'libx264');
  const original = await pictureHash(pathOf('eight.mp4'));
  for (const name of ['eight', 'told']) {
    writeFileSync(pathOf(`killed-${name}.mp4`), readFileSync(pathOf(`${name}.mp4`)));
    kill(pathOf(`killed-${name}.mp4`));
  }
  const repair = async (name: string, reference: string): Promise<ProcessResult> =>
    await runInProcess('salvor', [
      ...['repair', pathOf(`killed-${name}.mp4`), '--reference', pathOf(`${reference}.mp4`)],
      ...['-f', '-o', pathOf(`${name}-by-${reference}.mp4`)],
    ]);
  for (const reference of ['eight', 'ten']) {
    const { status, stderr } = await repair('eight', reference);
    assert.equal(status, 0, stderr);
    assert.match(stderr, /not proven right .* bits per sample, .*--verify.*\[codec-configuration-unproven\]/u);
  }
  // It is as is said: the pictures of one of the two are others.
  assert.equal(await pictureHash(pathOf('eight-by-eight.mp4')), original);
  assert.notEqual(await pictureHash(pathOf('eight-by-ten.mp4')), original);
  const { status, stderr } = await repair('told', 'told');
  assert.equal(status, 0, stderr);
  assert.doesNotMatch(stderr, /unproven/u);
});

describe('--verify', needs('ffmpeg'), () => {
  const withFfmpeg = (): string => dirname(findJudge('ffmpeg')!);

  test('what ffmpeg complains of is told, and refuses a reference that was named', async (t) => {
    const directory = scratchDirectory(t);
    const [damaged, right, wrong] = ['damaged.mp4', 'right.mp4', 'wrong.mp4'].map((name) => join(directory, name)) as [
      ...[string, string, string],
    ];
    // Of frames and fields in one picture nothing but slice headers is read.
    const fields = (settings: string): string[] => [
      ...['-c:v', 'libx264', '-x264-params', `interlaced=1:bframes=0:${settings}`],
      ...['-bsf:v', 'filter_units=remove_types=6'],
    ];
    await encode(right, '96x64', ...fields('8x8dct=1'));
    await encode(wrong, '96x64', ...fields('8x8dct=0'));
    writeFileSync(damaged, readFileSync(right));
    kill(damaged);
    const output = join(directory, 'damaged.repaired.mp4');
    const verify = async (...words: readonly string[]): Promise<ProcessResult> =>
      await runWith(withFfmpeg(), 'repair', damaged, '--verify', ...words);

    const refused = await verify('--reference', wrong);
    assert.equal(refused.status, 1, refused.stdout);
    assert.match(refused.stderr, /wrong\.mp4, with which ffmpeg complains of key pictures: \[h264\] /u);
    assert.equal(existsSync(output), false);

    const taken = await verify('--reference', right);
    assert.equal(taken.status, 0, taken.stderr);
    assert.match(taken.stderr, /\[result-decoded\]/u);
    // What an earlier run made is looked at as well.
    const again = await verify('--reference', right);
    assert.match(again.stderr, /\[result-decoded\]/u);
    assert.equal(again.status, 0, again.stderr);

    renameSync(output, join(scratchDirectory(t), 'elsewhere'));
    renameSync(right, join(scratchDirectory(t), 'elsewhere'));
    const found = await verify();
    assert.equal(found.status, 0, found.stderr);
    assert.match(found.stderr, /ffmpeg complains .*\[result-decoding-complaint\]/u);
    assert.equal(existsSync(output), true);

    const without = await runWith(scratchDirectory(t), 'repair', damaged, '--verify', '--force');
    assert.equal(without.status, 0, without.stderr);
    assert.match(without.stderr, /there is no ffmpeg on the PATH.*\[result-not-decoded\]/u);
  });

  test('mp4writer --recovery asks too', async (t) => {
    const directory = scratchDirectory(t);
    copyStagingCase('clean', 'short-1s', directory);
    // It begins between two key pictures, of which ffmpeg's decoder complains however they are packed.
    const words = ['mp4writer', join(directory, 'rec.mp4'), '--recovery', '--verify'];
    const { status, stderr } = await runWith(withFfmpeg(), ...words);
    assert.equal(status, 0, stderr);
    assert.match(stderr, /never recorded: \[h264\] .*\[result-decoding-complaint\]/u);
  });
});
