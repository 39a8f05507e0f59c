/**
 * Staging sets damaged at random, thousands of them: no damage makes the engine fall, hang or take memory without bound,
 * no staging file is changed unless all that is in it was kept, and whatever is made can be read.
 */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import { combine } from '../../../src/commands/mp4writer/combine.ts';
import { SalvorError } from '../../../src/media/errors.ts';
import type { RecordingReport } from '../../../src/media/report.ts';
import { mutant, mutantCount, mutants } from '../../support/damage.ts';
import { allStagingFixtures, copyStagingCase, stagingIndexBytes, type StagingFixture } from '../../support/fixtures.ts';
import { needs, probe, probePackets } from '../../support/judges.ts';
import { measureProgram } from '../../support/programs.ts';
import { trackSamples, type TrackKind, type TruthSample } from '../../support/truth.ts';
import { folderContents, stagingFilesIn } from './folder-contents.ts';
import { onlyBox, readMovie } from './movie-boxes.ts';
import { readMovieSamples } from './movie-samples.ts';
import { memoryDirectory, recoverInProcess, stillThere, type StillThere } from './recovered-set.ts';
import { trialsOf } from '../../support/trials.ts';

const kinds = ['video', 'audio'] as const;
const suffixes = ['.info', '.track1', '.track2', '.mdat'] as const;

/** Sets of every kind: audio-only, video-only, B-pictures, equal sizes, 90 kHz, negative offsets; crashed at all points. */
const subjects: ReadonlySet<string> = new Set([
  'clean/audio-only',
  'clean/exactly-1024-keyframes',
  'clean/negative-cts-liveflv',
  'clean/samesize',
  'clean/samesize-both',
  'clean/short-1s',
  'clean/ts-ingest',
  'clean/video-only',
  'crashed/b-08.70s',
  'crashed/c-flush1-op07',
  'crashed/c-flush1-op46',
  'crashed/d-flush2-op06',
  'crashed/d-flush2-op47',
  'crashed/e-close-op08',
  'crashed/e-close-op51',
  'crashed/f-intra60-18.40s',
  'crashed/g-videoonly-06.00s',
  'crashed/h-audioonly-08.00s',
  'crashed/k-60fps-flush2-op05',
]);

const fixtures = (['clean', 'crashed'] as const)
  .flatMap((group) => allStagingFixtures(group))
  .filter(({ group, name }) => subjects.has(`${group}/${name}`));

/** Mutants of each file of each set. */
const mutantsPerFile = 16;
/** No run may take longer; the whole of the largest set takes a twentieth of it on a busy machine. */
const maxRunSeconds = 5;
const maxMemoryBytes = 150 * 1024 * 1024;

interface Pristine {
  readonly recording: string;
  readonly files: ReadonlyMap<string, Uint8Array>;
}

function pristineSet(fixture: StagingFixture, folder: string): Pristine {
  copyStagingCase(fixture.group, fixture.name, folder);
  const recording = join(folder, fixture.base);
  const present = suffixes.filter((suffix) => existsSync(recording + suffix));
  // Plain arrays: a Buffer's slice, which mutants are made of, would share its bytes.
  return {
    recording,
    files: new Map(present.map((suffix) => [suffix, new Uint8Array(readFileSync(recording + suffix))])),
  };
}

/** Puts the set back as it was, with one file damaged. */
function layOut({ recording, files }: Pristine, damaged: string, bytes: Uint8Array): void {
  rmSync(recording, { force: true });
  for (const [suffix, contents] of files) writeFileSync(recording + suffix, suffix === damaged ? bytes : contents);
}

/** A report or a SalvorError; anything else that is thrown is a bug. */
async function combineInProcess(recording: string): Promise<RecordingReport | SalvorError> {
  try {
    return await combine(recording, {
      output: recording,
      replace: true,
      again: false,
      removeStaging: true,
      dryRun: false,
    });
  } catch (error) {
    if (error instanceof SalvorError) return error;
    throw error;
  }
}

/** What must hold after a run, whatever the damage was. */
async function checkRun(
  recording: string,
  run: (path: string) => Promise<RecordingReport | SalvorError>,
): Promise<RecordingReport | SalvorError> {
  const folder = dirname(recording);
  const before = folderContents(folder);
  const media = readFileSync(`${recording}.mdat`);
  const started = process.cpuUsage();
  const outcome = await run(recording);
  const { user, system } = process.cpuUsage(started);
  const seconds = (user + system) / 1e6;
  assert.ok(seconds < maxRunSeconds, `it took ${seconds} s of the processor`);
  const now = folderContents(folder);
  if (outcome instanceof SalvorError) {
    assert.deepEqual(now, before, 'everything is as it was');
    return outcome;
  }
  if (outcome.inputs.every(({ fate }) => fate === 'kept')) {
    assert.deepEqual(stagingFilesIn(now), before, 'the staging files are as they were');
  } else {
    assert.deepEqual(Object.keys(now), [recording.slice(folder.length + 1)]);
    const kept = onlyBox(readMovie(recording), 'mdat').body;
    assert.ok(kept.equals(media.subarray(media.length - kept.length)), 'the media that is gone is in the MP4');
    assert.ok(media.length - kept.length <= 48, 'all of it');
  }
  checkMovie(recording);
  return outcome;
}

/** Every sample lies in the media, and decode times rise. */
function checkMovie(recording: string): void {
  const { streams, packets } = readMovieSamples(recording);
  const bytes = readFileSync(recording);
  const mediaStart = bytes.length - onlyBox(readMovie(recording), 'mdat').body.length;
  assert.ok(packets.length > 0);
  for (const { index } of streams) {
    let last = Number.NEGATIVE_INFINITY;
    for (const { stream, offset, size, dtsTicks } of packets) {
      if (stream !== index) continue;
      assert.ok(
        offset !== undefined && offset >= mediaStart && offset + size <= bytes.length,
        'a sample is in the media',
      );
      assert.ok(dtsTicks !== undefined && dtsTicks >= last, 'decode times do not step back');
      last = dtsTicks;
    }
  }
}

/**
 * What must have been recovered: with a damaged `.info`, which is only a hint, every described sample and nothing else;
 * with a damaged `.mdat` every sample whose bytes are left; with a damaged track file most entries that are still true, as
 * those that have come out of their order contradict the others.
 */
function checkSamples(
  { truth }: StagingFixture,
  recording: string,
  damaged: { readonly suffix: string; readonly media: Buffer },
  expected: StillThere,
  outcome: RecordingReport | SalvorError,
): void {
  const count = expected.samples.video.length + expected.samples.audio.length;
  if (outcome instanceof SalvorError) {
    assert.equal(count, 0, `${count} described samples are refused: ${outcome.describe()}`);
    return;
  }
  const kept = keptRanges(recording, damaged.media);
  // Of a track with hardly a sample left whole it cannot be told whether it is video.
  const judged = kinds.filter((kind) => expected.samples[kind].length * 20 >= trackSamples(truth, kind).length);
  const lost = judged.flatMap((kind) => {
    const recorded = trackSamples(truth, kind);
    return expected.samples[kind].filter((number) => {
      const { offset, size } = recorded[number] as TruthSample;
      return kept[kind].get(offset) !== size && !touchesZeros(damaged.media, offset, offset + size);
    });
  });
  if (damaged.suffix === '.info' || damaged.suffix === '.mdat') {
    assert.equal(lost.length, 0, 'samples described but not found');
  } else assert.ok(lost.length <= count / 4, `${lost.length} of ${count} samples described but not found`);
  if (damaged.suffix === '.info') {
    for (const kind of kinds) {
      const recorded = new Map(trackSamples(truth, kind).map(({ offset, size }) => [offset, size]));
      for (const [offset, size] of kept[kind]) assert.equal(recorded.get(offset), size, 'a sample nobody recorded');
    }
  }
}

/** Whether a sample begins or ends with zeros that go on outside of it: it cannot be told from one that a hole reaches into. */
function touchesZeros(media: Buffer, start: number, end: number): boolean {
  return (media[start - 1] === 0 && media[start] === 0) || (media[end - 1] === 0 && media[end] === 0);
}

/** The ranges of the media that the samples of a movie lie in, sizes by offset. */
function keptRanges(recording: string, media: Buffer): Readonly<Record<TrackKind, ReadonlyMap<number, number>>> {
  const body = onlyBox(readMovie(recording), 'mdat').body;
  // The media is copied in one piece, from the first sample that was kept on.
  const start = media.indexOf(body);
  assert.ok(start >= 0, 'the media is that of the set');
  const { packets } = readMovieSamples(recording);
  const shift = start - (statSync(recording).size - body.length);
  const ranges = (kind: TrackKind): ReadonlyMap<number, number> =>
    new Map(
      packets.filter((each) => each.kind === kind).map(({ offset, size }) => [(offset ?? Number.NaN) + shift, size]),
    );
  return { video: ranges('video'), audio: ranges('audio') };
}

for (const [number, fixture] of trialsOf([...fixtures.entries()], 2)) {
  const { group, name } = fixture;
  describe(`${group}/${name}`, () => {
    for (const suffix of suffixes) {
      if (suffix !== '.mdat' && (stagingIndexBytes(fixture, suffix) ?? 0) === 0) continue;
      test(`whatever becomes of its ${suffix}, it is combined or refused in good order`, async (t) => {
        const pristine = pristineSet(fixture, memoryDirectory(t));
        const { recording, files } = pristine;
        const original = files.get(suffix)!;
        const seed = 1000 * (4 * number + suffixes.indexOf(suffix));
        const outcomes = { made: 0, refused: 0 };
        for (const { bytes, description } of mutants(original, { seed, count: mutantsPerFile })) {
          const media = Buffer.from(suffix === '.mdat' ? bytes : (files.get('.mdat') as Uint8Array));
          try {
            layOut(pristine, suffix, bytes);
            await checkRun(recording, combineInProcess);
            layOut(pristine, suffix, bytes);
            const expected = stillThere(recording, fixture.truth, files.get('.mdat') as Uint8Array);
            const outcome = await checkRun(recording, recoverInProcess);
            checkSamples(fixture, recording, { suffix, media }, expected, outcome);
            outcomes[outcome instanceof SalvorError ? 'refused' : 'made']++;
          } catch (error) {
            throw new Error(`${suffix}, ${description}: ${String(error)}`, { cause: error });
          }
        }
        t.diagnostic(`${group}/${name}${suffix}: ${outcomes.made} recovered, ${outcomes.refused} refused`);
      });
    }
  });
}

test('what is made of damaged sets ffprobe can read to its end', needs('ffprobe'), async (t) => {
  const folder = memoryDirectory(t);
  let read = 0;
  for (const [number, fixture] of fixtures.entries()) {
    const pristine = pristineSet(fixture, join(folder, String(number)));
    for (const [suffix, original] of pristine.files) {
      if (original.length === 0) continue;
      const { bytes, description } = mutant(original, 500_000 + 10 * number + suffixes.indexOf(suffix as '.info'));
      layOut(pristine, suffix, bytes);
      const outcome = await recoverInProcess(pristine.recording);
      if (outcome instanceof SalvorError) continue;
      const packets = await probePackets(pristine.recording, { asStored: true });
      const samples = outcome.tracks.reduce((sum, { kept }) => sum + kept.samples, 0);
      assert.equal(packets.length, samples, `${fixture.name}${suffix}, ${description}`);
      const { streams } = await probe(pristine.recording);
      assert.equal(streams.length, outcome.tracks.length);
      read++;
    }
  }
  assert.ok(read > fixtures.length, `${read} files were read`);
});

test('the programs end in good order and within their memory, whatever is damaged', async (t) => {
  const folder = memoryDirectory(t);
  const runs = mutantCount(1);
  for (const [number, fixture] of fixtures.entries()) {
    const pristine = pristineSet(fixture, join(folder, String(number)));
    const { recording } = pristine;
    for (let index = 0; index < runs; index++) {
      const damaged = suffixes.filter((suffix) => (pristine.files.get(suffix)?.length ?? 0) > 0);
      const suffix = damaged[(number + index) % damaged.length] as (typeof suffixes)[number];
      const { bytes, description } = mutant(pristine.files.get(suffix) as Uint8Array, 700_000 + 100 * number + index);
      layOut(pristine, suffix, bytes);
      const before = folderContents(dirname(recording));
      const args = [`-path=${recording}`, ...((number + index) % 3 === 2 ? [] : ['--recovery'])];
      const { status, stdout, stderr, peakMemoryBytes } = await measureProgram('evo-mp4writer', args);
      const what = `${fixture.name}${suffix}, ${description}: ${stderr}`;
      assert.ok(status === 0 || status === 255, what);
      assert.equal(stdout, '');
      assert.doesNotMatch(stderr, /report it|\n {4}at /, what);
      assert.ok((peakMemoryBytes ?? Infinity) < maxMemoryBytes, `${peakMemoryBytes} bytes of memory: ${what}`);
      const now = folderContents(dirname(recording));
      if (status === 255) assert.deepEqual(now, before, what);
      else if (Object.keys(stagingFilesIn(now)).length > 0) assert.deepEqual(stagingFilesIn(now), before, what);
    }
  }
});

test('counts of four billion take neither memory nor time', async (t) => {
  const fixture = fixtures.find(({ group, name }) => group === 'clean' && name === 'ts-ingest') as StagingFixture;
  const pristine = pristineSet(fixture, memoryDirectory(t));
  const { recording, files } = pristine;
  for (const suffix of ['.info', '.track1', '.track2']) {
    const original = files.get(suffix) as Uint8Array;
    for (let at = 0; at + 4 <= Math.min(original.length, 280); at += suffix === '.info' ? 3 : 7) {
      const bytes = Buffer.from(original);
      bytes.writeUInt32BE(0xff_ff_ff_ff, at);
      try {
        layOut(pristine, suffix, bytes);
        await checkRun(recording, combineInProcess);
        layOut(pristine, suffix, bytes);
        await checkRun(recording, recoverInProcess);
      } catch (error) {
        throw new Error(`${suffix} at ${at}: ${String(error)}`, { cause: error });
      }
    }
  }
});
