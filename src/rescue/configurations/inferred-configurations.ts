/**
 * Configurations that nothing lends: AAC and Opus beside pictures, AAC alone and AV1, recognised by their syntax and believed where
 * it explains the media.
 */
import { findAac } from '../carver/aac-discovery.ts';
import { findAv1SequenceHeader } from '../carver/av1-discovery.ts';
import { streamOf } from '../carver/streams.ts';
import { av1CodecConfigurationOf } from '../../codecs/av1/codec-configuration.ts';
import { sequenceHeaderOf } from '../../codecs/av1/temporal-unit.ts';
import { certainShare, evidenceOf, minPicturesForRate, minProvenShare, type Evidence } from '../references/prove.ts';
import { tryOn, type Trial } from '../references/trial.ts';
import type { ReferenceStream } from '../../media/codec-reference.ts';
import { Findings } from '../../media/findings.ts';
import type { VideoConfiguration } from '../../media/track.ts';
import type { Attempt, Origin, Search } from './attempt.ts';
import { aacConfigurationFor, opusOf } from './inferred-audio.ts';

/** The audio is recognised by its syntax, or by what else could stand there. */
export async function* inferring(
  lost: Search,
  video: ReferenceStream<VideoConfiguration> | undefined,
  videoFrom: Origin | undefined,
): AsyncGenerator<Attempt> {
  yield* inferringAac(lost, video, videoFrom);
  if (video !== undefined && lost.audio === undefined) yield* inferringOpus(lost, video, videoFrom);
}

/** Audio of which nothing says what it is, as AAC: beside pictures that are known, or alone. */
export async function* inferringAac(
  lost: Search,
  video: ReferenceStream<VideoConfiguration> | undefined,
  videoFrom: Origin | undefined,
): AsyncGenerator<Attempt> {
  if (lost.audio !== undefined) return;
  const { source, ranges, pace } = lost.media;
  const track = { id: 1, timescale: undefined, known: undefined };
  const pictureSyntax = video === undefined ? undefined : streamOf(video.configuration, track, undefined)?.syntax;
  // Beside pictures that little is known by, the syntax of audio proves nothing.
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

/** What seems to be a sequence header of AV1 stands in other media by chance: only where it explains all, it is one. */
export async function* inferringAv1(lost: Search): AsyncGenerator<Attempt> {
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

/** Pictures a second that are usual, and how far what is counted may be from them. */
const usualFrameRates: readonly number[] = [10, 12, 12.5, 15, 20, 24, 25, 30, 48, 50, 60];

const frameRateTolerance = 0.02;

/**
 * What stands between the pictures is Opus, if packets of it fill all of it and are as many as go with pictures of a usual
 * rate: nothing in them says what they are.
 */
async function* inferringOpus(
  lost: Search,
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

/** How far the pictures found prove their configuration; what contradicts it is noted. */
async function provenIn(
  lost: Search,
  video: ReferenceStream<VideoConfiguration>,
  videoFrom: Origin | undefined,
  trial: Trial,
): Promise<Evidence | undefined | 'contradicted'> {
  const evidence = await evidenceOf(video, videoFrom, trial.pictures[0]!, lost.media);
  if (evidence?.contradiction === undefined) return evidence;
  lost.contradictions.push(evidence.contradiction);
  return 'contradicted';
}
