/**
 * An attempt to read media with configurations: what is lost, what was tried, and which of two attempts explains more. It does
 * not know where configurations come from.
 */
import type { FoundAac } from '../carver/aac-discovery.ts';
import { certainShare, isProven, type Evidence, type VideoOrigin } from '../references/prove.ts';
import type { Trial, UndescribedMedia } from '../references/trial.ts';
import type { ReferenceStream, UnknownStream } from '../../media/codec-reference.ts';
import type { SalvorError } from '../../media/errors.ts';
import type { Findings } from '../../media/findings.ts';
import type { AudioConfiguration, Track, VideoConfiguration } from '../../media/track.ts';

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
  /** Further tracks of pictures. */
  readonly moreVideo?: readonly ReferenceStream<VideoConfiguration>[] | undefined;
  readonly audio: readonly ReferenceStream<AudioConfiguration>[];
  /** Audio of several tracks that nothing tells apart: it is looked for, and no track comes of it. */
  readonly mixedAudio?: AudioConfiguration | undefined;
  /** The recording that lent one. */
  readonly reference?: string | undefined;
}

/** What is lost, and what the attempts leave behind for a message where none succeeds. */
export interface Search extends LostMovieConfigurations {
  /** What of the pictures contradicted configurations that were tried, as clauses. */
  readonly contradictions: string[];
  /** Why others were not believed, as clauses. */
  readonly doubts: string[];
  /** Streams of references that are not read. */
  readonly unread: UnknownStream[];
  /** Why the recording that is named lends nothing, where the media has its parameter sets all the same. */
  lendsNothing?: SalvorError;
}

/** Where a configuration is from, and what is said of it. */
export interface Origin extends VideoOrigin {
  readonly what: string;
}

/** Configurations that were tried on the media, and what came of it. */
export interface Attempt extends FoundConfigurations {
  readonly trial: Trial;
  /** How far the video configuration is proven, where it was looked into. */
  readonly evidence?: Evidence | undefined;
  readonly videoFrom: Origin | undefined;
  readonly audioFrom: Origin | undefined;
  readonly inferred: FoundAac | undefined;
  /** Streams of the reference that are not looked for. */
  readonly unread?: readonly UnknownStream[];
}

/** Whether an attempt explains more than the best so far. Of two recordings, pictures that were read to their ends tell more than any share of the bytes; of one, with audio and without, they tell nothing. */
export function isBetter(attempt: Attempt, best: Attempt | undefined): boolean {
  if (best?.video !== undefined && best.video === attempt.video) return worthOf(attempt) > worthOf(best);
  const [own, others] = [degreeOf(attempt), best === undefined ? -1 : degreeOf(best)];
  return own === others ? worthOf(attempt) > worthOf(best) : own > others;
}

/** 2: pictures were read with it, 1: the encoder says so or pictures are of a codec that is not read, 0: nothing was. */
function degreeOf({ video, evidence }: Attempt): number {
  if (evidence === undefined) return video === undefined ? 0 : 1;
  return evidence.wholePictures > 0 ? 2 : evidence.settingsAgree ? 1 : 0;
}

/** Whether no other recording could be proven better. */
export function isConclusive(attempt: Attempt): boolean {
  const isCertain = shareOf(attempt.trial) >= certainShare && (attempt.video === undefined || degreeOf(attempt) > 0);
  return isCertain || isConclusiveBesideOthers(attempt);
}

/** Beside samples of other tracks: pictures were read to their ends, and audio of its own syntax is there. */
function isConclusiveBesideOthers(attempt: Attempt): boolean {
  const { trial, audio } = attempt;
  const isMet = audio.length > 0 && trial.samples.every((count) => count > 0);
  return isMet && degreeOf(attempt) > 1 && trial.passedOver && trial.share >= minShareBesideOthers;
}

const minShareBesideOthers = 0.85;

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
