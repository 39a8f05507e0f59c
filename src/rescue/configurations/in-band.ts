/** The video configuration of media that has its parameter sets in it. */
import { h264ParameterSets, type FoundParameterSets } from '../carver/h264-discovery.ts';
import { findH265ParameterSets, h265ParameterSets, type FoundH265ParameterSets } from '../carver/h265-discovery.ts';
import { searchParameterSets, type ParameterSetPattern } from '../carver/parameter-set-search.ts';
import { avcDecoderConfigurationOf } from '../../codecs/h264/decoder-configuration.ts';
import { hevcDecoderConfigurationOf } from '../../codecs/h265/decoder-configuration.ts';
import type { VideoConfiguration } from '../../media/track.ts';
import { avcConfigurationOf, hevcConfigurationOf } from '../../media/configurations.ts';
import type { UndescribedMedia } from '../references/trial.ts';
import type { ReferenceStream } from '../../media/codec-reference.ts';

/** Parameter sets of either codec; the headers of one are none of the other. */
const eitherCodec: ParameterSetPattern<FoundParameterSets | FoundH265ParameterSets> = {
  mayBegin: (first, second) => h264ParameterSets.mayBegin(first, second) || h265ParameterSets.mayBegin(first, second),
  read: (window, offset, end) =>
    h265ParameterSets.read(window, offset, end) ?? h264ParameterSets.read(window, offset, end),
};

/**
 * Configurations made of parameter sets that stand in the media, those that stand first before others. What is H.265 has the
 * bits of H.264 by chance: where the first are of H.264, and who asks is not content with them, those of H.265 are looked for.
 */
export async function* inBandConfigurations({
  source,
  ranges,
  pace,
}: UndescribedMedia): AsyncGenerator<ReferenceStream<VideoConfiguration>> {
  const [first] = ranges;
  const last = ranges.at(-1);
  if (first === undefined || last === undefined) return;
  const [from, to] = [first.offset, last.offset + last.length];
  const found = await searchParameterSets(source, from, to, eitherCodec, pace);
  if (found === undefined) return;
  const configuration = 'sps' in found ? h264Of(found) : h265Of(found);
  if (configuration !== undefined) yield { configuration, timescale: undefined };
  if (!('sps' in found)) return;
  const other = await findH265ParameterSets(source, from, to, pace);
  const otherConfiguration = other === undefined ? undefined : h265Of(other);
  if (otherConfiguration !== undefined) yield { configuration: otherConfiguration, timescale: undefined };
}

function h264Of({ sps, pps }: FoundParameterSets): VideoConfiguration | undefined {
  const record = avcDecoderConfigurationOf(sps, pps);
  return record === undefined ? undefined : avcConfigurationOf(record);
}

function h265Of({
  videoParameterSets,
  sequenceParameterSets,
  pictureParameterSets,
}: FoundH265ParameterSets): VideoConfiguration | undefined {
  const record = hevcDecoderConfigurationOf(videoParameterSets, sequenceParameterSets, pictureParameterSets).value;
  if (record === undefined) return undefined;
  // They stand in the samples as well, and may change there.
  const arrays = record.arrays.map((array) => ({ ...array, arrayCompleteness: false }));
  return hevcConfigurationOf({ ...record, arrays });
}
