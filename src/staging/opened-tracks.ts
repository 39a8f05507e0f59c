/**
 * Opens the track files of a set that contradicts itself: which of them is video and which audio, how wide their offsets
 * are, and whether the records in `.info` are of this state. The media decides, `.info` only proposes.
 */
import type { ByteSource } from '../io/file-source.ts';
import type { Pace } from '../io/pace.ts';
import { Findings } from '../media/findings.ts';
import type { SampleTable } from '../media/sample-table.ts';
import { readCodecConfiguration } from './codec-configuration.ts';
import { fits, meanKnownStep } from './frame-steps.ts';
import type { TrackRecord } from './info.ts';
import { belongsTo } from './open-runs.ts';
import type { StagingSources } from './reader.ts';
import type { SalvagedInfo } from './salvaged-info.ts';
import { readTrackFile, type TrackEntries } from './track-file.ts';
import { looksLikeVideo } from './true-entries.ts';

/** A track file with its entries read, and the kind of media it was found to index. */
export interface OpenedTrack {
  readonly kind: 'video' | 'audio';
  readonly id: number;
  readonly source: ByteSource;
  readonly entries: TrackEntries;
  /** What `.info` says of it, and whether that is of this state. */
  readonly record: TrackRecord | undefined;
  readonly trusted: boolean;
}

/** Reads a track file; offsets have the width that puts more of its first entries into the media, whatever `.info` says. */
async function readEntries(
  source: ByteSource,
  record: TrackRecord | undefined,
  mdat: ByteSource,
  pace: Pace,
): Promise<TrackEntries> {
  const claimed = await readTrackFile(source, record === undefined || record.is64 !== 0, record, mdat.size, pace);
  const pairs = Math.min(entriesLookedAt, claimed.samples.length) - 1;
  if (pairs > 0 && pairsInOrder(claimed.samples, mdat) === pairs) return claimed;
  const other = await readTrackFile(source, !(record === undefined || record.is64 !== 0), record, mdat.size, pace);
  return pairsInOrder(other.samples, mdat) > pairsInOrder(claimed.samples, mdat) ? other : claimed;
}

const entriesLookedAt = 32;

/** How many of the first entries lie in the media with the next one behind them. One false entry costs two pairs. */
function pairsInOrder({ offsets, sizes, length }: SampleTable, mdat: ByteSource): number {
  let inOrder = 0;
  for (let i = 1; i < Math.min(entriesLookedAt, length); i++) {
    const end = offsets.at(i - 1) + sizes.at(i - 1);
    if (sizes.at(i - 1) > 0 && offsets.at(i) >= end && offsets.at(i) + sizes.at(i) <= mdat.size) inOrder++;
  }
  return inOrder;
}

/** Whether the frames that a record's audio configuration makes are as long as the steps in the track file. */
function hasItsFrames(record: TrackRecord, entries: TrackEntries): boolean {
  const step = meanKnownStep(entries);
  if (record.kind === 'video' || step === undefined) return true;
  const configuration = readCodecConfiguration(record, '', new Findings());
  return configuration !== undefined && fits(configuration, record.timescale, step);
}

/** Opens the track files that are there and tells which is video and which is audio by what their samples are. */
export async function openTracks(
  sources: StagingSources,
  salvaged: SalvagedInfo,
  mdat: ByteSource,
  findings: Findings,
  pace: Pace,
): Promise<OpenedTrack[]> {
  const opened: OpenedTrack[] = [];
  for (const [id, source] of sources.tracks) {
    const claimed = [salvaged.video, salvaged.audio].find((candidate) => candidate?.trackId === id);
    let entries = await readEntries(source, claimed, mdat, pace);
    const isVideo = await pace.through(looksLikeVideo(entries.samples, mdat));
    const byName = claimed?.kind ?? (id === 2 ? 'video' : 'audio');
    const kind = isVideo === undefined ? byName : isVideo ? 'video' : 'audio';
    if (opened.some((other) => other.kind === kind)) continue;
    const record = kind === 'video' ? salvaged.video : salvaged.audio;
    if (record !== claimed) entries = await readEntries(source, record, mdat, pace);
    const trusted = record !== undefined && belongsTo(record, entries) && hasItsFrames(record, entries);
    const place = { file: source.path, track: kind } as const;
    if (entries.tornBytes > 0) {
      findings.add('staging-track-torn', `the last ${entries.tornBytes} bytes are not a whole entry`, {
        ...place,
        offset: source.size - entries.tornBytes,
        length: entries.tornBytes,
      });
    }
    if (record !== undefined && !trusted && entries.samples.length > 0) {
      findings.add(
        'staging-info-foreign',
        `what .info says of the ${kind} track (${record.sampleCount} samples) does not fit the ${entries.samples.length} entries of its file`,
        place,
      );
    } else if (record !== undefined && record.sampleCount !== entries.samples.length) {
      findings.add(
        'staging-track-count',
        `has ${entries.samples.length} whole entries, .info says ${record.sampleCount}`,
        place,
      );
    }
    opened.push({ kind, id, source, entries, record, trusted });
  }
  for (const record of [salvaged.video, salvaged.audio]) {
    if (record !== undefined && !opened.some(({ kind }) => kind === record.kind)) {
      findings.add(
        'staging-file-missing',
        `.info describes ${record.sampleCount} ${record.kind} samples, but the track file is missing`,
        { track: record.kind },
      );
    }
  }
  // The picture first, as in a set that was closed.
  return opened.sort((a, b) => Number(b.kind === 'video') - Number(a.kind === 'video'));
}
