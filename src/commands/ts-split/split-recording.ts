/** One recording from its inputs to its report: parts, playlist, findings. */
import { dirname, join, relative } from 'node:path';
import { AtomicOutput } from '../../io/atomic-output.ts';
import { FileStream, StandardInput, standardInputName, type ByteStream } from '../../io/byte-stream.ts';
import { entryKind, fileSize, isSameFile, pathKind } from '../../io/directory.ts';
import { FileSource } from '../../io/file-source.ts';
import { existsAlready } from '../../io/system-error.ts';
import { nameInterrupted } from '../../io/interrupted.ts';
import { refuseHeldOpen, waitUntilClosed } from '../../io/open-for-writing.ts';
import { Pace } from '../../io/pace.ts';
import { SalvorError } from '../../media/errors.ts';
import { Findings } from '../../media/findings.ts';
import {
  failureOf,
  roundSeconds,
  type InputReport,
  type PartReport,
  type RecordingReport,
  type TrackReport,
} from '../../media/report.ts';
import { ticksPerSecond } from '../../mpegts/clock.ts';
import { tracksAsTheyLie } from '../../rescue/mpegts/track-reports.ts';
import type { CutRules } from '../../rescue/splitting/cut-rules.ts';
import type { CutFinder } from '../../rescue/splitting/cut-finder.ts';
import type { RandomAccess } from '../../rescue/splitting/random-access.ts';
import type { PlannedPart } from '../../rescue/splitting/planned-part.ts';
import { FreeNames } from './free-names.ts';
import type { PartOutput } from './part-output.ts';
import { playlistText, uriOf } from './playlist.ts';
import type { PartTargets } from './part-targets.ts';
import { split, withParts, type SplitOptions, type SplitResult } from './split.ts';

/** What the command line asks for one stream. */
export interface SplitRecordingOptions {
  /** The files, in order; empty for standard input. */
  readonly inputs: readonly string[];
  readonly targets: PartTargets;
  readonly rules: CutRules;
  /** Instead of a duration: so many parts of about the same length. */
  readonly count?: number | undefined;
  readonly randomAccess: RandomAccess;
  readonly repeatParameterSets: boolean;
  /** Path of the playlist, if one is wanted. */
  readonly playlist?: string | undefined;
  readonly replace: boolean;
  readonly dryRun: boolean;
  /** The report is to tell of the tracks, for which a file is read once more. */
  readonly tellsTracks: boolean;
  /** Seconds to wait for a recorder to close the files. */
  readonly wait?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly progress?: ((done: number, total: number) => void) | undefined;
}

/** The report, and what ended a live stream early. */
export interface SplitRecording {
  readonly report: RecordingReport;
  /** Why a live stream ended early; what the report lists of it was kept. */
  readonly failure?: SalvorError | undefined;
}

/** Splits one stream. Throws where nothing could be made; a live stream that fails is in `failure`. */
export async function splitRecording(options: SplitRecordingOptions): Promise<SplitRecording> {
  const started = performance.now();
  const { inputs, targets, dryRun } = options;
  const findings = new Findings();
  await waitUntilClosed(inputs, options.wait ?? 0, options.signal);
  // Parts get their names one by one: what goes on is not to be found out when the first are there.
  if (!dryRun) refuseHeldOpen(inputs, 'pipe it in');
  targets.prepare(dryRun);
  const names = freeNames(options, findings);
  // Asked before the playlist is opened: its temporary file is one of the directory's names.
  const playlistPath = playlistPathOf(options);
  const hasPlaylist = playlistPath !== undefined && !dryRun;
  const mayBeTaken =
    inputs.length > 0 && (targets.mayBeTaken || (hasPlaylist && entryKind(playlistPath) !== undefined));
  if (!dryRun) noteInterrupted(targets.directory, findings);
  const playlist = hasPlaylist ? openPlaylist(playlistPath, options, names) : undefined;
  try {
    const ahead = await lookAhead(options);
    const rules: CutRules = {
      ...options.rules,
      ...(options.count === undefined ? {} : { atSeconds: evenly(options.count, ahead!.seconds) }),
      // The media of one segment has one clock, and the same streams throughout.
      ...(options.playlist === undefined ? {} : { atJumps: true, atChanges: true }),
    };
    const planned = { ...options, rules };
    if (mayBeTaken) refuseTaken(await partsAhead(planned, ahead), planned, playlist?.target);
    const input = openInput(inputs, options.signal);
    try {
      const result = await split(splitOptions(planned, input, ahead, names), findings);
      noteWhatIsMissing(result, options, findings);
      const origin = result.finder.parts[0]!.firstTicks;
      const parts = result.parts.map((part) => partReport(part, origin));
      if (playlist !== undefined && parts.length > 0) writePlaylist(playlist, parts, result.failure !== undefined);
      const report: RecordingReport = {
        recording: inputs[0] ?? standardInputName,
        outcome: dryRun ? 'would-make' : result.failure === undefined ? 'made' : 'failed',
        inputs: inputReports(inputs, result.bytes),
        parts,
        randomAccess: randomAccessReport(result),
        tracks: options.tellsTracks ? await tracksOf(options) : [],
        unindexed: [],
        findings: findings.list(),
        ...(result.failure === undefined ? {} : { failure: failureOf(result.failure) }),
        elapsedSeconds: roundSeconds((performance.now() - started) / 1000),
        bytesMoved: dryRun ? 0 : result.bytes,
      };
      return { report, failure: result.failure };
    } finally {
      input.close();
    }
  } finally {
    playlist?.discard();
  }
}

function freeNames({ inputs, replace }: SplitRecordingOptions, findings: Findings): FreeNames {
  return new FreeNames({ avoidsExisting: inputs.length === 0, replace }, findings);
}

/** What killed runs have left of streams that are nowhere else gets names that are seen. */
function noteInterrupted(directory: string, findings: Findings): void {
  for (const { path, bytes, target } of nameInterrupted(directory)) {
    findings.add(
      'ts-part-interrupted',
      `an earlier run was killed while it wrote ${target}: the ${bytes} bytes that there are of it were named ${path}`,
      { file: path },
    );
  }
}

/** Refuses to go on where a part or the playlist would replace another file than one that is just as it would be made. */
function refuseTaken(
  { parts, finder }: SplitResult,
  { targets, replace }: SplitRecordingOptions,
  playlist: string | undefined,
): void {
  targets.refuseTaken(parts.map((part) => ({ path: part.path, isMade: part.isThere() })));
  if (playlist === undefined || replace || entryKind(playlist) === undefined) return;
  const origin = finder.parts[0]!.firstTicks;
  const text = playlistOf(
    playlist,
    parts.map((part) => partReport(part, origin)),
  );
  if (pathKind(playlist) !== 'file' || !holdsText(playlist, text)) throw existsAlready(playlist);
}

function holdsText(path: string, text: string): boolean {
  const file = new FileSource(path);
  try {
    const bytes = Buffer.from(text);
    return file.size === bytes.length && bytes.equals(file.read(0, bytes.length));
  } finally {
    file.close();
  }
}

/** The parts that files will be cut into, nothing of which is written; files of their names are compared with them. */
async function partsAhead(options: SplitRecordingOptions, ahead: WholeStream | undefined): Promise<SplitResult> {
  const input = new FileStream(options.inputs);
  const findings = new Findings();
  try {
    const planned = { ...options, dryRun: true, progress: undefined };
    const dry = splitOptions(planned, input, ahead, freeNames(options, findings));
    return await split({ ...dry, comparesEarlier: true }, findings);
  } finally {
    input.close();
  }
}

function openInput(inputs: readonly string[], signal: AbortSignal | undefined): ByteStream {
  return inputs.length === 0 ? new StandardInput(signal) : new FileStream(inputs);
}

/** What only a look at the whole stream tells. */
interface WholeStream {
  /** Media time from its beginning to its end. */
  readonly seconds: number;
  /** When it began, if the last of its bytes was written when its media ended. */
  readonly began: Date;
}

async function lookAhead(options: SplitRecordingOptions): Promise<WholeStream | undefined> {
  const { inputs, targets, count } = options;
  if (inputs.length === 0) {
    if (count === undefined) return undefined;
    throw new SalvorError('usage', 'how many parts there will be is not known of a stream from standard input', {
      advice: 'use --duration or --size instead of --count',
    });
  }
  if (count === undefined && !targets.names.hasTime) return undefined;
  const input = new FileStream(inputs);
  try {
    const findings = new Findings();
    const planned = { ...options, rules: {}, dryRun: true, progress: undefined };
    const whole = splitOptions(planned, input, undefined, freeNames(options, findings));
    const { finder } = await split({ ...whole, pathOf: () => '' }, findings);
    const seconds = finder.parts[0]!.durationTicks / ticksPerSecond;
    const ended = input.sources.at(-1)!.modified;
    return { seconds, began: new Date(ended - seconds * 1000) };
  } finally {
    input.close();
  }
}

function evenly(count: number, seconds: number): number[] {
  return Array.from({ length: count - 1 }, (_, index) => ((index + 1) * seconds) / count);
}

function splitOptions(
  options: SplitRecordingOptions,
  input: ByteStream,
  ahead: WholeStream | undefined,
  names: FreeNames,
): SplitOptions {
  const { targets, rules, randomAccess, repeatParameterSets, replace, dryRun, signal, progress } = options;
  const timeOf = (plan: PlannedPart): Date =>
    ahead === undefined ? new Date() : new Date(ahead.began.getTime() + (plan.firstTicks / ticksPerSecond) * 1000);
  const pathOf = (index: number, plan: PlannedPart): string => targets.pathOf(index, timeOf(plan));
  return { input, rules, randomAccess, repeatParameterSets, pathOf, replace, names, dryRun, signal, progress };
}

/** Where the playlist goes, if one is wanted. */
function playlistPathOf({ playlist, targets }: SplitRecordingOptions): string | undefined {
  if (playlist === undefined) return undefined;
  return dirname(playlist) === '.' && !playlist.startsWith('./') ? join(targets.directory, playlist) : playlist;
}

function openPlaylist(path: string, options: SplitRecordingOptions, names: FreeNames): AtomicOutput {
  const { replace, inputs } = options;
  if (inputs.some((input) => isSameFile(input, path))) {
    throw new SalvorError('usage', 'the playlist would replace an input', { file: path });
  }
  const again = inputs.length > 0 ? ({ mayBeThere: 'any' } as const) : {};
  return names.open(path, (free, otherTarget) => new AtomicOutput(free, { replace, otherTarget, ...again }));
}

/** The playlist of parts. `path`: where it goes. */
function playlistOf(path: string, parts: readonly PartReport[]): string {
  const base = dirname(path);
  return playlistText(
    parts.map(({ path: part, durationSeconds, followsJump, followsChange }) => ({
      uri: uriOf(relative(base, part)),
      durationSeconds,
      isDiscontinuity: followsJump || followsChange,
    })),
  );
}

/** `afterFailure`: that the playlist cannot be written either is not reported. */
function writePlaylist(output: AtomicOutput, parts: readonly PartReport[], afterFailure: boolean): void {
  try {
    output.write(Buffer.from(playlistOf(output.target, parts)), 0);
    output.sync();
    output.commit();
  } catch (error) {
    if (!afterFailure) throw withParts(error, parts.length);
  }
}

function inputReports(inputs: readonly string[], bytes: number): InputReport[] {
  if (inputs.length === 0) return [{ path: standardInputName, bytes, fate: 'kept' }];
  return inputs.map((path) => ({ path, bytes: fileSize(path) ?? 0, fate: 'kept' }));
}

/** `origin`: where on the timeline the first picture of the stream is. */
function partReport(
  { plan, path, bytes, insertedBytes, movedPackets, output }: PartOutput,
  origin: number,
): PartReport {
  const seconds = (ticks: number): number => roundSeconds(ticks / ticksPerSecond);
  return {
    path,
    bytes,
    insertedBytes,
    movedPackets,
    startSeconds: seconds(plan.firstTicks - origin),
    durationSeconds: seconds(plan.durationTicks),
    ...(plan.firstPts < 0 ? {} : { firstPtsSeconds: seconds(plan.firstPts), lastPtsSeconds: seconds(plan.lastPts) }),
    frames: plan.pictures,
    undecodableFrames: plan.undecodable,
    beginsWith: plan.beginning,
    followsJump: plan.followsJump,
    followsChange: plan.followsChange,
    replaced: output?.replaces ?? false,
  };
}

function randomAccessReport({ finder }: SplitResult): NonNullable<RecordingReport['randomAccess']> {
  const { idr, irap, intra } = finder.entries;
  return { idr, irap, recoveryPoint: finder.entries['recovery-point'], intra };
}

/** The tracks of a file with what is missing in it. Of what comes from standard input or from several files none are told. */
async function tracksOf({ inputs, signal }: SplitRecordingOptions): Promise<readonly TrackReport[]> {
  const [path, ...others] = inputs;
  return path === undefined || others.length > 0 ? [] : tracksAsTheyLie(path, new Pace(signal));
}

/** Says why a stream was not cut, where that was asked for and did not happen. */
function noteWhatIsMissing({ finder }: SplitResult, options: SplitRecordingOptions, findings: Findings): void {
  const file = options.inputs[0] ?? standardInputName;
  const { leader, tables } = finder;
  if (tables.faultySections > 0) {
    findings.add('ts-section-damaged', `the CRC of ${tables.faultySections} tables is wrong; they were not believed`, {
      file,
    });
  }
  if (tables.programs.every(({ hasMap }) => !hasMap)) {
    const found = finder.contentProgram?.streams ?? [];
    const listed = found.map(({ codec, pid }) => `${codec} on PID ${pid}`).join(', ');
    findings.add(
      'ts-tables-missing',
      found.length === 0
        ? 'no program map was found and the media does not say what it is; it was not cut'
        : `no program map was found; the streams were recognised by their media (${listed})`,
      { file },
    );
  }
  if (leader === undefined) return;
  const where = { file, pid: leader.pid };
  if (finder.picturesBeforeEntry > 0) {
    findings.add(
      'ts-first-picture',
      `${firstPictures(finder)}; players may show nothing, or wrong pictures, before one comes`,
      where,
    );
  }
  if (finder.parts.length > 1 || !finder.endsOverdue) return;
  const [first] = finder.parts;
  if (!finder.isScrambled && first!.pictures > 0 && first!.firstPts < 0) {
    const message = `the ${leader.kind} has no timestamps; it was not cut, and its length is an estimate`;
    findings.add('ts-no-entry', message, where);
  } else if (finder.isScrambled) {
    findings.add('ts-no-entry', 'the video is scrambled up to the end of the stream; it was not cut', where);
  } else if (!finder.canCut) {
    findings.add(
      'ts-no-entry',
      `pictures cannot be found in video of this kind (${leader.codec}); it was not cut`,
      where,
    );
  } else if (leader.kind === 'video') {
    const idr = finder.entries.idr === 0 ? 'no IDR picture' : 'no IDR picture at or after the end that was asked for';
    findings.add(
      'ts-no-entry',
      `the video has ${idr}${otherEntries(finder, options.randomAccess)}; it was not cut`,
      where,
    );
  }
}

function firstPictures({ picturesBeforeEntry: count, parts }: CutFinder): string {
  const all = parts.reduce((sum, { pictures }) => sum + pictures, 0);
  if (count === all) return `none of the ${all} pictures is one where decoding can begin`;
  return `the stream begins with ${count} pictures before the first where decoding can begin`;
}

/** What else decoding can begin with, and how to have it cut there. */
function otherEntries({ entries }: CutFinder, randomAccess: RandomAccess): string {
  const others = (['irap', 'recovery-point', 'intra'] as const).filter((kind) => entries[kind] > 0);
  if (others.length === 0 || randomAccess !== 'idr') return '';
  const flag = others[0] === 'intra' ? 'any-intra' : others[0];
  const found = others.map((kind) => `${entries[kind]} of kind ${kind}`).join(', ');
  return `, but others that decoding can begin with (${found}), where --random-access ${flag} cuts`;
}
