/** Looks at an FLV: its header, its metadata, its tags, and how far they bear each other out. */
import { ByteReader } from '../../bytes/byte-reader.ts';
import type { ByteSource } from '../../io/file-source.ts';
import { flvHeaderLength, readFlvHeader } from '../../flv/header.ts';
import { MediaTag } from '../../flv/media-tag.ts';
import { parseMetadata, propertyOf, type Metadata } from '../../flv/metadata.ts';
import type { TrackSurvey } from '../../flv/survey.ts';
import { tagHeaderLength } from '../../flv/tag.ts';
import { firstTagOffset, TagReader } from '../../flv/tag-reader.ts';
import { timestampNear, signedTimestamp } from '../../flv/track-clock.ts';
import { Findings, type FindingCode } from '../../media/findings.ts';
import type { ProbedRecording, ProbedTrack, Ratio, Verdict } from '../../media/probed-recording.ts';
import { advise } from './advice.ts';
import { flvCodecFacts } from './flv-codec.ts';
import { walkFlv, type FlvTrackWalk, type FlvWalk } from './flv-walk.ts';
import { FrameRateEstimate } from './frame-rate.ts';
import type { InspectOptions, Inspection, SampleRow, TreeRow } from './inspection.ts';
import { ratio, valueOf } from './ratio.ts';
import { bitRateOfFile } from './timings.ts';

/** Whether a file begins as an FLV does, or with tags whose header was lost. */
export function looksLikeFlv(source: ByteSource): boolean {
  if (firstTagOffset(source) !== undefined) return true;
  const reader = new TagReader(source, 0);
  return source.size > tagHeaderLength && reader.follows() && reader.follows();
}

export async function inspectFlv(source: ByteSource, options: InspectOptions): Promise<Inspection> {
  const findings = new Findings();
  const walk = await walkFlv(source, findings, options);
  const metadata = readMetadata(walk, source.path, findings);
  const tracks = tracksOf(source, walk, metadata);
  reportHeader(source, walk, findings);
  const times = timesOf(walk, tracks);
  const claimed = numberOf(metadata, 'duration');
  reportMetadata(walk, metadata, times.last, source, findings);
  return {
    recording: describe(source, walk, tracks, metadata, claimed, times, findings, options),
    samples: () => flvSamples(source, walk),
    tree: () => flvTree(source),
  };
}

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
  const seconds = walked.mediaMilliseconds / 1000;
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

interface FlvTimes {
  /** Milliseconds: the earliest presentation of any track. */
  readonly start: number | undefined;
  /** Highest timestamp. */
  readonly last: number;
  /** What the media lasts, seconds: without jumps where everything was walked. */
  readonly media: number;
}

function timesOf(walk: FlvWalk, tracks: readonly ProbedTrack[]): FlvTimes {
  const starts = tracks.map(({ startTicks }) => startTicks).filter((start) => start !== undefined);
  const clocks = [...walk.tracks.keys()].map(({ clock }) => clock).filter(({ frames }) => frames > 0);
  let last = Math.max(0, ...clocks.map(({ highest }) => highest));
  for (const { clock } of [walk.tail?.video, walk.tail?.audio].filter((track) => track !== undefined)) {
    if (clock.frames > 0) last = Math.max(last, timestampNear(clock.highest, last), signedTimestamp(clock.highest));
  }
  const first = clocks.length === 0 ? 0 : Math.min(...clocks.map((clock) => clock.first));
  const media = walk.whole ? Math.max(0, ...tracks.map(({ mediaSeconds = 0 }) => mediaSeconds)) : (last - first) / 1000;
  return { start: starts.length === 0 ? undefined : Math.min(...starts), last, media };
}

function reportHeader(source: ByteSource, walk: FlvWalk, findings: Findings): void {
  const reader = new ByteReader(source.read(0, flvHeaderLength));
  const header = readFlvHeader(reader);
  if (reader.fault !== undefined || !walk.whole) return;
  const kinds = new Set([...walk.tracks.keys()].map(({ kind }) => kind));
  const [audio, video] = [kinds.has('audio'), kinds.has('video')];
  if (header.hasAudio === audio && header.hasVideo === video) return;
  const list = (a: boolean, v: boolean): string =>
    [...(a ? ['audio'] : []), ...(v ? ['video'] : [])].join(' and ') || 'nothing';
  findings.add(
    'flv-header-flags',
    `the header announces ${list(header.hasAudio, header.hasVideo)}, found ${list(audio, video)}`,
    { file: source.path, offset: 4, length: 1 },
  );
}

/** Seconds that a duration may be off without being wrong: recorders leave the last frame out, or put one more. */
const durationTolerance = 1;

function reportMetadata(
  walk: FlvWalk,
  metadata: Metadata | undefined,
  last: number,
  source: ByteSource,
  findings: Findings,
): void {
  if (metadata === undefined) return;
  const base = (walk.survey.metadata?.offset ?? 0) + tagHeaderLength;
  const check = (name: string, isRight: (value: number) => boolean, expected: string): void => {
    const property = propertyOf(metadata, name);
    const value = numberOf(metadata, name);
    if (property === undefined || value === undefined || isRight(value)) return;
    findings.add('flv-metadata-wrong', `${name} is ${value}, expected ${expected}`, {
      file: source.path,
      offset: base + property.start,
      length: property.end - property.start,
    });
  };
  const clocks = [walk.survey.video.clock, walk.survey.audio.clock].filter(({ frames }) => frames > 0);
  if (clocks.length > 0) {
    const first = Math.min(...clocks.map((clock) => clock.first));
    const [least, most] = [(last - first) / 1000 - durationTolerance, last / 1000 + durationTolerance];
    check(
      'duration',
      (value) => value >= least && value <= most && (value > 0 || last === 0),
      `about ${(last - first) / 1000} s`,
    );
  }
  check('filesize', (value) => value === source.size, String(source.size));
  for (const name of ['width', 'height'] as const) check(name, (value) => value > 0, 'the size of the picture');
  if (walk.survey.video.keyFrames > 1 && propertyOf(metadata, 'keyframes') === undefined) {
    findings.add('flv-index-missing', 'players have to read on to find a key frame', { file: source.path });
  }
}

/** Seconds; a claim beyond is told as it stands, in the finding, and is no duration. */
const longestClaim = 1e9;

/** Findings that a recorder leaves that never closed the file. */
const unfinishedCodes: readonly FindingCode[] = ['flv-tag-torn', 'flv-zero-tail'];
/** Findings that mean that media or times cannot be trusted, whatever their severity. */
const damagedCodes: readonly FindingCode[] = [
  'flv-sync-lost',
  'flv-sequence-header-missing',
  'flv-timestamp-jump',
  'flv-timestamp-backward',
  'flv-previous-tag-size',
  'flv-header-missing',
  'flv-zero-range',
  'nal-chain-broken',
];

function verdictOf(walk: FlvWalk, claimed: number | undefined, times: FlvTimes, findings: Findings): Verdict {
  const hasFrames = [...walk.tracks.keys()].some(({ frames }) => frames > 0);
  if (walk.survey.tags === 0 && !hasFrames) return walk.survey.end > 0 ? 'unfinished' : 'unreadable';
  const wasPatched = claimed !== undefined && claimed > 0;
  if (claimed === 0 && times.media > 0) return 'unfinished';
  if (unfinishedCodes.some((code) => findings.has(code))) return wasPatched ? 'damaged' : 'unfinished';
  if (!hasFrames) return 'unfinished';
  return damagedCodes.some((code) => findings.has(code)) ? 'damaged' : 'complete';
}

function describe(
  source: ByteSource,
  walk: FlvWalk,
  tracks: readonly ProbedTrack[],
  metadata: Metadata | undefined,
  claimed: number | undefined,
  times: FlvTimes,
  findings: Findings,
  options: InspectOptions,
): ProbedRecording {
  const verdict = verdictOf(walk, claimed, times, findings);
  const isTrue = claimed !== undefined && Math.abs(claimed - times.media) <= durationTolerance;
  const measured = times.media > 0 ? times.media : undefined;
  // ffprobe cuts to microseconds what the metadata says.
  const durationSeconds = isTrue ? Math.trunc(claimed * 1e6) / 1e6 : measured;
  const bitRate = bitRateOfFile(source.size, durationSeconds);
  const recorder = recorderOf(metadata);
  const list = findings.list();
  const mends = list.some(({ severity }) => severity !== 'note');
  return {
    path: source.path,
    files: [{ path: source.path, bytes: source.size }],
    container: 'flv',
    containerName: [...walk.tracks].some(([{ frames, legacyId }]) => frames > 0 && legacyId === undefined)
      ? 'FLV, enhanced'
      : 'FLV',
    formatName: 'flv',
    ...(recorder === undefined ? {} : { recorder }),
    ...(times.start === undefined ? {} : { startSeconds: times.start / 1000 }),
    ...(durationSeconds === undefined ? {} : { durationSeconds }),
    ...(bitRate === undefined ? {} : { bitRate }),
    tracks,
    health: {
      verdict,
      deep: walk.whole,
      ...(measured === undefined ? {} : { durationSeconds: measured }),
      ...(claimed === undefined || isTrue || Math.abs(claimed) > longestClaim
        ? {}
        : { claimedDurationSeconds: claimed }),
      findings: list,
      advice: mends && verdict !== 'unreadable' ? advise(options.verbs, 'flv-fix', 'mends it', source.path) : [],
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

function* flvSamples(source: ByteSource, { survey, tracks }: FlvWalk): Generator<SampleRow> {
  const tag = new MediaTag();
  const order = [...tracks.keys()];
  const clocks = new Map<TrackSurvey, number>();
  for (const reader of tags(source)) {
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

function* tags(source: ByteSource): Generator<TagReader> {
  const reader = new TagReader(source, firstTagOffset(source) ?? 0);
  for (let event = reader.next(); event !== 'end'; event = reader.next()) if (event === 'tag') yield reader;
}

function* flvTree(source: ByteSource): Generator<TreeRow> {
  const start = firstTagOffset(source);
  if (start !== undefined) yield { depth: 0, type: 'header', offset: 0, size: start };
  const reader = new TagReader(source, start ?? 0);
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
