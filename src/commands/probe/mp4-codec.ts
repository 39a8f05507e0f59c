/**
 * The codec of an MP4 track: what its sample entry says, and its first frame for VP9, whose record has no size, for H.263, whose
 * pictures say their shape, and for H.264 of fields; of AAC some more, which may show more than the entry tells.
 */
import { h263SampleAspectOf } from '../../codecs/h263-picture.ts';
import { parseVp9FrameHeader } from '../../codecs/vp9/frame-header.ts';
import { ratio } from '../../media/ffprobe/ffprobe.ts';
import type { CodecFacts } from '../../media/probed-recording.ts';
import type { ReadTrack } from '../../mp4/movie-samples.ts';
import { plainConfigurationOf } from '../../mp4/codec-sample-entry.ts';
import { parameterSetNalUnits } from '../../codecs/h264/decoder-configuration.ts';
import { lacksFieldOrder, pictureHead, withOrderOfSample, withOrderOfStream } from './field-order.ts';
import { accessUnitsOfTable, withShown } from './implicit-extension.ts';
import { sampleEntryFacts } from './sample-entry-facts.ts';

/** Bytes of a frame that hold its size. */
const frameHead = 64;

/** Reads media of such tracks only. */
export function trackFacts(read: ReadTrack): CodecFacts {
  const { track, samples } = read;
  const facts = sampleEntryFacts(track.entries[0]);
  const { table } = samples;
  if (table.length === 0 || track.entries[0]?.encrypted === true) return facts;
  if (lacksFieldOrder(facts)) return withOrderOfFirst(facts, read);
  if (facts.name === 'aac') {
    return withShown(facts, plainConfigurationOf(track.entries[0]!), accessUnitsOfTable(track.span.source, table));
  }
  if (facts.name !== 'vp9' && facts.name !== 'h263') return facts;
  const length = Math.min(frameHead, table.sizes.at(0));
  const head = track.span.source.read(table.offsets.at(0), length).slice();
  if (facts.name === 'h263') {
    const aspect = h263SampleAspectOf(head);
    return aspect === undefined ? facts : { ...facts, sampleAspect: ratio(aspect.sarWidth, aspect.sarHeight) };
  }
  const frame = parseVp9FrameHeader(head).value;
  if (frame?.width === undefined || frame.height === undefined) return facts;
  return { ...facts, width: frame.width, height: frame.height };
}

function withOrderOfFirst(facts: CodecFacts, { track, samples: { table } }: ReadTrack): CodecFacts {
  const head = track.span.source.read(table.offsets.at(0), Math.min(pictureHead, table.sizes.at(0))).slice();
  const configuration = plainConfigurationOf(track.entries[0]!);
  if (configuration.codec !== 'h264') return withOrderOfStream(facts, head);
  const { record } = configuration;
  const sets = { lengthSize: record.nalUnitLengthSize, parameterSets: parameterSetNalUnits(record) };
  return withOrderOfSample(facts, head, sets);
}
