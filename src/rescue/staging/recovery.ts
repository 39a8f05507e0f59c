/**
 * Reads a staging set that its server was killed over. The files contradict each other then: each is believed as far as
 * the media bears it out, and no further. Samples are what whole entries of the track files describe; `.info` and the
 * size in `.mdat` are hints. What no entry describes is given as ranges, for a carver to look into.
 */
import type { ByteSource } from '../../io/file-source.ts';
import { Pace } from '../../io/pace.ts';
import type { CodecReference } from '../../media/codec-reference.ts';
import { Column } from '../../media/column.ts';
import { Findings } from '../../media/findings.ts';
import type { AvcConfiguration, CodecConfiguration, Track } from '../../media/track.ts';
import { missingKeyFrames } from '../../staging/info.ts';
import { takeOut } from './untrue-entries.ts';
import type { DescribedTimes } from '../../media/track-ranges.ts';
import { nothingLeftOut } from '../../media/left-out.ts';
import { readMediaFileHeader } from '../../staging/media-file.ts';
import { arrivalShift, fillOpenDurations, firstDecodeTimeOf } from '../../staging/open-runs.ts';
import {
  fillOpenCompositionOffsets,
  restoreFirstCompositionOffset,
  stepByOrder,
} from '../../staging/open-composition-offsets.ts';
import { openTracks, type OpenedTrack } from '../../staging/opened-tracks.ts';
import { clockBreaksIn, hasLostRuns } from './clock-breaks.ts';
import { configureAudio, configureVideo, type DescribedSurroundings } from './described-configurations.ts';
import { stagingMovieOf, syncColumn, type StagingRecording, type StagingSources } from '../../staging/reader.ts';
import { unseenLag } from '../clocks/arrival-bound.ts';
import { assumedStepBound } from '../clocks/times-findings.ts';
import { frameTicks, restoreSigns } from '../../staging/sample-times.ts';
import { salvageInfo, type SalvagedInfo } from '../../staging/salvaged-info.ts';
import { guessTimescale, stepFromOther, stepFromVui, toldTimescale } from '../../staging/timescale.ts';
import { unindexedRanges } from '../../staging/unindexed-ranges.ts';
import { markTrueEntries } from '../../staging/true-entries.ts';

/** Ticks per second in which the announced step of pictures is asked for. */
const microsecond = 1_000_000;

/** `.info` is read up to here; what is behind can be no record of this set. */
const maxInfo = 64 * 1024 * 1024;

/**
 * Recovers the set, or gives undefined where no sample is described. `references`: recordings of the same stream, asked
 * for only where a configuration is lost.
 */
export async function recoverStagingSet(
  sources: StagingSources,
  references: () => Iterable<CodecReference>,
  findings: Findings,
  pace = new Pace(),
): Promise<StagingRecording | undefined> {
  const { mdat } = sources;
  if (mdat === undefined) return undefined;
  const header = readMediaFileHeader(mdat);
  if ('fault' in header) findings.add('mdat-header-unreadable', header.fault, { file: mdat.path, offset: 0 });
  const mediaStart = 'fault' in header ? 16 : header.sizeFieldOffset + 8;
  const salvaged = salvage(sources.info, findings);
  const opened = await openTracks(sources, salvaged, mdat, findings, pace);
  const step = async (): Promise<void> => {
    if (pace.isDue) await pace.turn();
  };
  await step();
  const leftOut = { video: nothingLeftOut(), audio: nothingLeftOut() };
  const checked = opened.map(({ kind, entries }) => ({ kind, samples: entries.samples }));
  const keeps = await pace.through(markTrueEntries(checked, mediaStart, mdat));
  await step();
  const video = opened.find(({ kind }) => kind === 'video');
  const videoKeep = video === undefined ? undefined : keeps[opened.indexOf(video)]!;
  const videoConfiguration =
    video === undefined ? undefined : await configureVideo(video, videoKeep!, mdat, references, findings, pace);
  const foreign = videoConfiguration?.foreign === true;
  const pictures = stepOfPictures(video, videoConfiguration?.configuration, mdat);
  const tracks: MadeTrack[] = [];
  for (const [index, open] of opened.entries()) {
    if (open.entries.samples.length === 0) continue;
    const usable = foreign ? { ...open, trusted: false } : open;
    const configured = open.kind === 'video' ? videoConfiguration?.configuration : undefined;
    const made = makeTrack(usable, configured, keeps[index]!, {
      mdat,
      foreign,
      video: videoConfiguration?.configuration?.record,
      pictures,
      others: opened,
      references,
      findings,
    });
    if (made !== undefined) tracks.push({ ...made, keep: keeps[index]!, source: usable });
    await step();
  }
  placeStarts(tracks, findings);
  const isAlone = tracks.length === 1 && isAllDescribed(tracks[0]!, mdat.size - mediaStart);
  if (isAlone) noteAssumedSteps(tracks[0]!, findings);
  const clockBreaks = new Map<number, readonly number[]>();
  const openFrom = new Map<number, number>();
  const inferredTimes = new Map<number, DescribedTimes>();
  for (const { track, keep, source, isAfloat, assumedTicks, recordedSteps, inferred } of tracks) {
    if (inferred !== undefined) inferredTimes.set(track.id, inferred);
    // The order of arrival beside the other track tells more than steps that were assumed.
    const isTimeless = assumedTicks !== undefined && !isAlone;
    const { breaks, open } = clockBreaksIn(track.samples, keep, isAfloat === true, isTimeless ? -1 : recordedSteps);
    if (open !== undefined) openFrom.set(track.id, open);
    if (breaks.length > 0) clockBreaks.set(track.id, breaks);
    takeOut(track, keep, leftOut[track.kind], source.source, mdat.size, findings);
    await step();
  }
  const kept = tracks.map(({ track }) => track).filter(({ samples }) => samples.length > 0);
  if (kept.length === 0) return undefined;
  const incomplete = flagSyncSamples(kept, salvaged, foreign, leftOut.video.samples > 0, sources.info, findings);
  return {
    ...stagingMovieOf(foreign ? undefined : salvaged.info),
    tracks: kept,
    mediaStart,
    leftOut,
    unindexed: await pace.through(unindexedRanges(kept, mediaStart, mdat.size)),
    keyFramesIncomplete: incomplete,
    clockBreaks,
    openFrom,
    inferredTimes,
    isRateGuessed: tracks.some((track) => track.isRateGuessed),
  };
}

interface MadeTrack {
  readonly track: Track;
  /** 1 for samples whose entries are true. */
  readonly keep: Uint8Array;
  readonly source: OpenedTrack;
  readonly start: KnownStart;
  /** Ticks between the samples, where they had to be assumed. */
  readonly assumedTicks: number | undefined;
  /** So many steps were recorded, and those behind them, of which there are some, may have a pause among them; undefined where they have none. */
  readonly recordedSteps: number | undefined;
  /** Audio whose rate nothing in the files tells. */
  readonly isRateGuessed: boolean;
  /** From where on times follow from something else; undefined where all were recorded. */
  readonly inferred: DescribedTimes | undefined;
  /** Where it begins follows from nothing but the order in which the samples arrived. */
  isAfloat?: boolean;
}

/** How the decode time of the first sample is known: recorded, reckoned by frame lengths (pauses left out), or not. */
type KnownStart = 'recorded' | 'reckoned' | 'lost';

function salvage(source: ByteSource | undefined, findings: Findings): SalvagedInfo {
  if (source === undefined || source.size === 0) {
    findings.add(
      'staging-file-missing',
      source === undefined ? 'the .info file is missing' : 'the .info file is empty',
      source === undefined ? {} : { file: source.path },
    );
    return { info: undefined, audio: undefined, video: undefined };
  }
  const salvaged = salvageInfo(source.read(0, Math.min(source.size, maxInfo)));
  if (salvaged.info === undefined) {
    const records = [salvaged.video, salvaged.audio].filter((record) => record !== undefined).map(({ kind }) => kind);
    const found =
      records.length === 0 ? 'nothing in it can be used' : `its ${records.join(' and ')} record can still be read`;
    findings.add('staging-info-partial', `has ${source.size} bytes and no readable header; ${found}`, {
      file: source.path,
    });
  }
  return salvaged;
}

interface TrackSurroundings extends DescribedSurroundings {
  readonly pictures: PictureStep;
  readonly others: readonly OpenedTrack[];
}

/** How far pictures of one step are apart. */
interface PictureStep {
  /** Ticks, by the order of the pictures and how long each is held back; undefined where that does not tell. */
  readonly ordered: number | undefined;
  /** Seconds, so or as the stream announces it; undefined where nothing tells. */
  readonly seconds: number | undefined;
}

function stepOfPictures(
  video: OpenedTrack | undefined,
  configuration: AvcConfiguration | undefined,
  mdat: ByteSource,
): PictureStep {
  const isOpen = video !== undefined && configuration !== undefined && video.entries.durationsKnown === 0;
  const ordered = isOpen ? stepByOrder(video.entries, configuration, mdat) : undefined;
  if (ordered !== undefined) {
    return { ordered, seconds: ordered / (video?.record?.timescale ?? guessTimescale(video!, undefined)) };
  }
  const announced = stepFromVui(configuration?.sps, microsecond);
  return { ordered, seconds: announced === undefined ? undefined : announced / microsecond };
}

function makeTrack(
  open: OpenedTrack,
  configured: AvcConfiguration | undefined,
  keep: Uint8Array,
  around: TrackSurroundings,
): Pick<MadeTrack, 'track' | 'start' | 'assumedTicks' | 'recordedSteps' | 'isRateGuessed' | 'inferred'> | undefined {
  const { entries, kind, source } = open;
  const { samples } = entries;
  const { findings } = around;
  const { seconds: pictureSeconds } = around.pictures;
  const place = { file: source.path, track: kind } as const;
  const record = open.trusted ? open.record : undefined;
  const other = around.others.find((candidate) => candidate.kind !== open.kind && candidate.entries.samples.length > 0);
  const isRecorded = open.record !== undefined && !around.foreign && (open.trusted || entries.durationsKnown === 0);
  const timescale = isRecorded ? open.record.timescale : guessTimescale(open, other?.entries, pictureSeconds);
  const isRateGuessed =
    kind === 'audio' && !isRecorded && toldTimescale(open, other?.entries, pictureSeconds) === undefined;
  let configuration: CodecConfiguration | undefined = configured;
  const ordered = kind === 'video' ? around.pictures.ordered : undefined;
  let fallback =
    ordered ??
    stepFromVui(configured?.sps, timescale) ??
    stepFromOther(open, other, timescale) ??
    Math.round(timescale / 25);
  if (kind === 'audio') {
    // What the media tells of a rate that the files do not is said when it is known.
    const said = isRateGuessed ? { ...around, findings: new Findings() } : around;
    configuration = configureAudio(open, keep, timescale, said);
    fallback = Math.round(frameTicks(configuration, timescale) ?? fallback);
  }
  if (configuration === undefined) return undefined;
  const frame = frameTicks(configuration, timescale);
  const filled = fillOpenDurations(entries, record, frame, fallback);
  // Where runs were lost there may have been a pause: then the order of arrival beside the other track tells more.
  const mayPause = filled !== 'recorded' && other !== undefined && hasLostRuns(open);
  const durations = filled === 'assumed' && ordered !== undefined && !mayPause ? 'order of pictures' : filled;
  const assumedTicks = durations === 'assumed' ? fallback : undefined;
  if (durations !== 'recorded' && durations !== 'assumed') {
    findings.add(
      'times-continued',
      durations === 'order of pictures'
        ? 'the steps between the pictures follow from their order, and from how long each is held back'
        : `the last ${samples.length - entries.durationsKnown} durations follow from the ${durations} of the track`,
      place,
    );
  }
  if (kind === 'video') fillOpenCompositionOffsets(entries, record, configuration, around.mdat, findings, place);
  restoreSigns(samples, timescale, findings, place);
  if (kind === 'video') restoreFirstCompositionOffset(samples, configuration, around.mdat, findings, place);
  const isOverwritten = samples.sizes.values().includes(0);
  const start = record === undefined || isOverwritten ? undefined : firstDecodeTimeOf(entries, record, frame);
  samples.firstDecodeTime = start?.ticks ?? 0;
  const known = start === undefined ? 'lost' : start.isReckoned ? 'reckoned' : 'recorded';
  const track = { id: open.id, kind, timescale, configuration, samples };
  const recordedSteps = mayPause ? entries.durationsKnown : undefined;
  const firstInferred = samples.offsets.data[durations === 'assumed' ? 0 : entries.durationsKnown];
  const inferred =
    durations === 'recorded' || firstInferred === undefined
      ? undefined
      : { from: firstInferred, times: { from: durations } };
  return { track, start: known, assumedTicks, recordedSteps, isRateGuessed, inferred };
}

/** Whether the samples of a track are all of the media: then no other may be found in it. */
function isAllDescribed({ track: { samples }, keep }: MadeTrack, mediaBytes: number): boolean {
  let bytes = 0;
  for (let i = 0; i < samples.length; i++) if (keep[i] === 1) bytes += samples.sizes.data[i]!;
  return bytes >= mediaBytes;
}

/** Says of a track alone that its steps were assumed; beside another the order of arrival tells more. */
function noteAssumedSteps({ track, assumedTicks, source }: MadeTrack, findings: Findings): void {
  if (assumedTicks === undefined) return;
  findings.add(
    'times-assumed',
    `the steps between the samples were lost; ${assumedTicks} ticks of ${track.timescale} a second were taken: ${assumedStepBound(track.samples.length, assumedTicks / track.timescale)}`,
    { file: source.source.path, track: track.kind },
  );
}

/** A beginning that was reckoned and is off by more than this had a pause behind it. */
const reckonedError = 0.25;

/** Gives the tracks whose beginning is lost one that agrees with the order in which the samples arrived. */
function placeStarts(tracks: readonly MadeTrack[], findings: Findings): void {
  const rank = ({ start, assumedTicks }: MadeTrack): number =>
    ['recorded', 'reckoned', 'lost'].indexOf(start) + (assumedTicks === undefined ? 0 : 3);
  const [anchor, other] = [...tracks].sort((a, b) => rank(a) - rank(b));
  if (anchor === undefined || other === undefined || other.start === 'recorded') return;
  if (other.assumedTicks !== undefined) return;
  const [early, late] = [anchor, other].map(({ track, keep, recordedSteps }) => ({ ...track, keep, recordedSteps }));
  const shift = arrivalShift(early!, late!);
  if (shift === undefined) return;
  const seconds = shift.seconds + anchor.track.samples.firstDecodeTime / anchor.track.timescale;
  const reckoned = other.track.samples.firstDecodeTime / other.track.timescale;
  if (other.start === 'reckoned' && Math.abs(seconds - reckoned) <= reckonedError) return;
  other.track.samples.firstDecodeTime = Math.round(seconds * other.track.timescale);
  other.isAfloat = true;
  findings.add(
    'start-offset-assumed',
    `when the ${other.track.kind} begins was lost: it is placed beside the ${anchor.track.kind} by the order in which both arrived${shift.boundSeconds === undefined ? ', which says only that it is no nearer' : `, to ${(shift.boundSeconds + unseenLag).toFixed(2)} s`}`,
    { track: other.track.kind },
  );
}

/** Flags sync samples by the key-frame list where it is of this state. Tells whether the media must be asked. */
function flagSyncSamples(
  tracks: readonly Track[],
  salvaged: SalvagedInfo,
  foreign: boolean,
  shifted: boolean,
  info: ByteSource | undefined,
  findings: Findings,
): boolean {
  const video = tracks.find(({ kind }) => kind === 'video');
  if (video === undefined) return false;
  const list = salvaged.info?.keyFrames;
  const usable =
    list !== undefined &&
    info !== undefined &&
    !foreign &&
    !shifted &&
    missingKeyFrames(salvaged.info!) === 0 &&
    salvaged.video?.sampleCount === video.samples.length;
  if (usable) {
    video.samples.sync = syncColumn(video.samples.length, list.numbers, info, findings);
    return false;
  }
  video.samples.sync = new Column(Uint8Array, video.samples.length);
  video.samples.sync.resize(video.samples.length);
  return true;
}
