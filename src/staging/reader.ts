/**
 * Reads a staging set that its server closed in good order into tracks, and checks that the four files agree with each
 * other to the last byte. What they contradict each other in becomes findings; it decides nothing and opens nothing.
 */
import type { ByteSource } from '../io/file-source.ts';
import { Pace } from '../io/pace.ts';
import { Column } from '../media/column.ts';
import type { Findings } from '../media/findings.ts';
import type { SampleTable } from '../media/sample-table.ts';
import type { CodecConfiguration, Track } from '../media/track.ts';
import { readCodecConfiguration } from './codec-configuration.ts';
import { missingKeyFrames, readInfo, type StagingInfo, type TrackRecord } from './info.ts';
import type { DescribedTimes } from '../media/track-ranges.ts';
import { nothingLeftOut, type LeftOut } from '../media/left-out.ts';
import { restoreFirstCompositionOffset } from './open-composition-offsets.ts';
import { readMediaFileHeader } from './media-file.ts';
import type { UnindexedRange } from './unindexed-ranges.ts';
import { frameTicks, restoreSigns, settleLastDuration, sumOfSteps } from './sample-times.ts';
import { readTrackFile, type TrackEntries } from './track-file.ts';

/** `.info` of a day at 60 all-intra frames a second has 21 MB of key-frame numbers; more is not believed. */
export const maxInfoBytes = 64 * 1024 * 1024;

/** Samples that are looked at before the pace is asked. */
const rowsAtOnce = 10_000;

/** The files of a set, opened; those that are missing are undefined. */
export interface StagingSources {
  readonly info: ByteSource | undefined;
  readonly mdat: ByteSource | undefined;
  /** By track id: 1 and 2. */
  readonly tracks: ReadonlyMap<number, ByteSource>;
}

/**
 * What either reader of a set gives. A sample is in a track's table, or it is accounted for in `leftOut`.
 */
export interface StagingRecording {
  /** Seconds since 1904-01-01, UTC; 0 where it is lost. */
  readonly creationTime: number;
  readonly movieTimescale: number;
  /** Whether 32-bit fields were asked for. */
  readonly winQtCompat: boolean;
  readonly tracks: readonly Track[];
  /** Where the samples of the media file begin, behind its header. */
  readonly mediaStart: number;
  /** Samples that are described but cannot be in the result. */
  readonly leftOut: Readonly<Record<Track['kind'], LeftOut>>;
  /** Bytes of the media file that no entry describes, in order: what a carver may find more samples in. */
  readonly unindexed: readonly UnindexedRange[];
  /** Whether the key-frame list is known to be incomplete, so that sync samples must be found in the media. */
  readonly keyFramesIncomplete: boolean;
  /**
   * By track id: numbers of samples before which entries were lost, so that nothing recorded tells how long after the sample
   * before they were decoded; 0 where the beginning itself is lost. None where it is undefined.
   */
  readonly clockBreaks?: ReadonlyMap<number, readonly number[]>;
  /**
   * By track id: number of the sample from which on the steps between samples were assumed, one of the breaks; 0 where no
   * time is recorded at all. None where it is undefined.
   */
  readonly openFrom?: ReadonlyMap<number, number>;
  /** By track id: from where on times that the files lost follow from something else. None where it is undefined. */
  readonly inferredTimes?: ReadonlyMap<number, DescribedTimes>;
  /**
   * Whether nothing in the files tells the rate of the audio: its steps are all alike, and a usual rate was taken. The media
   * may tell it.
   */
  readonly isRateGuessed?: boolean;
}

/** Reads the set, or undefined where nothing can be read; the findings say why. */
export async function readStagingSet(
  sources: StagingSources,
  findings: Findings,
  pace = new Pace(),
): Promise<StagingRecording | undefined> {
  const { info: infoSource, mdat } = sources;
  if (infoSource === undefined || mdat === undefined) return undefined;
  if (infoSource.size > maxInfoBytes) {
    findings.add('staging-info-unreadable', `has ${infoSource.size} bytes, expected at most ${maxInfoBytes}`, {
      file: infoSource.path,
    });
    return undefined;
  }
  // Not copied: nothing else is read from this file, and the key frames of a day may be megabytes.
  const read = readInfo(infoSource.read(0, infoSource.size));
  if ('fault' in read) {
    findings.add('staging-info-unreadable', `at byte ${read.fault.offset}: ${read.fault.message}`, {
      file: infoSource.path,
      offset: read.fault.offset,
    });
    return undefined;
  }
  const { info } = read;
  if (info.stale.length > 0) {
    findings.add('staging-info-stale-bytes', `${info.stale.length} bytes behind the end`, {
      file: infoSource.path,
      offset: infoSource.size - info.stale.length,
      length: info.stale.length,
    });
  }
  const mediaStart = info.sizeFieldOffset + 8;
  checkMediaFile(mdat, info, findings);
  const missing = missingKeyFrames(info);
  if (missing > 0) {
    findings.add(
      'staging-keyframes-missing',
      `${missing} of ${info.keyFrames?.count ?? 0} key-frame numbers are missing; sync samples were taken from the NAL unit types`,
      {
        file: infoSource.path,
        track: 'video',
      },
    );
  }
  const tracks: Track[] = [];
  for (const record of [info.video, info.audio]) {
    if (record === undefined) continue;
    const source = sources.tracks.get(record.trackId);
    if (source === undefined) {
      findings.add(
        'staging-file-missing',
        `.info describes an ${record.kind} track, but its file .track${record.trackId} is missing`,
        { file: infoSource.path, track: record.kind },
      );
      continue;
    }
    const configuration = readCodecConfiguration(record, infoSource.path, findings);
    if (configuration === undefined) continue;
    const entries = await readTrackFile(source, record.is64 !== 0, undefined, undefined, pace);
    if (pace.isDue) await pace.turn();
    const samples = samplesOf(record, entries, { source, mdat, configuration, findings });
    if (pace.isDue) await pace.turn();
    tracks.push({ id: record.trackId, kind: record.kind, timescale: record.timescale, configuration, samples });
    if (record.kind === 'video') {
      samples.sync = syncColumn(samples.length, info.keyFrames?.numbers ?? new Uint32Array(0), infoSource, findings);
    }
  }
  await checkTiling(tracks, mediaStart, mdat, findings, pace);
  const leftOut = { video: nothingLeftOut(), audio: nothingLeftOut() };
  return { ...stagingMovieOf(info), tracks, mediaStart, leftOut, unindexed: [], keyFramesIncomplete: missing > 0 };
}

/** Movie timescale to use where the set gives none that can be. */
const defaultMovieTimescale = 1000;

/** What the header says of the movie as a whole; `undefined`: the header is lost. */
export function stagingMovieOf(
  info: StagingInfo | undefined,
): Pick<StagingRecording, 'creationTime' | 'movieTimescale' | 'winQtCompat'> {
  return {
    creationTime: info?.creationTime ?? 0,
    movieTimescale: info === undefined || info.movieTimescale === 0 ? defaultMovieTimescale : info.movieTimescale,
    winQtCompat: info !== undefined && info.winQtCompat !== 0,
  };
}

function checkMediaFile(mdat: ByteSource, info: StagingInfo, findings: Findings): void {
  const header = readMediaFileHeader(mdat);
  const place = { file: mdat.path, offset: 0 };
  if ('fault' in header) {
    findings.add('mdat-header-unreadable', header.fault, place);
    return;
  }
  if (header.sizeFieldOffset !== info.sizeFieldOffset) {
    findings.add(
      'mdat-header-unreadable',
      `the size field is at byte ${header.sizeFieldOffset}, .info says ${info.sizeFieldOffset}`,
      place,
    );
  }
  const expected = info.sizeFieldOffset + 8 + info.mediaBytes;
  if (mdat.size !== expected) {
    const meaning =
      mdat.size < expected
        ? `${expected - mdat.size} bytes of media are missing`
        : `${mdat.size - expected} bytes of media are not indexed`;
    findings.add('staging-size-contradicts', `has ${mdat.size} bytes, .info expects ${expected}: ${meaning}`, {
      file: mdat.path,
      offset: Math.min(mdat.size, expected),
    });
  }
  if (header.boxSize !== 16 + info.mediaBytes) {
    findings.add('mdat-size-stale', `the header says ${header.boxSize} bytes, .info ${16 + info.mediaBytes}`, {
      file: mdat.path,
      offset: header.sizeFieldOffset,
      length: 8,
    });
  }
}

/** Completes what the track file leaves open from the record in `.info`. */
function samplesOf(
  record: TrackRecord,
  entries: TrackEntries,
  {
    source,
    mdat,
    configuration,
    findings,
  }: { source: ByteSource; mdat: ByteSource; configuration: CodecConfiguration; findings: Findings },
): SampleTable {
  const { samples } = entries;
  const place = { file: source.path, track: record.kind };
  if (entries.tornBytes > 0) {
    findings.add('staging-track-torn', `the last ${entries.tornBytes} bytes are not a whole entry`, {
      ...place,
      offset: source.size - entries.tornBytes,
      length: entries.tornBytes,
    });
  }
  if (samples.length !== record.sampleCount) {
    findings.add('staging-track-count', `has ${samples.length} entries, .info says ${record.sampleCount}`, place);
  }
  const unlike =
    record.sameSizeFlag === 0
      ? record.sizeOrCount !== record.sampleCount
      : samples.sizes.values().some((size) => size !== record.sizeOrCount);
  if (unlike) {
    findings.add(
      'staging-track-count',
      record.sameSizeFlag === 0
        ? `.info says ${record.sizeOrCount} sizes for ${record.sampleCount} samples`
        : `.info says that all samples have ${record.sizeOrCount} bytes, but they have not`,
      place,
    );
  }
  if (record.durationRuns !== entries.durationRuns || record.compositionRuns !== entries.compositionRuns) {
    findings.add(
      'staging-runs-contradict',
      `has ${entries.durationRuns} runs of durations and ${entries.compositionRuns} of composition offsets, .info says ${record.durationRuns} and ${record.compositionRuns}`,
      place,
    );
  }
  if (entries.contradiction !== undefined) {
    findings.add('staging-runs-contradict', entries.contradiction.message, {
      ...place,
      sample: entries.contradiction.sample,
    });
  }
  const open = samples.length - entries.durationsKnown;
  if (open !== record.lastDurationRun.count) {
    findings.add(
      'staging-runs-contradict',
      `the open run of durations in .info covers ${record.lastDurationRun.count} samples, expected ${open}`,
      place,
    );
  }
  samples.durations.data.fill(record.lastDurationRun.value, entries.durationsKnown, samples.length);
  if (record.kind === 'video') {
    applyCompositionOffsets(record, entries, findings, place);
    restoreFirstCompositionOffset(samples, configuration, mdat, findings, place);
  }
  samples.firstDecodeTime = record.lastDecodeTime - sumOfSteps(samples, samples.length);
  settleLastDuration(samples, frameTicks(configuration, record.timescale), findings, place);
  return samples;
}

/** Fills the open run of composition offsets. */
function applyCompositionOffsets(
  record: TrackRecord,
  entries: TrackEntries,
  findings: Findings,
  place: { file: string; track: 'video' | 'audio' },
): void {
  const { samples } = entries;
  const open = samples.length - entries.compositionOffsetsKnown;
  if (open !== record.lastCompositionRun.count) {
    findings.add(
      'staging-runs-contradict',
      `the open run of composition offsets in .info covers ${record.lastCompositionRun.count} samples, expected ${open}`,
      place,
    );
  }
  if (record.lastCompositionRun.value === 0 && samples.compositionOffsets === undefined) return;
  const offsets = samples.ensureCompositionOffsets();
  offsets.data.fill(record.lastCompositionRun.value, entries.compositionOffsetsKnown, samples.length);
  restoreSigns(samples, record.timescale, findings, place);
}

/** The flags of a track by the numbers of a key-frame list. */
export function syncColumn(
  length: number,
  numbers: Uint32Array,
  info: ByteSource,
  findings: Findings,
): Column<Uint8Array> {
  const sync = new Column(Uint8Array, length);
  sync.resize(length);
  for (const number of numbers) {
    if (number >= 1 && number <= length) sync.data[number - 1] = 1;
    else {
      findings.add('sync-sample-contradicts', `the key-frame list names sample ${number} of ${length}`, {
        file: info.path,
        track: 'video',
        sample: number,
      });
    }
  }
  return sync;
}

/** Checks that the samples of all tracks together fill the media file without gap or overlap. */
async function checkTiling(
  tracks: readonly Track[],
  mediaStart: number,
  mdat: ByteSource,
  findings: Findings,
  pace: Pace,
): Promise<void> {
  const heads = tracks.map(() => 0);
  let expected = mediaStart;
  for (let row = 1; ; row++) {
    if (row % rowsAtOnce === 0 && pace.isDue) await pace.turn();
    let chosen = -1;
    let lowest = Infinity;
    for (const [t, track] of tracks.entries()) {
      const head = heads[t]!;
      if (head < track.samples.length && track.samples.offsets.data[head]! < lowest) {
        lowest = track.samples.offsets.data[head]!;
        chosen = t;
      }
    }
    if (chosen < 0) break;
    const { samples, kind } = tracks[chosen]!;
    const index = heads[chosen]!++;
    const size = samples.sizes.data[index]!;
    const place = { file: mdat.path, offset: lowest, length: size, track: kind, sample: index + 1 };
    if (lowest + size > mdat.size) {
      findings.add(
        'staging-range-outside',
        `${kind} sample ${index + 1} is said to lie at bytes ${lowest} to ${lowest + size}, the file has ${mdat.size}`,
        place,
      );
    } else if (lowest < expected) {
      findings.add(
        'staging-range-overlap',
        `${kind} sample ${index + 1} begins at byte ${lowest}, before the end of the one before it at ${expected}`,
        place,
      );
    } else if (lowest > expected) {
      findings.add(
        'staging-bytes-unindexed',
        `${lowest - expected} bytes before ${kind} sample ${index + 1} belong to no sample`,
        { ...place, offset: expected, length: lowest - expected },
      );
    }
    expected = Math.max(expected, lowest + size);
  }
  if (expected < mdat.size) {
    findings.add('staging-bytes-unindexed', `the last ${mdat.size - expected} bytes belong to no sample`, {
      file: mdat.path,
      offset: expected,
      length: mdat.size - expected,
    });
  }
}
