/**
 * What an MP4 without its moov can be read with, each tried on the media: the parameter sets in them, other recordings of the
 * same stream, what the encoder says of itself, and last what the syntax tells (inferred-configurations.ts). Which of the
 * attempts is the best is not for here.
 */
import { createHash } from 'node:crypto';
import { streamOf } from '../carver/streams.ts';
import { isOnlyBegun, noPicture, prove, type Proof } from '../references/prove.ts';
import { referencesFor } from '../references/references.ts';
import { pathKind } from '../../io/directory.ts';
import {
  streamsOf,
  type CodecReference,
  type ReferenceStream,
  type UnknownStream,
} from '../../media/codec-reference.ts';
import { SalvorError } from '../../media/errors.ts';
import type { AudioConfiguration, CodecConfiguration, VideoConfiguration } from '../../media/track.ts';
import type { Attempt, LostMovieConfigurations, Origin, Search } from './attempt.ts';
import { inBandConfigurations } from './in-band.ts';
import { inferring, inferringAac, inferringAv1 } from './inferred-configurations.ts';
import { rebuiltH264 } from './rebuilt-h264.ts';

function lentBy(file: string): Origin {
  return { what: `that of ${file}`, reference: file };
}

/** Configurations that are tried: each costs a few walks through the beginning of the media. */
const maxTried = 24;

/** What can be tried on the media, the likeliest first; what contradicts an attempt is noted in the search. */
export async function* attempts(lost: Search): AsyncGenerator<Attempt> {
  if (lost.video !== undefined) {
    yield* attemptsBy(lost, { configuration: lost.video, timescale: undefined }, undefined);
    return;
  }
  let isInBand = false;
  for await (const known of inBandConfigurations(lost.media)) {
    isInBand = true;
    yield* attemptsBy(lost, known, { what: 'made of the parameter sets in the media', isInMedia: true });
  }
  if (!isInBand) yield* attemptsBy(lost, undefined, undefined);
}

/** The same by one video configuration, of which `from` says where in the media it stands, or by none. */
async function* attemptsBy(
  lost: Search,
  known: ReferenceStream<VideoConfiguration> | undefined,
  from: Origin | undefined,
): AsyncGenerator<Attempt> {
  const tried = new Set<string>();
  const heard: (readonly [readonly ReferenceStream<AudioConfiguration>[], Origin | undefined])[] = [];
  for (const reference of known === undefined ? references(lost) : referencesIfAny(lost)) {
    if (lost.media.pace.isDue) await lost.media.pace.turn();
    const lentVideo = known === undefined ? reference.video : withHabits(known, reference.video);
    const lent = lost.audio === undefined ? reference.audio : [{ configuration: lost.audio, timescale: undefined }];
    const unread = [...(reference.unknown ?? []), ...lent.filter((stream) => !isRead(stream)).map(asUnread)];
    lost.unread.push(...unread);
    // What only fills the space between others would be given the bytes of a stream that is not read.
    const audio = lent.filter((stream) => isRead(stream) && (unread.length === 0 || !fillsSpace(stream)));
    // So would those of which only the start is known.
    const isOpen = lentVideo !== undefined && isOnlyBegun(lentVideo.configuration) && unread.length > 0;
    if (isOpen) lost.unread.push({ kind: 'video', format: formatOf(lentVideo.configuration) });
    const video = isOpen ? undefined : lentVideo;
    const streams = streamsOf({ video, moreVideo: reference.moreVideo ?? [], audio });
    const key = fingerprint(streams.map(({ configuration }) => configuration));
    if (tried.has(key)) continue;
    if (tried.size >= maxTried) break;
    tried.add(key);
    const videoFrom = known === undefined ? lentBy(reference.file) : from;
    const audioFrom = lost.audio === undefined ? lentBy(reference.file) : undefined;
    if (audio.length > 0 && unread.length === 0) heard.push([audio, audioFrom]);
    const several = lost.video === undefined ? videoTracksOf(reference) : [];
    if (several.length > 1) yield* attemptsWithSeveral(lost, several, audio, unread, lentBy(reference.file), audioFrom);
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

/** Pictures by the parameter sets in the media, with the habits of the reference's writer, which no picture says. */
function withHabits(
  known: ReferenceStream<VideoConfiguration>,
  lent: ReferenceStream<VideoConfiguration> | undefined,
): ReferenceStream<VideoConfiguration> {
  const [own, other] = [known.configuration, lent?.configuration];
  if (own.codec !== 'h264' || other?.codec !== 'h264') return known;
  const { sampleUnit, syncsAtRecoveryPoints } = other;
  if (sampleUnit === undefined && syncsAtRecoveryPoints === undefined) return known;
  const configuration = { ...own, sampleUnit, syncsAtRecoveryPoints };
  if (sampleUnit === undefined) return { ...known, configuration };
  // How often one comes goes with what it is.
  return { ...known, configuration, stepSeconds: known.stepSeconds ?? lent?.stepSeconds };
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

/** The same where the media has parameter sets of its own: a named recording that lends nothing takes nothing away. */
function* referencesIfAny(lost: Search): Generator<CodecReference> {
  try {
    yield* references(lost);
  } catch (error) {
    const isThere = lost.reference !== undefined && pathKind(lost.reference) === 'file';
    if (!(error instanceof SalvorError) || !isThere) throw error;
    lost.lendsNothing = error;
  }
}

/** Tells configurations apart that say something else. */
function fingerprint(configurations: readonly unknown[]): string {
  const text = JSON.stringify(configurations, (_, value: unknown) =>
    value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value,
  );
  return createHash('sha1').update(text).digest('hex');
}

/** The tracks of pictures of a reference that can be told from whatever stands beside them. */
function videoTracksOf({ video, moreVideo = [] }: CodecReference): ReferenceStream<VideoConfiguration>[] {
  if (video === undefined || moreVideo.length === 0) return [];
  return [video, ...moreVideo].filter(({ configuration }) => {
    const sought = streamOf(configuration, anyTrack, undefined);
    return sought !== undefined && sought.syntax.unmarked === undefined;
  });
}

/** The same with several tracks of pictures, each by its own parameter sets, and the audio. */
async function* attemptsWithSeveral(
  lost: Search,
  videos: readonly ReferenceStream<VideoConfiguration>[],
  audio: readonly ReferenceStream<AudioConfiguration>[],
  unread: readonly UnknownStream[],
  videoFrom: Origin,
  audioFrom: Origin | undefined,
): AsyncGenerator<Attempt> {
  const [video, ...moreVideo] = videos;
  const proof = await prove({ video, moreVideo, audio, from: videoFrom }, lost.media, false);
  if (!proof.accepted) {
    lost.doubts.push(proof.why);
    return;
  }
  yield attemptOf(proof, unread, videoFrom, audioFrom);
}

/** What a reference lends that was proven, each part with where it is from. */
function attemptOf(
  { lent, trial, evidence }: Extract<Proof, { readonly accepted: true }>,
  unread: readonly UnknownStream[],
  videoFrom: Origin | undefined,
  audioFrom: Origin | undefined,
): Attempt {
  return {
    ...lent,
    trial,
    evidence,
    inferred: undefined,
    unread,
    videoFrom: lent.video === undefined ? undefined : videoFrom,
    audioFrom: lent.audio.length === 0 ? undefined : audioFrom,
  };
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
    const proof = await prove({ video, audio: each, from: videoFrom }, lost.media, lost.pictures !== undefined);
    if (!proof.accepted) (proof.contradicted ? lost.contradictions : lost.doubts).push(proof.why);
    if (!proof.accepted && proof.contradicted) return;
    hasPictures = proof.accepted || proof.why !== noPicture;
    if (!proof.accepted) continue;
    yield attemptOf(proof, unread, videoFrom, audioFrom);
  }
  // A recording whose audio is of another codec is no witness of this one: only AAC is recognised by its own syntax.
  const isNone = unread.some(({ kind }) => kind === 'audio');
  if (video === undefined || !hasPictures || lost.audio !== undefined || isNone) return;
  yield* inferringAac(lost, video, videoFrom);
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
