/**
 * Looks at the staging files of a recording: closed in good order, or as a crash left them. What can be indexed is told as
 * a recording's tracks, what lies beyond the index as bytes.
 */
import type { ByteSource } from '../../io/file-source.ts';
import { SalvorError } from '../../media/errors.ts';
import { Findings } from '../../media/findings.ts';
import type { ProbedRecording, ProbedTrack, Verdict } from '../../media/probed-recording.ts';
import type { Track } from '../../media/track.ts';
import { readMediaFileHeader } from '../../staging/media-file.ts';
import { openStagingFiles, stagingFilesOf } from '../../staging/open-set.ts';
import { readStagingSet, type StagingRecording, type StagingSources } from '../../staging/reader.ts';
import { recoverStagingSet } from '../../rescue/staging/recovery.ts';
import { FrameRateEstimate, ratio } from '../../media/ffprobe/ffprobe.ts';
import { advise } from './advice.ts';
import { codecFacts } from './codec-facts.ts';
import { accessUnitsOfTable, withShown } from './implicit-extension.ts';
import type { InspectOptions, Inspection, TreeRow } from './inspection.ts';
import { scanMedia, type NalUnitTrack } from './media-scan.ts';
import { stagingState } from './staging-state.ts';
import { rowsOf } from './table-rows.ts';
import { bitRateOfFile, timingsOf } from './timings.ts';
import { reorderedFramesOf, trackFigures } from './track-figures.ts';
import { Pace } from '../../io/pace.ts';
import { reportZeroTail } from '../../io/zero-tail.ts';

/** Opens the set of a recording (its path without the endings of the staging files) and hands its inspection to `use`. */
export async function probeStaging<T>(
  recording: string,
  options: InspectOptions,
  use: (inspection: Inspection) => T | Promise<T>,
): Promise<T> {
  const files = openStagingFiles(stagingFilesOf(recording));
  try {
    return await use(await inspectStaging(recording, files, options));
  } catch (error) {
    const changed = files.all.find((source) => source.hasChanged());
    if (changed === undefined) throw error;
    throw new SalvorError('busy', 'the recording is being written', {
      file: changed.path,
      advice: 'look again when it has ended',
    });
  } finally {
    files.close();
  }
}

/** Looks at an opened set. */
export async function inspectStaging(
  recording: string,
  sources: StagingSources,
  options: InspectOptions,
): Promise<Inspection> {
  const strict = new Findings();
  const pace = new Pace(options.signal);
  const clean = await readStagingSet(sources, strict, pace);
  const strictFindings = strict.list();
  if (sources.info === undefined || sources.mdat === undefined) {
    const missing = sources.mdat === undefined ? '.mdat' : '.info';
    strict.add('staging-file-missing', `${recording}${missing} is missing`, { file: `${recording}${missing}` });
  }
  const state = stagingState(sources, strict.list());
  const findings = new Findings();
  if (state === undefined) for (const found of strictFindings) findings.add(found.code, found.message, found);
  const read = state === undefined ? clean : await recoverStagingSet(sources, () => [], findings, pace);
  const tracks = (read?.tracks ?? []).map((track, index) => describeTrack(track, index, sources.mdat));
  if (state !== undefined) reportState(state, read, sources, findings);
  if (sources.mdat !== undefined) reportZeroTail(sources.mdat, 'mp4-zero-range', findings);
  if (options.deep && sources.mdat !== undefined) {
    const start = read?.mediaStart ?? 16;
    const range = { start: Math.min(start, sources.mdat.size), end: sources.mdat.size };
    const media = { tracks: nalUnitTracks(read?.tracks ?? []), owned: [range] };
    await scanMedia(sources.mdat, [range], media, findings, options);
  }
  return {
    recording: describe(recording, sources, tracks, findings, state, options),
    samples: () =>
      rowsOf(
        (read?.tracks ?? []).map(({ kind, samples }, index) => ({
          index,
          kind,
          timeBase: tracks[index]!.timeBase,
          table: samples,
          shift: 0,
        })),
      ),
    tree: () => treeOf(recording, sources),
  };
}

function nalUnitTracks(tracks: readonly Track[]): NalUnitTrack[] {
  return tracks.flatMap(({ configuration, samples, timescale }) =>
    configuration.codec === 'h264'
      ? [{ table: samples, codec: 'h264' as const, lengthSize: configuration.record.nalUnitLengthSize, timescale }]
      : [],
  );
}

function reportState(
  state: string,
  read: StagingRecording | undefined,
  sources: StagingSources,
  findings: Findings,
): void {
  const indexed = (read?.tracks ?? []).reduce((sum, { samples }) => sum + samples.length, 0);
  const { mdat } = sources;
  const beyond =
    mdat === undefined
      ? 0
      : read === undefined
        ? Math.max(0, mdat.size - 16)
        : read.unindexed.reduce((sum, { length }) => sum + length, 0);
  const place = mdat === undefined ? {} : { file: mdat.path, length: beyond };
  findings.add(
    'staging-interrupted',
    `${state}: ${indexed} samples are indexed, ${beyond} bytes of media lie beyond the index`,
    place,
  );
}

function describe(
  recording: string,
  sources: StagingSources,
  tracks: readonly ProbedTrack[],
  findings: Findings,
  state: string | undefined,
  options: InspectOptions,
): ProbedRecording {
  const present = [sources.info, sources.mdat, ...sources.tracks.values()].filter((source) => source !== undefined);
  const timings = timingsOf(tracks);
  const bitRate = bitRateOfFile(sources.mdat?.size ?? 0, timings.durationSeconds);
  const verdict = verdictOf(sources, state, findings);
  const isOrphan = sources.info === undefined && sources.tracks.size === 0;
  const purpose = state === undefined ? 'makes the MP4' : 'makes an MP4 of what can be kept';
  const advice =
    sources.mdat === undefined
      ? []
      : advise('mp4writer', purpose, recording, ...(state === undefined ? [] : ['--recovery']));
  return {
    path: recording,
    files: present.map(({ path, size }) => ({ path, bytes: size })),
    container: 'staging',
    containerName: isOrphan ? 'the media of a staging set' : 'staging files of an MP4',
    formatName: undefined,
    recorder: 'EvoStream staging',
    ...timings,
    ...(bitRate === undefined ? {} : { bitRate }),
    tracks,
    health: {
      verdict,
      deep: options.deep,
      ...(timings.durationSeconds === undefined ? {} : { durationSeconds: timings.durationSeconds }),
      findings: findings.list(),
      advice,
    },
  };
}

function verdictOf(sources: StagingSources, state: string | undefined, findings: Findings): Verdict {
  if (state === undefined) {
    return findings.firstError() === undefined && !findings.has('nal-chain-broken') ? 'complete' : 'damaged';
  }
  const { mdat } = sources;
  if (mdat === undefined) return 'damaged';
  return mdat.size > 0 && 'fault' in readMediaFileHeader(mdat) && sources.info === undefined
    ? 'unreadable'
    : 'unfinished';
}

function describeTrack(
  { id, kind, timescale, configuration, samples }: Track,
  index: number,
  mdat: ByteSource | undefined,
): ProbedTrack {
  const timeBase = { numerator: 1, denominator: timescale };
  const said = codecFacts(configuration) ?? { name: configuration.codec };
  const facts = mdat === undefined ? said : withShown(said, configuration, accessUnitsOfTable(mdat, samples));
  const startTicks = samples.firstDecodeTime + samples.presentationRange().start;
  const figures = trackFigures(samples, timescale, startTicks / timescale);
  const rate =
    figures.durationTicks > 0 && figures.bytes > 0
      ? Math.floor((figures.bytes * 8 * timescale) / figures.durationTicks)
      : undefined;
  return {
    index,
    id,
    kind,
    codecTag: configuration.codec === 'h264' ? 'avc1' : 'mp4a',
    codec:
      kind === 'video' && facts.reorderedFrames === undefined
        ? { ...facts, reorderedFrames: reorderedFramesOf(samples) }
        : facts,
    timeBase,
    ...(samples.length === 0 ? {} : { startTicks, durationTicks: figures.durationTicks }),
    mediaSeconds: figures.durationTicks / timescale,
    frames: samples.length,
    samples: samples.length,
    bytes: figures.bytes,
    ...(rate === undefined ? {} : { bitRate: rate }),
    ...(kind === 'video' && figures.durationTicks > 0
      ? {
          averageFrameRate: ratio(timescale * samples.length, figures.durationTicks),
          variableFrameRate: figures.variableFrameRate,
          ...realFrameRate(samples, timeBase),
        }
      : {}),
    keyFrames: figures.keyFrames,
    ...(figures.keyFrameInterval === undefined ? {} : { keyFrameInterval: figures.keyFrameInterval }),
    gaps: figures.gaps,
  };
}

function realFrameRate(
  samples: Track['samples'],
  timeBase: ProbedTrack['timeBase'],
): Pick<ProbedTrack, 'realFrameRate'> {
  const estimate = new FrameRateEstimate(timeBase);
  let ticks = samples.firstDecodeTime;
  for (let i = 0; i < samples.length && !estimate.isEnough; i++) {
    const duration = samples.durations.at(i);
    estimate.add(ticks, duration);
    ticks += duration;
  }
  const rate = estimate.real();
  return rate === undefined ? {} : { realFrameRate: rate };
}

function* treeOf(recording: string, sources: StagingSources): Generator<TreeRow> {
  const files = [sources.info, sources.mdat, ...sources.tracks.values()].filter((source) => source !== undefined);
  for (const { path, size } of files) {
    yield { depth: 0, type: path.slice(recording.length) || path, offset: 0, size };
    if (path !== sources.mdat?.path) continue;
    const header = readMediaFileHeader(sources.mdat);
    if ('fault' in header) continue;
    const offset = header.sizeFieldOffset - 8;
    yield { depth: 1, type: 'mdat', offset, size: size - offset, text: `claims ${header.boxSize} bytes` };
  }
}
