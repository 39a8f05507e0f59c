/**
 * Whether the configurations that a reference lends are those of media that lost its own. This is the one place where that
 * is decided: what it accepts is written into a recording, so that it has to name what would have refuted it. That is a
 * trial: with the right configurations nearly every byte belongs to a sample of theirs, pictures follow one another as
 * their parameter sets allow, their macroblocks fill them exactly, and audio and pictures last alike.
 */
import type { ByteSource } from '../../io/file-source.ts';
import type { AudioConfiguration, CodecConfiguration, VideoConfiguration } from '../../media/track.ts';
import { streamsOf, type ReferenceStream } from '../../media/codec-reference.ts';
import { parameterSetNalUnits, type AvcDecoderConfiguration } from '../../codecs/h264/decoder-configuration.ts';
import { findAac } from '../carver/aac-discovery.ts';
import { carve } from '../carver/carver.ts';
import { fitsParameterSets } from '../carver/h264-fit.ts';
import { H264Syntax } from '../carver/h264-syntax.ts';
import { streamOf } from '../carver/streams.ts';
import { firstOf } from '../carver/tried-media.ts';
import {
  codedPicturesOf,
  minWholeIfToldAlike,
  readPictures,
  type CodedPictures,
  type PictureProof,
} from './picture-proof.ts';
import { mayBeRawAudio } from './raw-audio.ts';
import { settingsProof } from './settings-proof.ts';
import { tryOnTables } from './table-trial.ts';
import { tryOn, type Trial, type UndescribedMedia } from './trial.ts';

/** What a reference lends, or a part of it. */
export interface Lent {
  readonly video: ReferenceStream<VideoConfiguration> | undefined;
  /** Further tracks of pictures. */
  readonly moreVideo?: readonly ReferenceStream<VideoConfiguration>[];
  readonly audio: readonly ReferenceStream<AudioConfiguration>[];
  /** Where the video is from. */
  readonly from?: VideoOrigin | undefined;
}

/** Where a video configuration is from: the recording that lends it, or parameter sets that stand in the media itself. */
export interface VideoOrigin {
  readonly reference?: string;
  readonly isInMedia?: boolean;
}

/** Pictures that parameter sets are proven by which stand before them: that these are of another stream is not to be feared. */
const minPicturesInMedia = 4;

/** How far it is proven that pictures are written with the parameter sets that are lent. */
export interface Evidence {
  /** Pictures that were read to their ends. */
  readonly wholePictures: number;
  /** What of their syntax is not read. */
  readonly unread: string | undefined;
  /** Whether the settings that the encoder left in the media agree. */
  readonly settingsAgree: boolean;
}

/** Whether more than slice headers speaks for it. */
export function isSpokenFor({ wholePictures, settingsAgree }: Evidence): boolean {
  return wholePictures > 0 || settingsAgree;
}

/** How far that goes, as an insertion behind `the video configuration`. */
export function proofClause(evidence: Evidence | undefined): string {
  if (evidence === undefined) return '';
  const { wholePictures, unread, settingsAgree } = evidence;
  const settings = settingsAgree ? ' and which the settings of the encoder agree with' : '';
  if (wholePictures > 0) {
    return `, with which ${wholePictures} picture${wholePictures === 1 ? ' was' : 's were'} read to the end${settings},`;
  }
  const why = unread === undefined ? '' : `, as ${unread} are not read`;
  return `, for which nothing but slice headers speaks${why}${settings},`;
}

/** Whether a reference is believed. */
export type Proof =
  /** `lent`: the streams of which the media has samples. */
  | { readonly accepted: true; readonly lent: Lent; readonly trial: Trial; readonly evidence: Evidence | undefined }
  /** `why`: a clause that a sentence can end with. `contradicted`: pictures say that their parameter sets are others. */
  | { readonly accepted: false; readonly why: string; readonly contradicted: boolean };

/** Of the bytes tried, what must be in samples for a configuration to be the right one beyond doubt. */
export const certainShare = 0.97;
/** And what for one to be possible at all: holes and streams that are not known may take the rest. */
export const possibleShare = 0.5;
/** Of the bytes tried, what at least is to be in pictures where the audio beside them proves nothing. */
export const minProvenShare = 0.1;

/** Rates that are told apart by the pictures beside the audio, and how exactly. */
const usualRates: readonly number[] = [48000, 44100, 32000];
const rateTolerance = 0.03;
/** Pictures that have to be found in the trial before their rate counts as evidence. */
export const minPicturesForRate = 24;

/** Whether samples themselves say what they are, rather than only fill the space between others. */
export function isProven({ share, proven, passedOver }: Trial): boolean {
  return passedOver || proven > share / 2;
}

/**
 * Holds what is lent against the media. `describesPictures`: an index has some of the pictures, so that the number of those
 * that were found beside the audio tells nothing.
 */
export async function prove(lent: Lent, media: UndescribedMedia, describesPictures: boolean): Promise<Proof> {
  const { video, moreVideo = [], audio } = lent;
  const streams = streamsOf(lent);
  const configurations = streams.map(({ configuration }) => configuration);
  if (configurations.length === 0) return refused('it lends nothing');
  const [first] = configurations;
  if (configurations.length === 1 && first?.codec === 'pcm' && !mayBeRawAudio(media.source, media.ranges, first)) {
    const why = 'the bytes are spread as those of compressed media are, and it has uncompressed audio alone';
    return { accepted: false, why, contradicted: true };
  }
  const placed = tryOnTables(media, streams);
  // What says nothing of its ends seems to fill any media: where tables tell them, they are believed.
  const isTold = media.tables?.some(({ length }) => length > 0) === true;
  if (isTold && placed === undefined && streams.every(isRefutedByTables)) {
    return refused('no sample of it is where the tables place samples');
  }
  const isPlaced = placed !== undefined && placed.share >= certainShare;
  const trial = isPlaced ? placed : await tryOn(media, configurations);
  if (trial === undefined) return refused('its samples cannot be recognised, or are in an order that it rules out');
  const pictures = video === undefined ? 0 : trial.samples[0]!;
  const counts = trial.samples.slice(streams.length - audio.length);
  // A picture that its own parameter sets do not read is no picture of this stream; audio that proves nothing may be anything.
  const isHeard = counts.some((count) => count > 0);
  const isFilled = describesPictures && trial.share >= certainShare;
  const isAudio = isHeard && (isProven(trial) || isFilled);
  if (video !== undefined && pictures === 0 && !isAudio) return refused(noPicture);
  // Where the index has the pictures, nothing but audio stands between them, which fills all of it or proves itself.
  const isBeside = describesPictures && pictures === 0;
  if (video !== undefined && !isBeside && !isBelievable(video, trial)) {
    return refused('too little of the media speaks for it');
  }
  const isBesideOthers = moreVideo.length > 0;
  const evidence =
    video === undefined ? undefined : await evidenceOf(video, lent.from, trial.pictures[0]!, media, isBesideOthers);
  if (evidence?.contradiction !== undefined) {
    return { accepted: false, why: evidence.contradiction, contradicted: true };
  }
  // Each of several tracks is held against the pictures that were given to it.
  const more: ReferenceStream<VideoConfiguration>[] = [];
  for (const [n, stream] of moreVideo.entries()) {
    if (trial.samples[n + 1] === 0) continue;
    const own = await evidenceOf(stream, lent.from, trial.pictures[n + 1]!, media, isBesideOthers);
    if (own?.contradiction !== undefined) return { accepted: false, why: own.contradiction, contradicted: true };
    more.push(stream);
  }
  // What the pictures announce says nothing where the same parameter sets were seen with another rate, by which audio fits.
  const steps = [trial.pictureSeconds, video?.stepSeconds ?? trial.pictureSeconds];
  const isUnlike = (pictureSeconds: number | undefined): boolean =>
    contradictsRate({ ...trial, pictureSeconds }, pictures, counts, audio);
  if (!describesPictures && steps.every(isUnlike)) return refused(notAlike);
  if (video !== undefined && isOnlyBegun(video.configuration) && swallowsAudio(video, pictures, counts, trial)) {
    return refused(notAlike);
  }
  if (trial.share < possibleShare) return refused('most of the media is not explained by it');
  const found = {
    video: pictures > 0 ? video : undefined,
    ...(more.length > 0 ? { moreVideo: more } : {}),
    audio: audio.filter((_, n) => counts[n]! > 0),
  };
  return { accepted: true, lent: found, trial, evidence };
}

/** Whether a stream is of a codec whose samples do not say where they end, and yet cannot be just anything. */
function isRefutedByTables({ configuration }: ReferenceStream): boolean {
  const unmarked = streamOf(configuration, { id: 1, timescale: undefined, known: undefined }, undefined)?.syntax
    .unmarked;
  return unmarked !== undefined && unmarked.unit === undefined;
}

/** Why a video configuration is refused with which not one picture can be read. */
export const noPicture = 'no picture can be read with it';

function refused(why: string): Proof {
  return { accepted: false, why, contradicted: false };
}

const notAlike = 'pictures and audio would not last alike';

/** How far pictures and audio may be from lasting alike where pictures take in what is not found. */
const maxUnlike = 3;
/** Pictures that have no audio beside them for so long stand where it has not begun, pauses or has ended. */
const silentSeconds = 2;
/** What the audio lasts at least, for each such stretch: frames found by chance within pictures stand alone. */
const minHeardSeconds = 0.5;

/**
 * Whether pictures that do not say where they end leave too little for the audio, at the rate of the reference. Audio may
 * begin late and end early: only the pictures that have some beside them are to last as it does.
 */
function swallowsAudio(
  { stepSeconds }: ReferenceStream<VideoConfiguration>,
  pictures: number,
  counts: readonly number[],
  { audioSeconds, picturesBetween = [] }: Trial,
): boolean {
  const [frames] = counts;
  if (stepSeconds === undefined || audioSeconds === undefined || frames === undefined) return false;
  const heard = frames * audioSeconds;
  if (pictures < minPicturesForRate || pictures * stepSeconds <= maxUnlike * heard) return false;
  const silent = picturesBetween.filter((count) => count * stepSeconds > silentSeconds);
  const beside = pictures - silent.reduce((sum, count) => sum + count, 0);
  return heard < minHeardSeconds * Math.max(1, silent.length) || beside * stepSeconds > maxUnlike * heard;
}

/** Whether enough speaks for the pictures of a stream that may have audio beside it which proves nothing. */
function isBelievable({ configuration }: ReferenceStream<VideoConfiguration>, trial: Trial): boolean {
  // Little shows what a frame of VP8 or VP9 is, but a recording of them begins with one that decoding can begin with.
  if (configuration.codec === 'vp9' || configuration.codec === 'vp8') return trial.syncPictures > 0;
  // Pictures that only say where they begin take in whatever is not explained.
  if (isOnlyBegun(configuration)) {
    return trial.syncPictures > 0 && trial.share >= certainShare && trial.samples.every((count) => count > 0);
  }
  // Pictures among samples that are passed over may be few bytes of many, but prove themselves.
  const standAlone = trial.passedOver && trial.syncPictures > 0 && trial.samples[0]! >= minPicturesAlone;
  return standAlone || trial.proven >= minProvenShare;
}

/** Whether pictures of a codec that is not known say where they begin, and not where they end. */
export function isOnlyBegun(configuration: CodecConfiguration): boolean {
  if (configuration.codec !== 'unknown') return false;
  const track = { id: 1, timescale: undefined, known: undefined };
  return streamOf(configuration, track, undefined)?.syntax.unmarked !== undefined;
}

/** Pictures that have to be found where nearly all of the media is of other tracks. */
const minPicturesAlone = 8;

/** Evidence, with what contradicts the parameter sets. */
export interface Examination extends Evidence, Pick<PictureProof, 'contradiction'> {}

/**
 * What the pictures at some offsets and their encoder say of the parameter sets; undefined for codecs of which pictures are not
 * read. `isBesideOthers`: as in `CodedPictures`.
 */
export async function evidenceOf(
  { configuration }: ReferenceStream<VideoConfiguration>,
  from: VideoOrigin | undefined,
  pictures: readonly number[],
  { source, ranges, pace }: UndescribedMedia,
  isBesideOthers = false,
): Promise<Examination | undefined> {
  const coded = codedPicturesOf(configuration);
  return coded === undefined
    ? undefined
    : await pace.through(
        examine(source, pictures, { ...coded, isBesideOthers }, from?.reference, ranges[0]?.offset, from?.isInMedia),
      );
}

/**
 * Holds the pictures at some offsets, and what their encoder left before them, against parameter sets. `lender`: the recording
 * that lends those; `mediaStart`: where the media begins, if not with the first picture; `isInMedia`: the parameter sets stand
 * in the media itself.
 */
export function* examine(
  source: ByteSource,
  offsets: Iterable<number>,
  coded: CodedPictures,
  lender: string | undefined,
  mediaStart?: number,
  isInMedia = false,
): Generator<void, Examination> {
  const pictures = [...offsets];
  // What the encoder of another stream left before its own pictures says nothing of these.
  const places = [coded.isBesideOthers === true ? undefined : mediaStart, pictures[0]].filter(
    (place) => place !== undefined,
  );
  const settings = settingsProof(source, places, coded, lender);
  const settingsAgree = settings.isTold && settings.contradiction === undefined;
  const minWhole = settingsAgree ? minWholeIfToldAlike : undefined;
  const read = yield* readPictures(source, pictures, coded, minWhole, isInMedia ? minPicturesInMedia : undefined);
  // Encoders and those who rewrite their streams have other habits than are known; what stands beside pictures it reads is theirs.
  const isOwn = isInMedia && read.whole > 0;
  return {
    contradiction: read.contradiction ?? (isOwn ? undefined : settings.contradiction),
    wholePictures: read.whole,
    unread: read.unread,
    settingsAgree,
  };
}

/** Whether the pictures beside the audio say that it has another rate, or is of fewer tracks. */
function contradictsRate(
  { pictureSeconds, audioSeconds }: Trial,
  pictures: number,
  counts: readonly number[],
  audio: readonly ReferenceStream<AudioConfiguration>[],
): boolean {
  if (pictureSeconds === undefined || audioSeconds === undefined || pictures < minPicturesForRate) return false;
  const frames = counts.reduce((sum, count) => sum + count, 0);
  // What the ratio would be if all tracks had the rate they are said to have; around it, what other rates would make of it.
  const ratio = (frames * audioSeconds) / (pictures * pictureSeconds);
  if (audio.length > 1 && ratio < 0.75 * audio.length) return true;
  const isNear = (value: number): boolean => Math.abs(ratio / (audio.length * value) - 1) < rateTolerance;
  if (isNear(1)) return false;
  const [first] = audio;
  const rate = first?.configuration.codec === 'aac' ? first.configuration.audio?.samplingFrequency.hertz : undefined;
  return rate !== undefined && usualRates.some((other) => other !== rate && isNear(other / rate));
}

/** The syntax of pictures written with the parameter sets of a record. `lengthSize`: bytes of the length before each NAL unit. */
export function h264SyntaxOf(record: AvcDecoderConfiguration, lengthSize: number): H264Syntax {
  return new H264Syntax(lengthSize, parameterSetNalUnits(record));
}

/** Pictures of which the macroblocks are read. */
const maxPicturesRead = 64;

/**
 * Whether the H.264 pictures in the media, audio or not beside them, were written with these parameter sets, as far as slice
 * headers, macroblocks and the settings of the encoder tell; undefined where they were not. `lengthSize`: bytes of the length
 * before each NAL unit; `lender`: the recording that lends the parameter sets.
 */
export async function provePictures(
  record: AvcDecoderConfiguration,
  { source, ranges, pace }: UndescribedMedia,
  lengthSize: number,
  lender?: string,
): Promise<Evidence | undefined> {
  const beside = (await findAac(source, ranges, () => h264SyntaxOf(record, lengthSize), pace))?.pictures;
  const syntax = h264SyntaxOf(record, lengthSize);
  const pictures =
    beside ??
    (await carve(source, await firstOf(source, ranges, undefined, pace), [syntax], { pace })).samples.offsets.values();
  const parameterSets = parameterSetNalUnits(record);
  if (!fitsParameterSets(source, pictures, lengthSize, parameterSets)) return undefined;
  const coded = { codec: 'h264', lengthSize, parameterSets } as const;
  const few = pictures.subarray(0, maxPicturesRead);
  const examined = await pace.through(examine(source, few, coded, lender, ranges[0]?.offset));
  return examined.contradiction === undefined ? examined : undefined;
}
