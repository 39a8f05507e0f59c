/**
 * Holds what the programs print as JSON against the schemas that the package has, and against what every report promises:
 * the ranges of a track follow one another, and add up to it.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv, type ValidateFunction } from 'ajv';
import type { RecordingReport, TrackReport } from '../../src/media/report.ts';
import { projectRoot } from './project.ts';

const validators = new Map<string, ValidateFunction>();

/** Asserts that a value is what a schema of the package says; `name` as in src/schemas. */
export function assertFits(name: string, value: unknown): void {
  let validate = validators.get(name);
  if (validate === undefined) {
    const schema = JSON.parse(readFileSync(join(projectRoot, 'src/schemas', `${name}.json`), 'utf8')) as object;
    validate = new Ajv({ allErrors: false, allowUnionTypes: true }).compile(schema);
    validators.set(name, validate);
  }
  assert.ok(validate(value), `${name}: ${JSON.stringify(validate.errors?.slice(0, 3))}`);
}

/** Asserts that the ranges of every track add up to it. */
export function assertRangesAddUp(report: RecordingReport): void {
  for (const track of report.tracks) assertTrackAddsUp(track, report.recording);
}

function assertTrackAddsUp(track: TrackReport, recording: string): void {
  const { ranges, kept, lost, startSeconds, durationSeconds } = track;
  const about = `${recording}, ${track.kind} ${track.id}: ${JSON.stringify({ ...track, course: undefined })}`;
  const near = (value: number, wanted: number, tolerance: number): void =>
    assert.ok(Math.abs(value - wanted) <= tolerance, `${value} is not ${wanted}: ${about}`);
  for (const [n, range] of ranges.entries()) {
    assert.ok(range.endSeconds >= range.startSeconds, about);
    assert.ok(range.samples >= 0 && range.bytes >= 0, about);
    assert.equal(range.reason !== undefined, range.what === 'lost', about);
    assert.ok((range.offset === undefined) === (range.length === undefined), about);
    if (n > 0) near(range.startSeconds, ranges[n - 1]!.endSeconds, 2e-6);
  }
  const sum = (isMeant: boolean, of: 'samples' | 'bytes'): number =>
    ranges.reduce((total, range) => total + ((range.what === 'lost') === isMeant ? range[of] : 0), 0);
  const seconds = (isMeant: boolean): number =>
    ranges.reduce((t, { what, startSeconds: s, endSeconds: e }) => t + ((what === 'lost') === isMeant ? e - s : 0), 0);
  assert.equal(sum(false, 'samples'), kept.samples, about);
  assert.equal(sum(false, 'bytes'), kept.bytes, about);
  near(seconds(false), kept.durationSeconds, 1e-5 * (ranges.length + 1));
  near(seconds(true), lost.durationSeconds, 1e-5 * (ranges.length + 1));
  // Of very many losses not all are listed.
  if (ranges.length < 1000) {
    assert.equal(sum(true, 'samples'), lost.samples, about);
    assert.equal(sum(true, 'bytes'), lost.bytes, about);
  }
  if (kept.samples === 0) return;
  const keptRanges = ranges.filter(({ what }) => what !== 'lost');
  near(keptRanges[0]!.startSeconds, startSeconds, 0.5);
  assert.ok(keptRanges.at(-1)!.endSeconds <= startSeconds + durationSeconds + 1e-5, about);
}

/** Looks at what a run printed, if it was asked for data; anything else is left alone. */
export function checkPrinted(words: readonly string[], stdout: string): void {
  const [verb = ''] = words;
  const args = words.includes('--') ? words.slice(0, words.indexOf('--')) : words;
  const isLines = args.includes('--ndjson');
  if ((!isLines && !args.includes('--json')) || stdout === '') return;
  if (verb === 'probe') {
    if (['--samples', '--packets', '--tree', '--gops', '--check'].some((option) => args.includes(option))) return;
    const values = isLines ? lines(stdout) : [JSON.parse(stdout) as unknown].flat();
    for (const value of values) assertFits('probe.v1', value);
    return;
  }
  if (!verbs.has(verb)) return;
  if (verb === 'sweep') {
    if (!isLines && !args.includes('--queue')) assertFits('sweep.v2', JSON.parse(stdout));
    return;
  }
  const recordings = isLines
    ? lines(stdout)
    : (JSON.parse(stdout) as { readonly recordings: readonly unknown[] }).recordings;
  if (!isLines) assertFits('report.v2', JSON.parse(stdout));
  for (const recording of recordings) {
    if (isLines) assertFits('recording.v2', recording);
    assertRangesAddUp(recording as RecordingReport);
  }
}

const verbs = new Set(['mp4writer', 'combine', 'repair', 'flv-fix', 'ts-fix', 'ts-split', 'remux', 'sweep']);

function lines(stdout: string): unknown[] {
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);
}
