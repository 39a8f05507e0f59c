/**
 * MP4s damaged at random, hundreds of them: no damage makes repair fall, hang or touch the damaged file, and whatever is made
 * can be read.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { repair } from '../../../src/commands/repair/repair.ts';
import { SalvorError } from '../../../src/media/errors.ts';
import type { RecordingReport } from '../../../src/media/report.ts';
import { mutants, type Mutant } from '../../support/damage.ts';
import { needs } from '../../support/judges.ts';
import { scratchDirectory } from '../../support/scratch.ts';
import { readMovieSamples } from '../mp4writer/movie-samples.ts';
import { encode, goFixture, movieStart } from './damaged-recordings.ts';
import { countNoLines } from '../../support/uncounted.ts';

countNoLines();

/** No run may take longer; one of an undamaged file takes a tenth of a second. */
const maxRunSeconds = 5;
const mutantsEach = 40;

/** A report or a SalvorError; anything else that is thrown is a bug. */
async function repairInProcess(path: string, output: string, inPlace: boolean): Promise<RecordingReport | SalvorError> {
  try {
    return await repair(path, {
      output,
      replace: true,
      dryRun: false,
      reference: undefined,
      inPlace,
      framesPerSecond: undefined,
    });
  } catch (error) {
    if (error instanceof SalvorError) return error;
    throw error;
  }
}

/** The same damage done to the moov alone: most of a file is media. */
function* inMovie(bytes: Buffer): Generator<Mutant> {
  const start = movieStart(bytes);
  for (const { bytes: movie, description } of mutants(new Uint8Array(bytes.subarray(start)), {
    seed: 20_000,
    count: mutantsEach,
  })) {
    yield { bytes: Buffer.concat([bytes.subarray(0, start), movie]), description: `moov, ${description}` };
  }
}

async function check({ bytes, description }: Mutant, directory: string): Promise<void> {
  const path = join(directory, 'damaged.mp4');
  const output = join(directory, 'made.mp4');
  writeFileSync(path, bytes);
  // Of the processor: how long it took besides says how busy the machine is.
  const started = process.cpuUsage();
  const outcome = await repairInProcess(path, output, false);
  const { user, system } = process.cpuUsage(started);
  const seconds = (user + system) / 1e6;
  assert.ok(seconds < maxRunSeconds, `${description}: it took ${seconds} s`);
  assert.ok(readFileSync(path).equals(bytes), `${description}: the damaged file was touched`);
  const isMade = !(outcome instanceof SalvorError) && outcome.outcome === 'made';
  assert.deepEqual(readdirSync(directory).sort(), isMade ? ['damaged.mp4', 'made.mp4'] : ['damaged.mp4'], description);
  if (!isMade) return;
  // What cannot be read of a codec is passed on as it is, boxes that are none and all.
  if (outcome.findings.some(({ code }) => code === 'mp4-configuration-missing')) return;
  const made = readFileSync(output);
  const { packets } = readMovieSamples(output);
  assert.ok(packets.length > 0, description);
  for (const { offset, size } of packets) {
    assert.ok(offset !== undefined && offset > 0 && offset + size <= made.length, `${description}: no such sample`);
  }
  assert.equal(
    packets.length,
    outcome.tracks.reduce((sum, { kept }) => sum + kept.samples, 0),
    description,
  );
  rmSync(output);
}

describe('whatever the damage, a report or a refusal', () => {
  const fixtures = [
    ['h265_segments_clean', 'closed in good order'],
    ['h265_inband_aac_kill193', 'killed'],
  ] as const;
  for (const [name, what] of fixtures) {
    test(`a recording that was ${what}`, async (t) => {
      const directory = scratchDirectory(t);
      const bytes = readFileSync(goFixture(name, 'recording.mp4'));
      for (const each of mutants(new Uint8Array(bytes), { seed: 1, count: mutantsEach })) await check(each, directory);
    });
  }

  test('a moov with anything in it', async (t) => {
    const directory = scratchDirectory(t);
    const bytes = readFileSync(goFixture('h265_segments_clean', 'recording.mp4'));
    for (const each of inMovie(bytes)) await check(each, directory);
  });

  test('fragments', needs('ffmpeg'), async (t) => {
    const directory = scratchDirectory(t);
    const inputs = '-f lavfi -i testsrc2=s=160x90:r=25:d=4 -f lavfi -i sine=r=48000:d=4'.split(' ');
    const codecs = '-c:v libx264 -preset ultrafast -g 25 -c:a aac -ac 1'.split(' ');
    const flags = ['-movflags', '+frag_keyframe+empty_moov+default_base_moof'];
    const bytes = await encode(join(directory, 'whole.mp4'), [...inputs, ...codecs, ...flags]);
    rmSync(join(directory, 'whole.mp4'));
    for (const each of mutants(new Uint8Array(bytes), { seed: 300, count: mutantsEach })) await check(each, directory);
  });

  test('--in-place leaves what it cannot repair as it is', async (t) => {
    const directory = scratchDirectory(t);
    const bytes = readFileSync(goFixture('h265_segments_clean', 'recording.mp4'));
    const path = join(directory, 'damaged.mp4');
    for (const { bytes: damaged, description } of mutants(new Uint8Array(bytes), { seed: 700, count: mutantsEach })) {
      writeFileSync(path, damaged);
      const outcome = await repairInProcess(path, path, true);
      if (!(outcome instanceof SalvorError) && outcome.outcome === 'made') continue;
      assert.ok(readFileSync(path).equals(damaged), description);
      assert.deepEqual(readdirSync(directory), ['damaged.mp4'], description);
    }
  });
});
