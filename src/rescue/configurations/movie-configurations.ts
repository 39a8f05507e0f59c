/**
 * Finds the codec configurations that an MP4 without its moov has lost: the parameter sets in the media win, then other
 * recordings of the same stream, which are tried on the media before they are believed, then what the syntax itself tells.
 */
import { createHash } from 'node:crypto';
import { findAac, type FoundAac } from '../carver/aac-discovery.ts';
import { findAv1SequenceHeader } from '../carver/av1-discovery.ts';
import { streamOf } from '../carver/streams.ts';
import { av1CodecConfigurationOf } from '../../codecs/av1/codec-configuration.ts';
import { sequenceHeaderOf } from '../../codecs/av1/temporal-unit.ts';
import { SalvorError } from '../../media/errors.ts';
import { Findings } from '../../media/findings.ts';
import type { AudioConfiguration, CodecConfiguration, Track, VideoConfiguration } from '../../media/track.ts';
import { beginsHeadlessVp9 } from '../headless-frames.ts';
import type { CodecReference, ReferenceStream, UnknownStream } from '../../media/codec-reference.ts';
import { nameOfFormat } from './format-names.ts';
import { inBandConfiguration } from './in-band.ts';
import { rebuiltH264 } from './rebuilt-h264.ts';
import { aacConfigurationFor, inferAudio, opusOf } from './inferred-audio.ts';
import { tryOn, type Trial, type UndescribedMedia } from '../references/trial.ts';
import {
  certainShare,
  evidenceOf,
  isOnlyBegun,
  isProven,
  minPicturesForRate,
  minProvenShare,
  noPicture,
  possibleShare,
  proofClause,
  prove,
  type Evidence,
} from '../references/prove.ts';
import { referencesFor } from '../references/references.ts';
import { noteUnproven } from '../references/unproven.ts';

/** The damaged MP4, and what is still known of its streams. */
export interface LostMovieConfigurations {
  readonly media: UndescribedMedia;
  /** The damaged file. */
  readonly path: string;
  /** A recording the user named as reference. */
  readonly reference: string | undefined;
  /** What the index still says of the streams; the others are looked for. */
  readonly video: VideoConfiguration | undefined;
  /** The pictures that it still describes, which are not in `media`. */
  readonly pictures: Track | undefined;
  readonly audio: AudioConfiguration | undefined;
  readonly framesPerSecond: number | undefined;
  readonly findings: Findings;
}

/** The streams for which a configuration was found; what was not found is missing. */
export interface FoundConfigurations {
  readonly video: ReferenceStream<VideoConfiguration> | undefined;
  readonly audio: readonly ReferenceStream<AudioConfiguration>[];
  /** The recording that lent one. */
  readonly reference?: string | undefined;
}

/** With what of the pictures contradicted the configurations that were tried, as clauses, and streams that are not read. */
interface Search extends LostMovieConfigurations {
  readonly contradictions: string[];
  readonly unread: UnknownStream[];
}

/** Where a configuration is from: what is said of it, and the recording that lends it. */
interface Origin {
  readonly what: string;
  readonly reference?: string;
}

function lentBy(file: string): Origin {
  return { what: `that of ${file}`, reference: file };
}

interface Attempt extends FoundConfigurations {
  readonly trial: Trial;
  /** How far the video configuration is proven, where it was looked into. */
  readonly evidence?: Evidence | undefined;
  readonly videoFrom: Origin | undefined;
  readonly audioFrom: Origin | undefined;
  readonly inferred: FoundAac | undefined;
  /** Streams of the reference that are not looked for. */
  readonly unread?: readonly UnknownStream[];
}

/** Throws where the media cannot be read with anything that is known. */
export async function findConfigurations(lost: LostMovieConfigurations): Promise<FoundConfigurations> {
  const { findings, path } = lost;
  const search: Search = { ...lost, contradictions: [], unread: [] };
  const best = await bestAttempt(search);
  if (best === undefined) throw refusal(search);
  if (best.videoFrom !== undefined) {
    const { what, ...reference } = best.videoFrom;
    const place = { file: path, track: 'video', ...reference } as const;
    findings.add('codec-configuration-taken', `the video configuration${proofClause(best.evidence)} is ${what}`, place);
    noteUnproven(best.video!.configuration.codec, best.evidence, place, findings);
  }
  if (best.audioFrom !== undefined) {
    const { what, ...reference } = best.audioFrom;
    findings.add('codec-configuration-taken', `the audio configuration is ${what}`, {
      file: path,
      track: 'audio',
      ...reference,
    });
  }
  for (const { kind, format } of best.unread ?? []) {
    findings.add(
      'codec-not-read',
      `the ${kind} of the reference is ${nameOfFormat(format)}, which is not read: none is looked for`,
      {
        file: path,
        track: kind,
      },
    );
  }
  const reference = best.videoFrom?.reference ?? best.audioFrom?.reference;
  if (best.inferred === undefined) return { video: best.video, audio: best.audio, reference };
  const audio = await inferAudio(lost, best.video?.configuration, best.inferred, findings);
  return { video: best.video, audio, reference };
}

async function bestAttempt(lost: Search): Promise<Attempt | undefined> {
  let best: Attempt | undefined;
  for await (const attempt of attempts(lost)) {
    if (attempt.trial.share < possibleShare || !isBetter(attempt, best)) continue;
    best = attempt;
    if (shareOf(best.trial) >= certainShare && isSettled(best)) break;
  }
  return best;
}

/** Of two recordings, pictures that were read to their ends tell more than any share of the bytes; of one, with audio and without, they tell nothing. */
function isBetter(attempt: Attempt, best: Attempt | undefined): boolean {
  if (best?.video !== undefined && best.video === attempt.video) return worthOf(attempt) > worthOf(best);
  const [own, others] = [degreeOf(attempt), best === undefined ? -1 : degreeOf(best)];
  return own === others ? worthOf(attempt) > worthOf(best) : own > others;
}

/** 2: pictures were read with it, 1: the encoder says so or pictures are of a codec that is not read, 0: nothing was. */
function degreeOf({ video, evidence }: Attempt): number {
  if (evidence === undefined) return video === undefined ? 0 : 1;
  return evidence.wholePictures > 0 ? 2 : evidence.settingsAgree ? 1 : 0;
}

/** Whether no other reference could be proven better. */
function isSettled(attempt: Attempt): boolean {
  return attempt.video === undefined || degreeOf(attempt) > 0;
}

/** What samples say of themselves counts for more than what only fills the space between others. */
function shareOf(trial: Trial): number {
  return trial.share - (isProven(trial) ? 0 : 0.05);
}

/** Bytes passed over beside one that has samples there are worth little. */
const passedOverWorth = 0.25;

function worthOf(attempt: Attempt | undefined): number {
  if (attempt === undefined) return 0;
  const { proven, share, passedOver } = attempt.trial;
  return passedOver ? proven + passedOverWorth * (share - proven) : shareOf(attempt.trial);
}

/** Configurations that are tried: each costs a few walks through the beginning of the media. */
const maxTried = 24;

/** What can be tried, the likeliest first. */
async function* attempts(lost: Search): AsyncGenerator<Attempt> {
  const known =
    lost.video === undefined
      ? await inBandConfiguration(lost.media)
      : { configuration: lost.video, timescale: undefined };
  const from =
    lost.video === undefined && known !== undefined ? { what: 'made of the parameter sets in the media' } : undefined;
  const tried = new Set<string>();
  const heard: (readonly [readonly ReferenceStream<AudioConfiguration>[], Origin | undefined])[] = [];
  for (const reference of references(lost)) {
    if (lost.media.pace.isDue) await lost.media.pace.turn();
    const lentVideo = known ?? reference.video;
    const lent = lost.audio === undefined ? reference.audio : [{ configuration: lost.audio, timescale: undefined }];
    const unread = [...(reference.unknown ?? []), ...lent.filter((stream) => !isRead(stream)).map(asUnread)];
    lost.unread.push(...unread);
    // What only fills the space between others would be given the bytes of a stream that is not read.
    const audio = lent.filter((stream) => isRead(stream) && (unread.length === 0 || !fillsSpace(stream)));
    // So would those of which only the start is known.
    const isOpen = lentVideo !== undefined && isOnlyBegun(lentVideo.configuration) && unread.length > 0;
    if (isOpen) lost.unread.push({ kind: 'video', format: formatOf(lentVideo.configuration) });
    const video = isOpen ? undefined : lentVideo;
    const key = fingerprint([video?.configuration, ...audio.map(({ configuration }) => configuration)]);
    if (tried.has(key)) continue;
    if (tried.size >= maxTried) break;
    tried.add(key);
    const videoFrom = known === undefined ? lentBy(reference.file) : from;
    const audioFrom = lost.audio === undefined ? lentBy(reference.file) : undefined;
    if (audio.length > 0 && unread.length === 0) heard.push([audio, audioFrom]);
    yield* attemptsWith(lost, video, audio, unread, videoFrom, audioFrom);
    if (video !== undefined && isOnlyBegun(video.configuration) && audio.length > 0) {
      const others = [...unread, { kind: 'video' as const, format: formatOf(video.configuration) }];
      yield* attemptsWith(lost, undefined, audio, others, videoFrom, audioFrom);
    }
    // Parameter sets found in the media may be none.
    if (from === undefined || reference.video === undefined) continue;
    const own = fingerprint([reference.video.configuration]);
    if (tried.has(own)) continue;
    tried.add(own);
    yield* attemptsWith(lost, reference.video, audio, unread, lentBy(reference.file), audioFrom);
  }
  if (known !== undefined) yield* inferring(lost, known, from);
  else if (lost.reference === undefined) {
    yield* rebuilding(lost, heard);
    yield* inferringAv1(lost);
  }
  // Audio alone needs nobody's help.
  if (known === undefined && lost.reference === undefined) yield* inferring(lost, undefined, undefined);
}

/** Pictures that a configuration has to be proven by that nobody lends. */
const minPicturesOfRebuilt = 4;

/** Parameter sets of H.264 made of what x264 says of itself. `heard`: audio of references whose pictures are others. */
async function* rebuilding(
  lost: Search,
  heard: readonly (readonly [readonly ReferenceStream<AudioConfiguration>[], Origin | undefined])[],
): AsyncGenerator<Attempt> {
  const configuration = await rebuiltH264(lost.media);
  if (configuration === undefined) return;
  const video = { configuration, timescale: undefined };
  const { width, height } = configuration;
  const from = {
    what: `made of the settings that x264 left in the media, and of the macroblocks: ${width}x${height}, of which nothing says what is to be cut off`,
  };
  const withAudio = async function* (): AsyncGenerator<Attempt> {
    for (const [audio, audioFrom] of heard) yield* attemptsWith(lost, video, audio, [], from, audioFrom);
    yield* inferring(lost, video, from);
  };
  for await (const attempt of withAudio()) {
    if ((attempt.evidence?.wholePictures ?? 0) >= minPicturesOfRebuilt) yield attempt;
  }
}

function references({ reference, path, media }: LostMovieConfigurations): Iterable<CodecReference> {
  const { named, beside } = referencesFor(reference)(path);
  return named === undefined ? beside(media.source, media.ranges[0]?.offset) : [named];
}

/** Tells configurations apart that say something else. */
function fingerprint(configurations: readonly unknown[]): string {
  const text = JSON.stringify(configurations, (_, value: unknown) =>
    value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value,
  );
  return createHash('sha1').update(text).digest('hex');
}

async function* attemptsWith(
  lost: Search,
  video: ReferenceStream<VideoConfiguration> | undefined,
  audio: readonly ReferenceStream<AudioConfiguration>[],
  unread: readonly UnknownStream[],
  videoFrom: Origin | undefined,
  audioFrom: Origin | undefined,
): AsyncGenerator<Attempt> {
  // Pictures of which only the start is known would take in the audio that is left out.
  const isWhole = video !== undefined && isOnlyBegun(video.configuration);
  const combinations = [audio, audio.slice(0, 1), []].filter(
    (each, n, all) => n === 0 || (each.length < all[n - 1]!.length && !isWhole),
  );
  let hasPictures = true;
  for (const each of combinations) {
    // Where the index has some of the pictures, their number beside the audio tells nothing.
    const proof = await prove(
      { video, audio: each, lender: videoFrom?.reference },
      lost.media,
      lost.pictures !== undefined,
    );
    if (!proof.accepted && proof.contradicted) {
      lost.contradictions.push(proof.why);
      return;
    }
    hasPictures = proof.accepted || proof.why !== noPicture;
    if (!proof.accepted) continue;
    yield {
      ...proof.lent,
      trial: proof.trial,
      evidence: proof.evidence,
      inferred: undefined,
      unread,
      videoFrom: proof.lent.video === undefined ? undefined : videoFrom,
      audioFrom: proof.lent.audio.length === 0 ? undefined : audioFrom,
    };
  }
  // A recording whose audio is of another codec is no witness of this one: only AAC is told by its own syntax.
  const isNone = unread.some(({ kind }) => kind === 'audio');
  if (video === undefined || !hasPictures || lost.audio !== undefined || isNone) return;
  yield* inferringAac(lost, video, videoFrom);
}

/** What seems to be a sequence header of AV1 stands in other media by chance: only where it explains all, it is one. */
async function* inferringAv1(lost: Search): AsyncGenerator<Attempt> {
  const { source, ranges } = lost.media;
  const [first] = ranges;
  const configObus =
    first === undefined ? undefined : findAv1SequenceHeader(source, first.offset, first.offset + first.length);
  const sequenceHeader = configObus === undefined ? undefined : sequenceHeaderOf(configObus);
  if (configObus === undefined || sequenceHeader === undefined) return;
  const { maxFrameWidth: width, maxFrameHeight: height } = sequenceHeader;
  const record = av1CodecConfigurationOf(sequenceHeader, configObus);
  const configuration = { codec: 'av1', record, sequenceHeader, width, height } as const;
  for await (const attempt of inferring(
    lost,
    { configuration, timescale: undefined },
    { what: 'made of the sequence headers in the media' },
  )) {
    if (attempt.trial.share >= certainShare && attempt.trial.proven >= minProvenShare) yield attempt;
  }
}

/** The audio is told by its syntax, or by what else could stand there. */
async function* inferring(
  lost: Search,
  video: ReferenceStream<VideoConfiguration> | undefined,
  videoFrom: Origin | undefined,
): AsyncGenerator<Attempt> {
  yield* inferringAac(lost, video, videoFrom);
  if (video !== undefined && lost.audio === undefined) yield* inferringOpus(lost, video, videoFrom);
}

async function* inferringAac(
  lost: Search,
  video: ReferenceStream<VideoConfiguration> | undefined,
  videoFrom: Origin | undefined,
): AsyncGenerator<Attempt> {
  if (lost.audio !== undefined) return;
  const { source, ranges, pace } = lost.media;
  const track = { id: 1, timescale: undefined, known: undefined };
  const pictureSyntax = video === undefined ? undefined : streamOf(video.configuration, track, undefined)?.syntax;
  // Beside pictures that are told by little the syntax of audio tells nothing.
  if (video !== undefined && (pictureSyntax === undefined || pictureSyntax.unmarked !== undefined)) return;
  const syntax = video === undefined ? undefined : () => streamOf(video.configuration, track, undefined)!.syntax;
  const found = await findAac(source, ranges, syntax, pace);
  if (found === undefined) {
    // What a reference lends was tried alone before.
    if (video === undefined || videoFrom?.reference !== undefined) return;
    const trial = await tryOn(lost.media, [video.configuration]);
    const evidence = trial === undefined ? undefined : await provenIn(lost, video, videoFrom, trial);
    if (trial !== undefined && evidence !== 'contradicted' && trial.samples[0]! > 0) {
      yield { video, audio: [], trial, evidence, videoFrom, audioFrom: undefined, inferred: undefined };
    }
    return;
  }
  // What is tried on the media is the syntax, which is the same at all rates that fit.
  const inferred = { configuration: aacConfigurationFor(lost, undefined, found, new Findings()), timescale: undefined };
  const configurations = [video?.configuration, inferred.configuration].filter(
    (configuration) => configuration !== undefined,
  );
  const trial = await tryOn(lost.media, configurations);
  if (trial === undefined) return;
  const pictures = video === undefined ? 0 : trial.samples[0]!;
  const evidence = video === undefined ? undefined : await provenIn(lost, video, videoFrom, trial);
  if (evidence === 'contradicted') return;
  yield {
    video: pictures > 0 ? video : undefined,
    audio: [inferred],
    trial,
    evidence,
    videoFrom: pictures > 0 ? videoFrom : undefined,
    audioFrom: undefined,
    inferred: found,
  };
}

/** How far the pictures found prove their configuration; what contradicts it is noted. */
async function provenIn(
  lost: Search,
  video: ReferenceStream<VideoConfiguration>,
  videoFrom: Origin | undefined,
  trial: Trial,
): Promise<Evidence | undefined | 'contradicted'> {
  const evidence = await evidenceOf(video, videoFrom?.reference, trial, lost.media);
  if (evidence?.contradiction === undefined) return evidence;
  lost.contradictions.push(evidence.contradiction);
  return 'contradicted';
}

const anyTrack = { id: 1, timescale: undefined, known: undefined };

function isRead({ configuration }: ReferenceStream<AudioConfiguration>): boolean {
  return streamOf(configuration, anyTrack, undefined) !== undefined;
}

function fillsSpace({ configuration }: ReferenceStream<AudioConfiguration>): boolean {
  return streamOf(configuration, anyTrack, undefined)?.syntax.unmarked !== undefined;
}

function asUnread({ configuration }: ReferenceStream<AudioConfiguration>): UnknownStream {
  return { kind: 'audio', format: formatOf(configuration) };
}

/** What the container calls a codec that is not known, otherwise its name. */
function formatOf(configuration: CodecConfiguration): string {
  return configuration.codec === 'unknown' ? configuration.format : configuration.codec;
}

/** Pictures a second that are usual, and how far what is counted may be from them. */
const usualFrameRates: readonly number[] = [10, 12, 12.5, 15, 20, 24, 25, 30, 48, 50, 60];
const frameRateTolerance = 0.02;

/**
 * What stands between the pictures is Opus, if packets of it fill all of it and are as many as go with pictures of a usual
 * rate: nothing in them says what they are.
 */
async function* inferringOpus(
  lost: LostMovieConfigurations,
  video: ReferenceStream<VideoConfiguration>,
  videoFrom: Origin | undefined,
): AsyncGenerator<Attempt> {
  const trial = await tryOn(lost.media, [video.configuration, opusOf(2)]);
  if (trial?.audioSeconds === undefined || trial.audioFirstByte === undefined || trial.share < certainShare) return;
  const [pictures, packets] = trial.samples as [number, number];
  if (pictures < minPicturesForRate || trial.proven < minProvenShare) return;
  const rate = pictures / (packets * trial.audioSeconds);
  if (!usualFrameRates.some((usual) => Math.abs(rate / usual - 1) < frameRateTolerance)) return;
  // RFC 6716, 3.1: whether a packet is of one channel or of two.
  const configuration = opusOf((trial.audioFirstByte & 4) === 0 ? 1 : 2);
  const audioFrom = { what: 'inferred: Opus, by what fills the space between the pictures' };
  yield {
    video,
    audio: [{ configuration, timescale: undefined }],
    trial,
    videoFrom,
    audioFrom,
    inferred: undefined,
  };
}

function refusal({ path, reference, findings, media, contradictions, unread }: Search): SalvorError {
  const details = { file: path, findings: findings.list() };
  const [first] = media.ranges;
  if (first !== undefined && beginsHeadlessVp9(media.source.read(first.offset, 16))) {
    return new SalvorError(
      'unrecoverable',
      'the frames seem to be VP9 without their first three bytes, which the recorder keeps in the moov that is lost',
      { ...details, advice: 'nothing brings them back; have the publisher send frames without composition times' },
    );
  }
  if (reference !== undefined) {
    const [contradiction] = contradictions;
    const [none] = contradiction === undefined ? unread : [];
    if (none !== undefined) {
      return new SalvorError(
        'unrecoverable',
        `the ${none.kind} of ${reference} is ${nameOfFormat(none.format)}, which is not read in media without an index, and nothing else of it was found`,
        { ...details, advice: 'a tool that knows the codec may read it' },
      );
    }
    const why = contradiction === undefined ? '' : ` (${contradiction})`;
    return new SalvorError(
      'unrecoverable',
      `the media cannot be read with the codec configuration of ${reference}: it is of another stream, or of other encoder settings${why}`,
      {
        ...details,
        advice:
          'name a recording by the same encoder with the same settings; without --reference those beside it are tried',
      },
    );
  }
  return new SalvorError(
    'unrecoverable',
    'the codec configuration is lost with the moov: the media does not repeat it, and no recording beside it fits',
    {
      ...details,
      advice:
        'give with --reference a complete recording by the same encoder with the same settings: an earlier recording or segment of the same stream, or a new one of a few seconds',
    },
  );
}
