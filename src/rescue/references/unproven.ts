/**
 * What no block of a picture tells of the parameter sets that a reference lends: values that a decoder computes with and on
 * which no syntax depends. Only the settings of the encoder tell them; where it left none, this says so. It judges nothing.
 */
import type { FindingPlace, Findings } from '../../media/findings.ts';
import type { Evidence } from './prove.ts';

/** By codec, what two recordings may differ in without any sign of it in the syntax. */
const unseen: Readonly<Record<string, string>> = {
  h264: 'bits per sample, offsets of chroma quantisers, scaling lists, implicit weights, constrained intra prediction',
  h265: 'bits per sample, offsets of chroma quantisers, scaling lists, offsets of deblocking, constrained intra prediction, strong intra smoothing',
};

/**
 * Adds a note where a recording (`place.reference`) lends the configuration of a video and no settings of the encoder agree with
 * it. `evidence`: undefined for codecs of which pictures are not read, of which nothing is said here.
 */
export function noteUnproven(
  codec: string,
  evidence: Evidence | undefined,
  place: FindingPlace,
  findings: Findings,
): void {
  const values = unseen[codec];
  if (place.reference === undefined || evidence === undefined || evidence.settingsAgree || values === undefined) return;
  const what = evidence.wholePictures > 0 ? `show in decoded pictures alone: ${values}` : 'slice headers do not tell';
  findings.add(
    'codec-configuration-unproven',
    `the encoder left no settings in the media, so that ${place.reference} is not proven right in values that ${what}; look at the result, of which ffmpeg decodes the first pictures with --verify`,
    place,
  );
}
