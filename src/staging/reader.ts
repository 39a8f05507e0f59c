/**
 * Reads a staging set that its server closed in good order into tracks, and checks that the four files agree with each
 * other to the last byte. What they contradict each other in becomes findings; it decides nothing and opens nothing.
 */
import { samplesPerFrame } from '../codecs/aac/audio-specific-config.ts';
import type { ByteSource } from '../io/file-source.ts';
import { Column } from '../media/column.ts';
import type { Findings } from '../media/findings.ts';
import { SampleTable } from '../media/sample-table.ts';
import { usualDuration } from '../media/timeline.ts';
import type { CodecConfiguration, Track } from '../media/track.ts';
import { readCodecConfiguration } from './codec-configuration.ts';
import { missingKeyFrames, readInfo, type StagingInfo, type TrackRecord } from './info.ts';
import { readMediaFileHeader } from './media-file.ts';
import { readTrackFile, type TrackEntries } from './track-file.ts';

/** `.info` of a day at 60 all-intra frames a second has 21 MB of key-frame numbers; more is not believed. */
const largestInfo = 64 * 1024 * 1024;

/** The files of a set, opened; those that are missing are undefined. */
export interface StagingSources {
  readonly info: ByteSource | undefined;
  readonly mdat: ByteSource | undefined;
  /** By track id: 1 and 2. */
  readonly tracks: ReadonlyMap<number, ByteSource>;
}

export interface StagingRecording {
  readonly info: StagingInfo;
  readonly tracks: readonly Track[];
  /** The bytes of the media file that samples lie in: from the first byte after the header to the end of the last sample. */
  readonly mediaStart: number;
  readonly mediaEnd: number;
  /** Whether the key-frame list is known to be incomplete, so that sync samples must be found in the media. */
  readonly keyFramesIncomplete: boolean;
}

/** Reads the set, or undefined where nothing can be read; the findings say why. */
export function readStagingSet(sources: StagingSources, findings: Findings): StagingRecording | undefined {
  const { info: infoSource, mdat } = sources;
  if (infoSource === undefined || mdat === undefined) return undefined;
  if (infoSource.size > largestInfo) {
    findings.add('staging-info-unreadable', `has ${infoSource.size} bytes, expected at most ${largestInfo}`, {
      file: infoSource.path,
    });
    return undefined;
  }
  const read = readInfo(infoSource.read(0, infoSource.size).slice());
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
    const samples = samplesOf(record, readTrackFile(source, record.is64 !== 0), source, configuration, findings);
    tracks.push({ id: record.trackId, kind: record.kind, timescale: record.timescale, configuration, samples });
    if (record.kind === 'video')
      samples.sync = syncColumn(samples.length, info.keyFrames?.numbers ?? new Uint32Array(0), infoSource, findings);
  }
  const mediaEnd = checkTiling(tracks, mediaStart, mdat, findings);
  return { info, tracks, mediaStart, mediaEnd, keyFramesIncomplete: missing > 0 };
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
  source: ByteSource,
  configuration: CodecConfiguration,
  findings: Findings,
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
  if (record.kind === 'video') applyCompositionOffsets(record, entries, findings, place);
  samples.firstDecodeTime = record.lastDecodeTime - sumOfSteps(samples);
  settleLastDuration(record, samples, configuration, findings, place);
  return samples;
}

/** Ticks from the first to the last decode time: the sum of all durations but the last, backward steps counted as such. */
function sumOfSteps(samples: SampleTable): number {
  let sum = 0;
  for (let i = 0; i < samples.length - 1; i++) sum += samples.durations.data[i]! | 0;
  return sum;
}

/**
 * The recorder knows no duration of the last sample and repeats the step before it. Where that was a pause or a step
 * back, the frame length (AAC) or the usual step is taken.
 */
function settleLastDuration(
  record: TrackRecord,
  samples: SampleTable,
  configuration: CodecConfiguration,
  findings: Findings,
  place: { file: string; track: 'video' | 'audio' },
): void {
  const last = samples.length - 1;
  if (last < 0) return;
  const recorded = samples.durations.data[last]! | 0;
  const usual = frameDuration(configuration, record.timescale) ?? usualDuration(samples);
  if (recorded > 0 && recorded <= 2 * usual) return;
  samples.durations.data[last] = usual;
  if (samples.length > 1) {
    findings.add(
      'duration-of-last-assumed',
      `the last sample repeats a step of ${recorded} ticks; ${usual} ticks were taken`,
      { ...place, sample: samples.length },
    );
  }
}

/** Ticks that a frame of audio lasts, where the configuration says it. */
function frameDuration(configuration: CodecConfiguration, timescale: number): number | undefined {
  if (configuration.codec !== 'aac' || configuration.audio === undefined) return undefined;
  const { audio } = configuration;
  const samples = samplesPerFrame(audio);
  return samples === undefined || audio.samplingFrequency.hertz === 0
    ? undefined
    : Math.round((samples * timescale) / audio.samplingFrequency.hertz);
}

/** Fills the open run of composition offsets and gives 24-bit values that lost their sign (LiveFLV input) back theirs. */
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
  // The tag's 24-bit milliseconds, not sign-extended, turned into ticks: 16777176 for -40.
  const signless = (2 ** 23 * record.timescale) / 1000;
  const wrap = (2 ** 24 * record.timescale) / 1000;
  let mended = 0;
  for (let i = 0; i < samples.length; i++) {
    if (offsets.data[i]! < signless) continue;
    offsets.data[i] = Math.round(offsets.data[i]! - wrap);
    mended++;
  }
  if (mended > 0)
    findings.add('composition-offset-sign', `${mended} negative composition offsets had lost their sign`, place);
}

function syncColumn(length: number, numbers: Uint32Array, info: ByteSource, findings: Findings): Column<Uint8Array> {
  const sync = new Column(Uint8Array, length);
  sync.resize(length);
  for (const number of numbers) {
    if (number >= 1 && number <= length) sync.data[number - 1] = 1;
    else
      findings.add('sync-sample-contradicts', `the key-frame list names sample ${number} of ${length}`, {
        file: info.path,
        track: 'video',
        sample: number,
      });
  }
  return sync;
}

/** Checks that the samples of all tracks together fill the media file without gap or overlap; returns the end of the last. */
function checkTiling(tracks: readonly Track[], mediaStart: number, mdat: ByteSource, findings: Findings): number {
  const heads = tracks.map(() => 0);
  let expected = mediaStart;
  for (;;) {
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
    if (lowest + size > mdat.size)
      findings.add(
        'staging-range-outside',
        `${kind} sample ${index + 1} is said to lie at bytes ${lowest} to ${lowest + size}, the file has ${mdat.size}`,
        place,
      );
    else if (lowest < expected)
      findings.add(
        'staging-range-overlap',
        `${kind} sample ${index + 1} begins at byte ${lowest}, before the end of the one before it at ${expected}`,
        place,
      );
    else if (lowest > expected)
      findings.add(
        'staging-bytes-unindexed',
        `${lowest - expected} bytes before ${kind} sample ${index + 1} belong to no sample`,
        { ...place, offset: expected, length: lowest - expected },
      );
    expected = Math.max(expected, lowest + size);
  }
  if (expected < mdat.size) {
    findings.add('staging-bytes-unindexed', `the last ${mdat.size - expected} bytes belong to no sample`, {
      file: mdat.path,
      offset: expected,
      length: mdat.size - expected,
    });
  }
  return Math.min(expected, mdat.size);
}
