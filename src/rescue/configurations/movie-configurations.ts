/**
 * Finds the codec configurations that an MP4 without its moov has lost: the parameter sets in the media win, then other
 * recordings of the same stream, which are tried on the media before they are believed, then what the syntax itself tells.
 * Here the best attempt is chosen and said; what is tried is in tried-configurations.ts.
 */
import { possibleShare, proofClause } from '../references/prove.ts';
import { noteUnproven } from '../references/unproven.ts';
import { beginsHeadlessVp9 } from '../headless-frames.ts';
import { SalvorError } from '../../media/errors.ts';
import {
  isBetter,
  isConclusive,
  type Attempt,
  type FoundConfigurations,
  type LostMovieConfigurations,
  type Search,
} from './attempt.ts';
import { nameOfFormat } from './format-names.ts';
import { inferAudio } from './inferred-audio.ts';
import { attempts } from './tried-configurations.ts';

/** The configurations that explain most of the media; they are reported. Throws `unrecoverable` where the media cannot be read with anything that is known. */
export async function findConfigurations(lost: LostMovieConfigurations): Promise<FoundConfigurations> {
  const { findings, path } = lost;
  const search: Search = { ...lost, contradictions: [], doubts: [], unread: [] };
  const best = await bestAttempt(search);
  const { lendsNothing } = search;
  if (best === undefined) throw lendsNothing ?? refusal(search);
  if (lendsNothing !== undefined) {
    findings.add('reference-not-used', `nothing was taken from ${lost.reference}: ${lendsNothing.message}`, {
      file: path,
    });
  }
  if (best.videoFrom !== undefined) {
    const { what, reference } = best.videoFrom;
    const place = { file: path, track: 'video', ...(reference === undefined ? {} : { reference }) } as const;
    findings.add('codec-configuration-taken', `the video configuration${proofClause(best.evidence)} is ${what}`, place);
    noteUnproven(best.video!.configuration.codec, best.evidence, place, findings);
    for (const [n] of (best.moreVideo ?? []).entries()) {
      findings.add('codec-configuration-taken', `the configuration of video track ${n + 2} is ${what}`, place);
    }
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
  const { video, moreVideo } = best;
  if (best.inferred === undefined) return { video, moreVideo, audio: best.audio, reference };
  return {
    video,
    moreVideo,
    reference,
    ...(await inferAudio(lost, best.video?.configuration, best.inferred, findings)),
  };
}

async function bestAttempt(lost: Search): Promise<Attempt | undefined> {
  let best: Attempt | undefined;
  for await (const attempt of attempts(lost)) {
    if (attempt.trial.share < possibleShare || !isBetter(attempt, best)) continue;
    best = attempt;
    if (isConclusive(best)) break;
  }
  return best;
}

function refusal({ path, reference, findings, media, contradictions, doubts, unread }: Search): SalvorError {
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
    const [doubt] = doubts;
    const why = contradiction ?? (doubt === undefined ? undefined : `${doubt}, from byte ${first?.offset ?? 0} on`);
    return new SalvorError(
      'unrecoverable',
      `the media cannot be read with the codec configuration of ${reference}: it is of another stream, or of other encoder settings${why === undefined ? '' : ` (${why})`}`,
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
