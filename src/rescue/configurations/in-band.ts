/** The video configuration of media that has its parameter sets in it. */
import { findH264ParameterSets } from '../carver/h264-discovery.ts';
import { findH265ParameterSets } from '../carver/h265-discovery.ts';
import { avcDecoderConfigurationOf } from '../../codecs/h264/decoder-configuration.ts';
import { hevcDecoderConfigurationOf } from '../../codecs/h265/decoder-configuration.ts';
import type { VideoConfiguration } from '../../media/track.ts';
import { avcConfigurationOf, hevcConfigurationOf } from '../../media/configurations.ts';
import type { UndescribedMedia } from '../references/trial.ts';
import type { ReferenceStream } from '../../media/codec-reference.ts';

/** A configuration made of parameter sets that stand in the media. */
export async function inBandConfiguration(
  media: UndescribedMedia,
): Promise<ReferenceStream<VideoConfiguration> | undefined> {
  const { ranges } = media;
  const [first] = ranges;
  const last = ranges.at(-1);
  if (first === undefined || last === undefined) return undefined;
  const [from, to] = [first.offset, last.offset + last.length];
  // What is H.265 has the bits of H.264 by chance sooner than the other way round: it is looked for first.
  const configuration = (await inBandH265(media, from, to)) ?? (await inBandH264(media, from, to));
  return configuration === undefined ? undefined : { configuration, timescale: undefined };
}

async function inBandH265(
  { source, pace }: UndescribedMedia,
  from: number,
  to: number,
): Promise<VideoConfiguration | undefined> {
  const found = await findH265ParameterSets(source, from, to, pace);
  if (found === undefined) return undefined;
  const { videoParameterSets, sequenceParameterSets, pictureParameterSets } = found;
  const record = hevcDecoderConfigurationOf(videoParameterSets, sequenceParameterSets, pictureParameterSets).value;
  if (record === undefined) return undefined;
  // They stand in the samples as well, and may change there.
  const arrays = record.arrays.map((array) => ({ ...array, arrayCompleteness: false }));
  return hevcConfigurationOf({ ...record, arrays });
}

async function inBandH264(
  { source, pace }: UndescribedMedia,
  from: number,
  to: number,
): Promise<VideoConfiguration | undefined> {
  const found = await findH264ParameterSets(source, from, to, pace);
  if (found === undefined) return undefined;
  const record = avcDecoderConfigurationOf(found.sps, found.pps);
  return record === undefined ? undefined : avcConfigurationOf(record);
}
