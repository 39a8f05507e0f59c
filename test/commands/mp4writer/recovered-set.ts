/**
 * Runs the recovery of one set within the test's own process, as thousands of damaged sets ask for, and holds what came of
 * it against the truth: what was described and found, how far the times are off, and that nothing was lost.
 */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { combine } from '../../../src/commands/mp4writer/combine.ts';
import { referencesFor } from '../../../src/rescue/references/references.ts';
import { SalvorError } from '../../../src/media/errors.ts';
import type { RecordingReport } from '../../../src/media/report.ts';
import { comparePackets, type Comparison } from '../../support/compare.ts';
import type { StagingFixture } from '../../support/fixtures.ts';
import type { Lifetime } from '../../support/scratch.ts';
import { trackSamples, type TrackKind, type Truth } from '../../support/truth.ts';
import { folderContents, stagingFilesIn } from './folder-contents.ts';
import { readMovieSamples } from './movie-samples.ts';
import { wholeEntries } from './staging-entries.ts';

const kinds = ['video', 'audio'] as const;

/**
 * A folder that disappears with the test, in memory where there is such a place: the results are synced to the disk, and
 * thousands of them would have the tests wait for nothing else.
 */
export function memoryDirectory(test: Lifetime): string {
  const directory = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'salvor-test-'));
  test.after(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** What `evo-mp4writer --recovery` does: the report, or the error with which everything is as it was. */
export async function recoverInProcess(recording: string): Promise<RecordingReport | SalvorError> {
  try {
    return await combine(recording, {
      output: recording,
      replace: true,
      again: true,
      removeStaging: true,
      dryRun: false,
      recovery: { references: referencesFor(undefined)(recording).all },
    });
  } catch (error) {
    if (error instanceof SalvorError) return error;
    throw error;
  }
}

/** What the files of a set, damaged as they are, still describe. */
export interface StillThere {
  /** Numbers of the samples that a whole entry describes and whose bytes in `.mdat` are those that were recorded. */
  readonly samples: Readonly<Record<TrackKind, readonly number[]>>;
  /** Numbers of the samples whose bytes are those that were recorded, described or not, two samples away from damage. */
  readonly intact: Readonly<Record<TrackKind, readonly number[]>>;
  /** Whether the whole entries fill the media file and all their bytes are the recorded ones. */
  readonly whole: boolean;
}

function bytesOf(path: string): Buffer {
  return existsSync(path) ? readFileSync(path) : Buffer.alloc(0);
}

export function stillThere(recording: string, truth: Truth, recordedMedia: Uint8Array): StillThere {
  const media = bytesOf(`${recording}.mdat`);
  const entries = ['.track1', '.track2'].flatMap((suffix) => wholeEntries(bytesOf(recording + suffix)));
  const sizes = new Map(entries.map(({ offset, size }) => [offset, size]));
  const samples = { video: [] as number[], audio: [] as number[] };
  const intact = { video: [] as number[], audio: [] as number[] };
  const numbers = { video: 0, audio: 0 };
  const isIntact = truth.samples.map(
    ({ offset, size }) =>
      offset + size <= media.length && media.compare(recordedMedia, offset, offset + size, offset, offset + size) === 0,
  );
  let bytes = 0;
  for (const [place, { track: kind, offset, size }] of truth.samples.entries()) {
    const number = numbers[kind]++;
    if (!isIntact[place]) continue;
    const around = isIntact.slice(Math.max(0, place - besideDamage), place + besideDamage + 1);
    if (!around.includes(false)) intact[kind].push(number);
    if (sizes.get(offset) !== size) continue;
    samples[kind].push(number);
    bytes += size;
  }
  const all = samples.video.length + samples.audio.length === entries.length;
  return { samples, intact, whole: all && bytes === media.length - 16 };
}

/** So many samples beside damaged ones may be lost with them. */
const besideDamage = 2;

/** The set whose pictures came before their parameter sets did, which nothing else holds either: they cannot be decoded. */
export const withoutParameterSets = 'a-preflush-0.60s';

const mediaStart = 16;

/** What was found in the media has times by its rhythm: within half a picture and an audio frame of the truth. */
const carvedTolerance: TimeTolerance = { trackMs: 20, offsetMs: 25 };

/** How far a track's own times may be off, and the tracks' times against each other. */
export interface TimeTolerance {
  readonly trackMs: number;
  readonly offsetMs: number;
}

export interface RecoveryJudgement {
  readonly outcome: RecordingReport | SalvorError;
  readonly found: Readonly<Record<TrackKind, number>>;
  /** The greatest error of each track's times, each under its own offset. */
  readonly trackErrorMs: number;
  /** By how much the tracks are off against each other. */
  readonly offsetErrorMs: number;
}

/**
 * Recovers a damaged set and asserts what must hold whatever the damage: every sample whose bytes are left is in the
 * result, up to two beside the damage that no entry describes; none that was never recorded; key-frame flags are right,
 * times within the tolerance; where it is refused nothing has changed; the staging files are as they were unless all of
 * the media is in the result.
 */
export async function judgeRecovery(
  recording: string,
  { name, truth }: Pick<StagingFixture, 'name' | 'truth'>,
  recordedMedia: Uint8Array,
  tolerance: TimeTolerance,
): Promise<RecoveryJudgement> {
  const folder = dirname(recording);
  const expected = stillThere(recording, truth, recordedMedia);
  const before = folderContents(folder);
  const mediaBytes = statSync(`${recording}.mdat`).size - mediaStart;
  const outcome = await recoverInProcess(recording);
  const now = folderContents(folder);
  const nothing = kinds.every((kind) => expected.samples[kind].length + expected.intact[kind].length === 0);
  if (nothing && outcome instanceof SalvorError) {
    assert.equal(outcome.kind, 'unrecoverable');
    assert.deepEqual(now, before);
    return { outcome, found: { video: 0, audio: 0 }, trackErrorMs: 0, offsetErrorMs: 0 };
  }
  if (outcome instanceof SalvorError) assert.fail(`refused: ${outcome.describe()}`);
  assert.equal(outcome.outcome, 'made');
  assert.ok(statSync(recording).size > 0);
  const { streams, packets } = readMovieSamples(recording);
  if (outcome.inputs.every(({ fate }) => fate === 'removed')) {
    const bytes = packets.reduce((sum, { size }) => sum + size, 0);
    assert.equal(bytes, mediaBytes, 'staging files are removed only if all of the media is in the result');
  } else {
    assert.deepEqual(stagingFilesIn(now), stagingFilesIn(before), 'the staging files are as they were');
  }
  const comparison = comparePackets(streams, packets, truth);
  for (const { kind, missing } of comparison.tracks) {
    const gone = new Set(missing);
    const lost = expected.samples[kind].filter((number) => gone.has(number));
    assert.deepEqual(lost, [], `${kind} samples described but not found`);
    if (kind === 'video' && name === withoutParameterSets) continue;
    const missed = expected.intact[kind].filter((number) => gone.has(number));
    assert.deepEqual(missed, [], `${kind} samples intact but not found`);
  }
  assert.equal(comparison.invented, 0, 'samples nobody recorded');
  assert.equal(comparison.syncErrors, 0, 'wrong key-frame flags');
  judgeAudio(outcome, truth);
  const carved = outcome.findings.some(({ code }) => code === 'media-carved');
  const allowed = {
    trackMs: Math.max(tolerance.trackMs, carved ? carvedTolerance.trackMs : 0),
    offsetMs: Math.max(tolerance.offsetMs, carved ? carvedTolerance.offsetMs : 0),
  };
  return judgeTimes(outcome, comparison, truth, packets, streams, allowed);
}

/** ISO/IEC 14496-3, table 1.18. */
const samplingFrequencies = [96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000];

/** Sampling rate and channels are those of the published AudioSpecificConfig, wherever the configuration came from. */
function judgeAudio(outcome: RecordingReport, truth: Truth): void {
  const sound = outcome.tracks.find(({ kind }) => kind === 'audio');
  if (sound === undefined) return;
  const bits = Number.parseInt(truth.config.audio.slice(0, 4), 16);
  assert.equal(sound.sampleRate, samplingFrequencies[(bits >> 7) & 0x0f]);
  assert.equal(sound.channels, (bits >> 3) & 0x0f);
}

function judgeTimes(
  outcome: RecordingReport,
  comparison: Comparison,
  truth: Truth,
  packets: Parameters<typeof comparePackets>[1],
  streams: Parameters<typeof comparePackets>[0],
  tolerance: TimeTolerance,
): RecoveryJudgement {
  // Each track against the truth by itself, so that its own clock and its place beside the other are told apart.
  const alone = kinds
    .filter((kind) => comparison.tracks.some((track) => track.kind === kind && track.found > 0))
    .map((kind) => {
      const stream = streams.find(({ codec_type: type }) => type === kind);
      const own = packets.filter((packet) => packet.stream === stream?.index);
      const samples = trackSamples(truth, kind);
      return comparePackets(stream === undefined ? [] : [stream], own, { ...truth, samples });
    });
  const trackErrorMs = Math.max(...alone.map((one) => Math.max(one.maxPtsErrorMs, one.maxDtsErrorMs)));
  const offsets = alone.map(({ offsetMs }) => offsetMs);
  const offsetErrorMs = Math.max(...offsets) - Math.min(...offsets);
  const found = { video: 0, audio: 0 };
  for (const track of comparison.tracks) found[track.kind] = track.found;
  assert.ok(trackErrorMs <= tolerance.trackMs, `times are ${trackErrorMs} ms off, may be ${tolerance.trackMs}`);
  assert.ok(offsetErrorMs <= tolerance.offsetMs, `tracks are ${offsetErrorMs} ms apart, may be ${tolerance.offsetMs}`);
  return { outcome, found, trackErrorMs, offsetErrorMs };
}
