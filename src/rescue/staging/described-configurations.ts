/**
 * The codec configurations of tracks that a track file describes, in a set whose files contradict each other: what stands in
 * the media wins, then what `.info` says if the samples bear it out, then another recording of the same stream, then what can
 * be inferred. What becomes of the samples is not known here.
 */
import { firstElement, guessChannels } from '../../codecs/aac/first-element.ts';
import { SAMPLING_FREQUENCIES } from '../../codecs/aac/sampling-frequency.ts';
import {
  parameterSetNalUnits,
  parseAvcDecoderConfiguration,
  type AvcDecoderConfiguration,
} from '../../codecs/h264/decoder-configuration.ts';
import type { ByteSource } from '../../io/file-source.ts';
import type { Pace } from '../../io/pace.ts';
import { avcOf, type CodecReference } from '../../media/codec-reference.ts';
import { avcConfigurationOf } from '../../media/configurations.ts';
import type { Findings } from '../../media/findings.ts';
import type { SampleTable } from '../../media/sample-table.ts';
import type { AvcConfiguration, Mpeg4AudioConfiguration } from '../../media/track.ts';
import { readCodecConfiguration } from '../../staging/codec-configuration.ts';
import { fits, meanKnownStep } from '../../staging/frame-steps.ts';
import { inBandAvcConfiguration, sameSequenceParameterSet } from '../../staging/in-band-parameter-sets.ts';
import type { OpenedTrack } from '../../staging/opened-tracks.ts';
import { findAudioConfiguration } from '../configurations/made-up-audio.ts';
import { examine, isSpokenFor, proofClause, type Evidence } from '../references/prove.ts';
import { noteUnproven } from '../references/unproven.ts';

/** Pictures that are looked at for whether a reference is right. */
const maxPicturesRead = 64;

/** Offsets of the first samples that are kept. */
function firstKept({ offsets, length }: SampleTable, keep: Uint8Array): number[] {
  const kept: number[] = [];
  for (let i = 0; i < length && kept.length < maxPicturesRead; i++) if (keep[i] !== 0) kept.push(offsets.data[i]!);
  return kept;
}

/** The video configuration: the one in the media wins over the one in `.info`; if they differ, `.info` is of another recording. */
export async function configureVideo(
  video: OpenedTrack,
  keep: Uint8Array,
  mdat: ByteSource,
  references: () => Iterable<CodecReference>,
  findings: Findings,
  pace: Pace,
): Promise<{ configuration: AvcConfiguration | undefined; foreign: boolean }> {
  const { record, entries, source } = video;
  const inBand = inBandAvcConfiguration(entries.samples, keep, mdat);
  const place = { file: source.path, track: 'video' } as const;
  const recorded = record === undefined ? undefined : parseAvcDecoderConfiguration(record.configuration).value;
  const foreign = inBand !== undefined && recorded !== undefined && !sameSequenceParameterSet(inBand, recorded);
  if (foreign) {
    findings.add(
      'staging-info-foreign',
      'the sequence parameter set in .info is not the one in the media; .info is of another recording',
      place,
    );
  }
  if (inBand !== undefined) {
    // What stands in the media is what decodes it; a record that agrees adds nothing.
    if (recorded === undefined || foreign) {
      findings.add(
        'codec-configuration-taken',
        'the video configuration is made of the parameter sets in the media',
        place,
      );
    }
    return { configuration: avcConfigurationOf(inBand), foreign };
  }
  if (record !== undefined) {
    const configuration = readCodecConfiguration(record, source.path, findings);
    // The recorder writes lengths of 4 bytes (observed in every set), whatever a damaged record says.
    if (configuration?.codec === 'h264') {
      return {
        configuration: { ...configuration, record: { ...configuration.record, nalUnitLengthSize: 4 } },
        foreign,
      };
    }
  }
  const pictures = firstKept(entries.samples, keep);
  let best: { readonly record: AvcDecoderConfiguration; readonly file: string; readonly proof: Evidence } | undefined;
  let why = '';
  for (const reference of references()) {
    const lent = avcOf(reference);
    if (lent === undefined) continue;
    const { file } = reference;
    const configured = { ...lent, nalUnitLengthSize: 4 };
    const coded = { codec: 'h264', lengthSize: 4, parameterSets: parameterSetNalUnits(configured) } as const;
    const proof = await pace.through(examine(mdat, pictures, coded, file));
    if (proof.contradiction !== undefined) why = ` (${file} is of other settings: ${proof.contradiction})`;
    else if (best === undefined || isSpokenFor(proof)) best = { record: configured, file, proof };
    if (best !== undefined && isSpokenFor(best.proof)) break;
  }
  if (best !== undefined) {
    const message = `the video configuration${proofClause(best.proof)} is that of ${best.file}`;
    findings.add('codec-configuration-taken', message, { ...place, reference: best.file });
    noteUnproven('h264', best.proof, { ...place, reference: best.file }, findings);
    return { configuration: avcConfigurationOf(best.record), foreign };
  }
  findings.add(
    'codec-configuration-unreadable',
    `the video has no configuration: none in .info, none in the media; a recording of the same stream (--reference) would help${why}`,
    place,
  );
  return { configuration: undefined, foreign };
}

/** What there is beside a described track. */
export interface DescribedSurroundings {
  readonly mdat: ByteSource;
  /** Whether `.info` is of another recording. */
  readonly foreign: boolean;
  readonly video: AvcDecoderConfiguration | undefined;
  readonly references: () => Iterable<CodecReference>;
  readonly findings: Findings;
}

/**
 * The audio configuration: that of `.info` where the steps bear it out, of a reference, or one that is inferred from the
 * steps, in ticks of `timescale`, and the first syntax elements.
 */
export function configureAudio(
  open: OpenedTrack,
  keep: Uint8Array,
  timescale: number,
  around: DescribedSurroundings,
): Mpeg4AudioConfiguration {
  const { samples } = open.entries;
  const steps = meanKnownStep(open.entries);
  if (open.record !== undefined && !around.foreign) {
    const configuration = readCodecConfiguration(open.record, open.source.path, around.findings);
    // The record of another recording gives itself away by frames of another length.
    if (configuration?.codec === 'aac' && (steps === undefined || fits(configuration, timescale, steps))) {
      return configuration;
    }
  }
  const evidence = {
    // Steps that are all alike leave no run. Where they are counted in samples of the audio itself they last a frame.
    frameSeconds:
      steps !== undefined
        ? steps / timescale
        : samples.length > 1 && SAMPLING_FREQUENCIES.includes(timescale)
          ? 1024 / timescale
          : undefined,
    channels: channelsByElement(samples, keep, around.mdat),
    video: around.video,
    file: open.source.path,
  };
  return findAudioConfiguration(evidence, around.references(), around.findings);
}

/** Frames whose first element is looked at. */
const framesLookedAt = 32;

/** Channels by the first syntax element that most of the first frames have. */
function channelsByElement(samples: SampleTable, keep: Uint8Array, mdat: ByteSource): number | undefined {
  const votes = new Map<number, number>();
  let looked = 0;
  for (let i = 0; i < samples.length && looked < framesLookedAt; i++) {
    if (keep[i] === 0) continue;
    looked++;
    const channels = guessChannels(firstElement(mdat.read(samples.offsets.at(i), Math.min(64, samples.sizes.at(i)))));
    if (channels !== undefined) votes.set(channels, (votes.get(channels) ?? 0) + 1);
  }
  return [...votes].sort((a, b) => b[1] - a[1])[0]?.[0];
}
