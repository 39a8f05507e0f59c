/** Looks at an FLV: its header, its metadata, its tags, and how far they bear each other out. */
import type { ByteSource } from '../../io/file-source.ts';
import { flvHeaderLength } from '../../flv/header.ts';
import { MediaTag } from '../../flv/media-tag.ts';
import { parseMetadata, propertyOf, type Metadata } from '../../flv/metadata.ts';
import { openFlv, type FlvOpening } from '../../flv/opening.ts';
import { isRightDuration, recordingTimes, shownSeconds, type RecordingTimes } from '../../flv/recording-times.ts';
import { previousTagSizeLength, tagHeaderLength } from '../../flv/tag.ts';
import { TagReader } from '../../flv/tag-reader.ts';
import { timestampNear, signedTimestamp } from '../../flv/track-clock.ts';
import type { TrackSurvey } from '../../flv/track-survey.ts';
import { Pace } from '../../io/pace.ts';
import { Findings, type FindingCode } from '../../media/findings.ts';
import { FrameRateEstimate, ratio, valueOf } from '../../media/ffprobe/ffprobe.ts';
import type { ProbedRecording, ProbedTrack, Ratio } from '../../media/probed-recording.ts';
import { assess, type Assessment } from '../../rescue/flv/assess.ts';
import { advise } from './advice.ts';
import { flvCodecFacts } from './flv-codec.ts';
import { flvTags } from './flv-tags.ts';
import { walkFlv, type FlvTrackWalk, type FlvWalk } from './flv-walk.ts';
import type { InspectOptions, Inspection, SampleRow, TreeRow } from './inspection.ts';
import { bitRateOfFile } from './timings.ts';

/** Looks at an FLV, whatever stands before it. */
export async function inspectFlv(file: ByteSource, options: InspectOptions): Promise<Inspection> {
  const findings = new Findings();
  const opening = openFlv(file) ?? { ...emptyOpening, source: file };
  const { source } = opening;
  const walk = await walkFlv(opening, findings, options);
  const { survey, whole } = walk;
  const metadata = readMetadata(walk, source.path, findings);
  const tracks = tracksOf(source, walk, metadata);
  const references = (): [] => [];
  const assessed = { opening, survey, findings, references };
  const assessment = whole ? await new Pace(options.signal).through(assess(assessed)) : undefined;
  const judged = assessment ?? judgeEnds(walk, metadata, source, findings);
  reportIndex(walk, metadata, source, findings);
  return {
    recording: describe(file, walk, tracks, metadata, judged, findings),
    samples: () => flvSamples(opening, walk),
    tree: () => flvTree(opening),
  };
}

/** Of bytes without any tag. */
const emptyOpening = {
  header: undefined,
  headerOffset: 0,
  firstTag: flvHeaderLength + previousTagSizeLength,
  before: undefined,
  lacksFirstSize: false,
  hadChunkSizes: false,
} as const;

const milliseconds: Ratio = { numerator: 1, denominator: 1000 };

function readMetadata(walk: FlvWalk, path: string, findings: Findings): Metadata | undefined {
  const kept = walk.survey.metadata;
  if (kept === undefined) return undefined;
  const { value, fault } = parseMetadata(kept.data, { base: kept.offset + tagHeaderLength });
  if (fault !== undefined) {
    findings.add('flv-metadata-unreadable', fault.message, { file: path, offset: fault.offset });
  }
  return value;
}

function numberOf(metadata: Metadata | undefined, name: string): number | undefined {
  const value = metadata === undefined ? undefined : propertyOf(metadata, name)?.value;
  return value?.kind === 'number' && Number.isFinite(value.value) ? value.value : undefined;
}

function textOf(metadata: Metadata | undefined, name: string): string | undefined {
  const value = metadata === undefined ? undefined : propertyOf(metadata, name)?.value;
  return value?.kind === 'string' ? value.text : undefined;
}

/** The tracks in the order in which their first tags come. */
function tracksOf(source: ByteSource, walk: FlvWalk, metadata: Metadata | undefined): ProbedTrack[] {
  return [...walk.tracks].map(([survey, walked], index) =>
    describeTrack(source, survey, walked, index, walk, metadata),
  );
}

function describeTrack(
  source: ByteSource,
  track: TrackSurvey,
  walked: FlvTrackWalk,
  index: number,
  walk: FlvWalk,
  metadata: Metadata | undefined,
): ProbedTrack {
  const { whole } = walk;
  const { kind, clock } = track;
  const { rhythm } = walked;
  const codec = flvCodecFacts(track, source);
  const isVideo = kind === 'video';
  // The metadata tells of the first track of a kind.
  const isFirst = track === walk.survey.trackOf(kind);
  const kilobits = isFirst ? (numberOf(metadata, isVideo ? 'videodatarate' : 'audiodatarate') ?? 0) : 0;
  const seconds = (clock.isStill ? clock.framesMilliseconds : clock.elapsed) / 1000;
  const measured = whole && seconds > 0 ? Math.floor((track.bytes * 8) / seconds) : undefined;
  const claimedRate = kilobits > 0 ? Math.floor(kilobits * 1024 + 1e-6) : undefined;
  const bitRate = codec.bitRate ?? claimedRate;
  return {
    index,
    kind,
    codecTag: '',
    codec: isVideo ? { reorderedFrames: 0, ...codec } : codec,
    timeBase: milliseconds,
    ...(walked.firstPresented === undefined ? {} : { startTicks: walked.firstPresented }),
    ...(clock.frames > 0 ? { mediaSeconds: seconds } : {}),
    ...(whole ? { samples: track.frames, bytes: track.bytes } : {}),
    ...(bitRate === undefined ? {} : { bitRate }),
    ...(measured === undefined ? {} : { measuredBitRate: measured }),
    ...(isVideo ? frameRates(walked, codec.frameRate, numberOf(metadata, 'framerate')) : {}),
    ...(isVideo ? { variableFrameRate: rhythm.isVariable } : {}),
    ...(isVideo && whole ? { keyFrames: rhythm.keyFrames } : {}),
    ...rhythm.keyFrameInterval(),
    gaps: rhythm.gaps,
  };
}

/** What the stream or the metadata says of the frame rate comes before what the times say, as with ffprobe. */
function frameRates(
  walked: FlvTrackWalk,
  ofStream: Ratio | undefined,
  ofMetadata: number | undefined,
): Pick<ProbedTrack, 'averageFrameRate' | 'realFrameRate'> {
  const real = walked.frameRate.real();
  const averageFrameRate =
    ofMetadata !== undefined && ofMetadata > 0 && ofMetadata < 1000
      ? ratio(Math.round(ofMetadata * 1000), 1000)
      : ofStream === undefined || valueOf(ofStream) === 0
        ? real
        : steadyRate(ofStream);
  return {
    ...(averageFrameRate === undefined ? {} : { averageFrameRate }),
    realFrameRate: real ?? { numerator: 1000, denominator: 1 },
  };
}

/** A rate by frames that last whole milliseconds: 30 a second last 33, which makes 1000/33. */
function steadyRate(rate: Ratio): Ratio | undefined {
  const duration = Math.floor(1000 / valueOf(rate));
  const estimate = new FrameRateEstimate(milliseconds);
  for (let frame = 0; frame < 32; frame++) estimate.add(frame * duration, duration);
  return estimate.average();
}

/** The times of head and tail together, where the middle was left out. */
function timesOf({ survey, tail }: FlvWalk): RecordingTimes | undefined {
  const head = recordingTimes([survey.video, survey.audio, ...survey.others.values()]);
  const end = tail === undefined ? undefined : recordingTimes([tail.video, tail.audio, ...tail.others.values()]);
  if (head === undefined || end === undefined) return head;
  const from = Math.max(timestampNear(end.last, head.last), end.last);
  const [last, finish] = [from, from + end.end - end.last];
  const duration = finish - head.start;
  return {
    ...head,
    last,
    end: finish,
    duration,
    minDuration: last - head.start,
    maxDuration: duration + 2000,
    tolerance: 1000,
  };
}

/** What head and tail of a large file say: enough to tell what was never closed or is torn, and no more. */
function judgeEnds(walk: FlvWalk, metadata: Metadata | undefined, source: ByteSource, findings: Findings): Assessment {
  const claimedSeconds = numberOf(metadata, 'duration');
  const times = timesOf(walk);
  const wrong = (name: string, expected: number): void => {
    const value = numberOf(metadata, name);
    findings.add('flv-metadata-wrong', `${name} is ${value ?? 'missing'}, expected ${expected}`, {
      file: source.path,
      ...(walk.survey.metadata === undefined ? {} : { offset: walk.survey.metadata.offset }),
    });
  };
  if (metadata !== undefined && times !== undefined && !isRightDuration(claimedSeconds ?? 0, times)) {
    wrong('duration', Math.round(times.duration) / 1000);
  }
  const size = numberOf(metadata, 'filesize');
  if (size !== undefined && size !== source.size) wrong('filesize', source.size);
  const has = (code: FindingCode): boolean => findings.has(code);
  const isClosed = claimedSeconds !== undefined && claimedSeconds > 0;
  const options = [
    ...(has('flv-data-repeated') ? ['--drop-repeats'] : []),
    ...((
      ['flv-timestamp-backward', 'flv-timestamp-wrapped', 'flv-timestamp-still', 'flv-audio-clock-stalled'] as const
    ).some(has)
      ? ['--retime']
      : []),
  ];
  const isWrong = findings.list().some(({ severity, code }) => severity !== 'note' && !harmless.has(code));
  const verdict = !isWrong ? 'complete' : isClosed ? 'damaged' : 'unfinished';
  return { verdict, claimedSeconds, fixOptions: isWrong ? options : undefined };
}

/** Warnings of what may be as it was recorded. */
const harmless: ReadonlySet<FindingCode> = new Set([
  'flv-timestamp-jump',
  'flv-sequence-header-changed',
  'flv-codec-changed',
]);

function reportIndex(
  { survey }: FlvWalk,
  metadata: Metadata | undefined,
  source: ByteSource,
  findings: Findings,
): void {
  if (metadata === undefined || survey.video.keyFrames < 2 || propertyOf(metadata, 'keyframes') !== undefined) return;
  findings.add('flv-index-missing', 'players have to read on to find a key frame', { file: source.path });
}

/** Seconds; a claim beyond is told as it stands, in the finding, and is no duration. */
const maxClaim = 1e9;

function describe(
  source: ByteSource,
  walk: FlvWalk,
  tracks: readonly ProbedTrack[],
  metadata: Metadata | undefined,
  { verdict, claimedSeconds: claimed, fixOptions }: Assessment,
  findings: Findings,
): ProbedRecording {
  const times = timesOf(walk);
  const starts = tracks.map(({ startTicks }) => startTicks).filter((start) => start !== undefined);
  const start = starts.length === 0 ? undefined : Math.min(...starts);
  const measured = times !== undefined && times.duration > 0 ? times.duration / 1000 : undefined;
  const shown = times === undefined ? undefined : shownSeconds(claimed, times);
  const isTrue = claimed !== undefined && claimed > 0 && shown === claimed;
  // ffprobe cuts to microseconds what the metadata says.
  const durationSeconds = isTrue ? Math.trunc(claimed * 1e6) / 1e6 : measured;
  const bitRate = bitRateOfFile(source.size, durationSeconds);
  const recorder = recorderOf(metadata);
  return {
    path: source.path,
    files: [{ path: source.path, bytes: source.size }],
    container: 'flv',
    containerName: [...walk.tracks].some(([{ frames, legacyId }]) => frames > 0 && legacyId === undefined)
      ? 'FLV, enhanced'
      : 'FLV',
    formatName: 'flv',
    ...(recorder === undefined ? {} : { recorder }),
    tags: flvTags(metadata),
    ...(start === undefined ? {} : { startSeconds: start / 1000 }),
    ...(durationSeconds === undefined ? {} : { durationSeconds }),
    ...(bitRate === undefined ? {} : { bitRate }),
    tracks,
    health: {
      verdict,
      deep: walk.whole,
      ...(measured === undefined ? {} : { durationSeconds: measured }),
      ...(claimed === undefined || isTrue || Math.abs(claimed) > maxClaim ? {} : { claimedDurationSeconds: claimed }),
      findings: findings.list(),
      advice: fixOptions === undefined ? [] : advise('flv-fix', 'repairs it', source.path, ...fixOptions),
    },
  };
}

function recorderOf(metadata: Metadata | undefined): string | undefined {
  const named = textOf(metadata, 'encoder') ?? textOf(metadata, 'server') ?? textOf(metadata, 'creator');
  if (named !== undefined && named !== '') return named.startsWith('Lavf') ? `ffmpeg (${named})` : named;
  const names = metadata?.properties.map(({ name }) => name).join(' ');
  return names === goRtmpProperties ? 'go-rtmp' : undefined;
}

/** The names one recorder writes, in the order in which it does. */
const goRtmpProperties =
  'audiocodecid audiosamplerate audiosamplesize duration filesize height stereo videocodecid width';

function* flvSamples(opening: FlvOpening, { survey, tracks }: FlvWalk): Generator<SampleRow> {
  const tag = new MediaTag();
  const order = [...tracks.keys()];
  const clocks = new Map<TrackSurvey, number>();
  for (const reader of tags(opening)) {
    tag.read(reader);
    const { kind, role } = tag;
    if (kind === undefined || (role !== 'frame' && role !== 'keyFrame')) continue;
    const track = survey.trackOf(kind, tag.trackId);
    const before = clocks.get(track);
    const time = before === undefined ? signedTimestamp(reader.timestamp) : timestampNear(reader.timestamp, before);
    clocks.set(track, time);
    yield {
      track: order.indexOf(track),
      kind,
      timeBase: milliseconds,
      dtsTicks: time,
      ptsTicks: time + tag.compositionTime,
      durationTicks: undefined,
      size: reader.dataSize - tag.headerLength,
      offset: reader.offset,
      sync: kind === 'audio' || role === 'keyFrame',
    };
  }
}

function* tags({ source, firstTag }: FlvOpening): Generator<TagReader> {
  const reader = new TagReader(source, firstTag);
  for (let event = reader.next(); event !== 'end'; event = reader.next()) if (event === 'tag') yield reader;
}

function* flvTree({ source, firstTag, header, headerOffset }: FlvOpening): Generator<TreeRow> {
  if (headerOffset > 0) yield { depth: 0, type: 'preceding', offset: 0, size: headerOffset };
  if (header !== undefined) yield { depth: 0, type: 'header', offset: headerOffset, size: firstTag - headerOffset };
  const reader = new TagReader(source, firstTag);
  const tag = new MediaTag();
  for (let event = reader.next(); event !== 'end'; event = reader.next()) {
    if (event === 'searching') continue;
    const size = reader.end - reader.offset;
    if (event !== 'tag') {
      yield { depth: 0, type: event, offset: reader.offset, size };
      continue;
    }
    tag.read(reader);
    yield {
      depth: 0,
      type: tag.kind ?? (tag.role === 'script' ? 'script' : `type ${reader.type}`),
      offset: reader.offset,
      size,
      text: `${reader.timestamp} ms${tag.kind === undefined ? '' : ` ${tag.codec} ${tag.role}`}`,
    };
  }
}
