/**
 * Has the carver look into what no entry of a staging set describes, and joins what it finds onto the tracks: the tail of
 * every crashed recording, holes, and sets whose track files are gone altogether.
 */
import { noteAlike } from '../../rescue/carver/alike-streams.ts';
import { carvedEvidence, type CarvedEvidence } from '../../rescue/carver/carved-evidence.ts';
import { carve, type CarveRange } from '../../rescue/carver/carver.ts';
import { reportCarving } from '../../rescue/carver/carving-findings.ts';
import { joinTracks } from '../../rescue/carver/joined-tracks.ts';
import { aacStream, h264Stream, unreadableH264Stream, type SoughtStream } from '../../rescue/carver/streams.ts';
import type { Pace } from '../../io/pace.ts';
import type { CodecReference } from '../../media/codec-reference.ts';
import type { Findings } from '../../media/findings.ts';
import type { Track } from '../../media/track.ts';
import { nothingLeftOut } from '../../media/left-out.ts';
import { readMediaFileHeader } from '../../staging/media-file.ts';
import { stagingMovieOf, type StagingRecording, type StagingSources } from '../../staging/reader.ts';
import { salvageInfo } from '../../staging/salvaged-info.ts';
import { unindexedRanges } from '../../staging/unindexed-ranges.ts';
import {
  configureAudio,
  confirmAudio,
  configureVideo,
  describedVideo,
  recordersLengthSize,
  type InfoStanding,
  type LostStagingConfigurations,
} from '../../rescue/configurations/staging-configurations.ts';

/** What the carver is given beside the set. */
export interface SetCarveSettings {
  readonly references: () => Iterable<CodecReference>;
  /** Pictures a second where nothing else tells. */
  readonly framesPerSecond: number | undefined;
  readonly pace: Pace;
}

/** A set, and what the carver tells of it where it had a look. */
export interface CarvedSet extends StagingRecording {
  readonly carved?: CarvedEvidence;
}

/** Larger files are no `.info`. */
const maxInfo = 64 * 1024 * 1024;

/** A set of which no entry describes a sample: all of its media is to be carved. */
export function undescribedRecording(sources: StagingSources): StagingRecording | undefined {
  const { mdat, info } = sources;
  if (mdat === undefined) return undefined;
  const header = readMediaFileHeader(mdat);
  const mediaStart = 'fault' in header ? 16 : header.sizeFieldOffset + 8;
  if (mdat.size <= mediaStart) return undefined;
  const salvaged = info === undefined ? undefined : salvageInfo(info.read(0, Math.min(info.size, maxInfo)));
  return {
    ...stagingMovieOf(salvaged?.info),
    tracks: [],
    mediaStart,
    leftOut: { video: nothingLeftOut(), audio: nothingLeftOut() },
    unindexed: [{ offset: mediaStart, length: mdat.size - mediaStart }],
    keyFramesIncomplete: false,
  };
}

/** The recording with all that could be carved joined on, or as it was where there is nothing. */
export async function carveRecording(
  set: StagingRecording,
  sources: StagingSources,
  settings: SetCarveSettings,
  findings: Findings,
): Promise<CarvedSet> {
  const mdat = sources.mdat!;
  const unindexed = await settings.pace.through(unindexedRanges(set.tracks, set.mediaStart, mdat.size, Infinity));
  const ranges = unindexed.map(({ offset, length }): CarveRange => ({
    offset,
    length,
    mayBeTorn: offset + length >= mdat.size,
  }));
  if (ranges.length === 0 && (set.clockBreaks?.size ?? 0) === 0 && set.isRateGuessed !== true) return set;
  const { streams, info } = await streamsOf(set, sources, ranges, settings, findings);
  if (streams.length === 0) return set;
  const carving = await carve(
    mdat,
    ranges,
    streams.map(({ syntax }) => syntax),
    {
      known: streams.map(({ stream }) => stream.known),
      pace: settings.pace,
    },
  );
  const joined = await settings.pace.through(
    joinTracks(
      carving,
      streams.map(({ stream }) => ({
        ...stream,
        clockBreaks: set.clockBreaks?.get(stream.id),
        openFrom: set.openFrom?.get(stream.id),
      })),
      { isPacketWise: true },
    ),
  );
  // What was not looked for stays as it is.
  const others = set.tracks.filter(({ id }) => !joined.some(({ track }) => track.id === id));
  const tracks = [...joined.map(({ track }) => track), ...others].sort(
    (a, b) => Number(b.kind === 'video') - Number(a.kind === 'video'),
  );
  reportCarving(carving, joined, mdat.path, findings);
  noteAlike(
    carving,
    streams.map(({ stream }) => stream),
    mdat.path,
    findings,
  );
  const movie = info === 'foreign' ? stagingMovieOf(undefined) : {};
  const left = await settings.pace.through(unindexedRanges(tracks, set.mediaStart, mdat.size));
  return { ...set, ...movie, tracks, unindexed: left, carved: carvedEvidence(ranges, carving.skipped, joined) };
}

/** The streams to look for, video first: those of the tracks, and those whose track file is lost. */
async function streamsOf(
  set: StagingRecording,
  sources: StagingSources,
  ranges: readonly CarveRange[],
  settings: SetCarveSettings,
  findings: Findings,
): Promise<{ readonly streams: readonly SoughtStream[]; readonly info: InfoStanding }> {
  const { info, mdat } = sources;
  const knownVideo = set.tracks.find(({ kind }) => kind === 'video');
  const knownAudio = set.tracks.find(({ kind }) => kind === 'audio');
  const lost: LostStagingConfigurations = {
    mdat: mdat!,
    ranges,
    salvaged: salvageInfo(info?.read(0, Math.min(info.size, maxInfo)) ?? new Uint8Array(0)),
    infoFile: info?.path ?? mdat!.path,
    references: settings.references,
    framesPerSecond: settings.framesPerSecond,
    other: knownVideo ?? knownAudio,
    findings,
    pace: settings.pace,
  };
  // Where every byte is described, no stream is without its track; only times are looked for then.
  const isDescribed = ranges.length === 0;
  const described = ofTrack(knownVideo, 'h264');
  const configured =
    described === undefined
      ? isDescribed
        ? { configuration: undefined, info: 'unconfirmed' as const }
        : await configureVideo(lost)
      : describedVideo(lost, described);
  const video = configured.configuration;
  const knownConfiguration = ofTrack(knownAudio, 'aac');
  const audio =
    knownConfiguration === undefined
      ? isDescribed
        ? undefined
        : await configureAudio(isTimeless(set, knownVideo) ? besideDescribed(set, lost) : lost, configured)
      : set.isRateGuessed === true
        ? ((await configureAudio(besideDescribed(set, lost), configured)) ?? knownConfiguration)
        : await confirmAudio(lost, video, knownConfiguration);
  const recorded = configured.info === 'foreign' ? undefined : lost.salvaged;
  const streams: SoughtStream[] = [];
  if (video !== undefined) {
    const timescale = knownVideo?.timescale ?? recorded?.video?.timescale;
    const id = knownVideo?.id ?? 2;
    const track = { id, timescale, known: knownVideo?.samples };
    streams.push(h264Stream(video, track, settings.framesPerSecond));
  } else if (knownVideo === undefined && !isDescribed) {
    streams.push(unreadableH264Stream(recordersLengthSize));
  }
  if (audio !== undefined) {
    // Steps of a guessed rate are counted in samples: they are as long as the rate says.
    const guessed = set.isRateGuessed === true ? audio.audio?.samplingFrequency.hertz : undefined;
    const timescale = guessed ?? knownAudio?.timescale ?? recorded?.audio?.timescale;
    const id = knownAudio?.id ?? (streams[0]?.stream.id === 1 ? 2 : 1);
    const sought = aacStream(audio, { id, timescale, known: knownAudio?.samples });
    if (sought !== undefined) streams.push(sought);
  }
  return { streams, info: configured.info };
}

/** Whether none of the steps of a track was recorded: they tell no rate of what lies beside it. */
function isTimeless({ openFrom }: StagingRecording, track: Track | undefined): boolean {
  return track !== undefined && openFrom?.get(track.id) === 0;
}

/** Where to look for what the audio is: all of the media, beside pictures whose times were recorded. */
function besideDescribed(set: StagingRecording, lost: LostStagingConfigurations): LostStagingConfigurations {
  const length = lost.mdat.size - set.mediaStart;
  return {
    ...lost,
    ranges: [{ offset: set.mediaStart, length, mayBeTorn: true }],
    other: set.tracks.find((track) => track.kind === 'video' && !isTimeless(set, track)),
  };
}

function ofTrack<C extends 'h264' | 'aac'>(
  track: Track | undefined,
  codec: C,
): Extract<Track['configuration'], { codec: C }> | undefined {
  return track?.configuration.codec === codec
    ? (track.configuration as Extract<Track['configuration'], { codec: C }>)
    : undefined;
}
