/** Damaged MP4s to repair, made of genuine and of freshly encoded ones, and what came of them, told by ffprobe. */
import assert from 'node:assert/strict';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RecordingReport } from '../../../src/media/report.ts';
import { probe, probePackets, runJudge, type ProbedPacket, type ProbedStream } from '../../support/judges.ts';
import { runInProcess } from '../../support/programs.ts';
import { fixturesDirectory } from '../../support/project.ts';

/** A line of a Go server's truth file. */
export interface TruthLine {
  readonly track: 'video' | 'audio';
  readonly offset: number;
  readonly size: number;
  /** Milliseconds: decode time and composition offset. */
  readonly ts: number;
  readonly cts: number;
  readonly key: boolean;
  /** First 8 hexadecimal digits. */
  readonly sha1: string;
  /** False: torn. */
  readonly complete?: boolean;
}

export function goFixture(name: string, file: string): string {
  return join(fixturesDirectory, 'go-rtmp', name, file);
}

export function truthOf(name: string): readonly TruthLine[] {
  const lines = readFileSync(goFixture(name, 'truth.jsonl'), 'utf8').trim().split('\n');
  return lines.map((line) => JSON.parse(line) as TruthLine).filter(({ complete }) => complete !== false);
}

/** Copies a fixture into a folder under the name a recorder would give it. */
export function placeFixture(name: string, file: string, directory: string, as: string): string {
  const path = join(directory, as);
  copyFileSync(goFixture(name, file), path);
  return path;
}

export interface Repaired {
  readonly status: number | null;
  readonly stderr: string;
  readonly report: RecordingReport;
}

/** Runs `salvor repair --json`. */
export async function runRepair(path: string, options: readonly string[] = []): Promise<Repaired> {
  const { status, stdout, stderr } = await runInProcess('salvor', ['repair', path, '--json', ...options]);
  const { recordings } = JSON.parse(stdout) as { recordings: readonly RecordingReport[] };
  assert.equal(recordings.length, 1);
  return { status, stderr, report: recordings[0]! };
}

/** A sample as ffprobe finds it: what it is, and when in seconds. */
export interface FoundSample {
  readonly kind: string;
  readonly sha1: string;
  readonly size: number;
  readonly sync: boolean;
  readonly dts: number;
  readonly pts: number;
  /** Offset behind its last byte in the file it was found in. */
  readonly end: number;
}

export interface FoundMovie {
  readonly streams: readonly ProbedStream[];
  readonly samples: readonly FoundSample[];
}

/** `mayLackPictures`: decoders complain of pictures whose references are lost. */
export async function findSamples(path: string, { mayLackPictures = false } = {}): Promise<FoundMovie> {
  const { streams, complaints } = await probe(path);
  if (!mayLackPictures) assert.deepEqual(complaints, []);
  const seconds = (packet: ProbedPacket, ticks: number | undefined): number => {
    const [numerator, denominator] = streams[packet.stream]!.time_base.split('/').map(Number);
    return ((ticks ?? Number.NaN) * numerator!) / denominator!;
  };
  const packets = await probePackets(path, { asStored: true });
  return {
    streams,
    samples: packets.map((packet) => ({
      kind: packet.kind,
      sha1: packet.sha1,
      size: packet.size,
      sync: packet.sync,
      dts: seconds(packet, packet.dtsTicks),
      pts: seconds(packet, packet.ptsTicks),
      end: (packet.offset ?? Number.NaN) + packet.size,
    })),
  };
}

/** What became of the samples that were expected. */
export interface Comparison {
  readonly expected: number;
  readonly found: number;
  /** Samples that were not expected. */
  readonly strange: number;
  readonly syncWrong: number;
  /** Samples whose distance from decoding to presentation is another, up to one constant for the track. */
  readonly offsetsWrong: number;
  /** Seconds that decode times are off at the 95th percentile, up to one constant for all tracks. */
  readonly timeError: number;
  /** The same of presentation times. */
  readonly shownError: number;
}

/** Holds what was found against what was expected; samples are known by their bytes. */
export function compareSamples(expected: readonly FoundSample[], found: readonly FoundSample[]): Comparison {
  const left = new Map<string, FoundSample[]>();
  const keyOf = ({ kind, sha1, size }: FoundSample): string => `${kind} ${sha1.slice(0, 8)} ${size}`;
  for (const sample of expected) left.set(keyOf(sample), [...(left.get(keyOf(sample)) ?? []), sample]);
  const pairs = found.flatMap((sample) => {
    const truth = left.get(keyOf(sample))?.shift();
    return truth === undefined ? [] : [{ truth, sample }];
  });
  const video = pairs.filter(({ truth }) => truth.kind === 'video');
  const offsets = video.map(({ truth, sample }) => sample.pts - sample.dts - (truth.pts - truth.dts));
  const usual = middle(offsets);
  return {
    expected: expected.length,
    found: pairs.length,
    strange: found.length - pairs.length,
    syncWrong: video.filter(({ truth, sample }) => truth.sync !== sample.sync).length,
    offsetsWrong: offsets.filter((offset) => Math.abs(offset - usual) > 0.0015).length,
    timeError: errorOf(pairs.map(({ truth, sample }) => sample.dts - truth.dts)),
    shownError: errorOf(pairs.map(({ truth, sample }) => sample.pts - truth.pts)),
  };
}

function middle(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
}

function errorOf(differences: readonly number[]): number {
  const usual = middle(differences);
  const errors = differences.map((difference) => Math.abs(difference - usual)).sort((a, b) => a - b);
  return errors[Math.floor(errors.length * 0.95)] ?? 0;
}

/** The lines of a truth file as samples. */
export function asSamples(lines: readonly TruthLine[]): FoundSample[] {
  return lines.map(({ track, sha1, offset, size, key, ts, cts }) => ({
    kind: track,
    sha1,
    size,
    sync: key,
    dts: ts / 1000,
    pts: (ts + cts) / 1000,
    end: offset + size,
  }));
}

/** Offset of the last moov of a file. */
export function movieStart(bytes: Buffer): number {
  return bytes.lastIndexOf('moov', bytes.length, 'latin1') - 4;
}

/** The file as a recorder leaves it that was killed: without moov, the size of mdat not filled in. */
export function killed(bytes: Buffer): Buffer {
  const cut = Buffer.from(bytes.subarray(0, movieStart(bytes)));
  cut.writeUInt32BE(0, cut.indexOf('mdat', 0, 'latin1') - 4);
  return cut;
}

/** Encodes with ffmpeg, moov at the end. */
export async function encode(path: string, args: readonly string[]): Promise<Buffer> {
  const { status, stderr } = await runJudge('ffmpeg', ['-v', 'error', '-y', ...args, path]);
  assert.equal(status, 0, stderr);
  return readFileSync(path);
}

/** Writes bytes into a file and gives its path. */
export function placeBytes(directory: string, name: string, bytes: Uint8Array): string {
  const path = join(directory, name);
  writeFileSync(path, bytes);
  return path;
}
