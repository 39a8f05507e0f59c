/**
 * A codec configuration from the frames themselves, where the sequence header was lost: H.264's parameter sets if they are
 * in-band, AAC's rate from the distance of the frames and its channels from their syntax.
 */
import { firstElement, guessChannels } from '../../codecs/aac/first-element.ts';
import { SAMPLING_FREQUENCIES } from '../../codecs/aac/sampling-frequency.ts';
import {
  avcDecoderConfigurationOf,
  withProfileExtension,
  writeAvcDecoderConfiguration,
} from '../../codecs/h264/decoder-configuration.ts';
import { hevcDecoderConfigurationOf, writeHevcDecoderConfiguration } from '../../codecs/h265/decoder-configuration.ts';
import { NalUnitType, nalUnitType } from '../../codecs/h264/nal-unit.ts';
import { MediaTag } from '../../flv/media-tag.ts';
import type { TrackSurvey } from '../../flv/track-survey.ts';
import { tagHeaderLength } from '../../flv/tag.ts';
import { TagReader } from '../../flv/tag-reader.ts';
import type { ByteSource } from '../../io/file-source.ts';

/** Tags looked into, and the largest parameter set that is believed. */
const tagsLookedInto = 2000;
const maxParameterSet = 4096;
const aacSamplesPerFrame = 1024;
const aacLowComplexity = 2;

/** Where the media of a tag lies. */
interface FramePlace {
  readonly offset: number;
  readonly length: number;
}

/** The frames of a kind from a tag on, behind the headers of their tags. */
function* framesFrom(source: ByteSource, from: number, kind: 'video' | 'audio'): Generator<FramePlace> {
  const reader = new TagReader(source, from);
  const tag = new MediaTag();
  for (let left = tagsLookedInto; left > 0; left--) {
    const event = reader.next();
    if (event === 'end') return;
    if (event !== 'tag') continue;
    tag.read(reader);
    if (tag.kind !== kind || (tag.role !== 'frame' && tag.role !== 'keyFrame')) continue;
    const { headerLength } = tag;
    yield { offset: reader.offset + tagHeaderLength + headerLength, length: reader.dataSize - headerLength };
  }
}

/** The media of the tags of a kind, from a tag on. */
function* mediaOf(source: ByteSource, from: number, kind: 'video' | 'audio'): Generator<Uint8Array> {
  for (const { offset, length } of framesFrom(source, from, kind)) yield source.read(offset, length).slice();
}

/** Offsets of the first pictures from a tag on, at most `max` of them: behind the headers of their tags. */
export function* pictureOffsets(source: ByteSource, from: number, max: number): Generator<number> {
  let count = 0;
  for (const { offset } of framesFrom(source, from, 'video')) {
    yield offset;
    if (++count === max) return;
  }
}

/** The types of the NAL units that hold parameter sets, in the order of a decoder configuration record. */
const parameterSetTypes: Readonly<Record<string, readonly number[]>> = {
  avc1: [NalUnitType.sequenceParameterSet, NalUnitType.pictureParameterSet],
  hvc1: [32, 33, 34],
};

/** A decoder configuration record of the first parameter sets that stand among the pictures; for H.264 and H.265. */
export function inBandVideoConfiguration(source: ByteSource, from: number, codec: string): Uint8Array | undefined {
  const types = parameterSetTypes[codec];
  if (types === undefined) return undefined;
  const found = new Map<number, Uint8Array>();
  for (const picture of mediaOf(source, from, 'video')) {
    for (const nalUnit of nalUnitsOf(picture)) {
      const type = codec === 'avc1' ? nalUnitType(nalUnit) : (nalUnit[0]! >>> 1) & 0x3f;
      if (types.includes(type) && nalUnit.length <= maxParameterSet && !found.has(type)) found.set(type, nalUnit);
    }
    if (found.size === types.length) break;
  }
  if (found.size < types.length) return undefined;
  const sets = types.map((type) => found.get(type)!);
  if (codec === 'avc1') return avcRecord(sets[0]!, sets[1]!);
  const record = hevcDecoderConfigurationOf([sets[0]!], [sets[1]!], [sets[2]!]).value;
  return record === undefined ? undefined : writeHevcDecoderConfiguration(record);
}

function avcRecord(sps: Uint8Array, pps: Uint8Array): Uint8Array | undefined {
  const record = avcDecoderConfigurationOf(sps, pps);
  return record === undefined ? undefined : writeAvcDecoderConfiguration(withProfileExtension(record));
}

function* nalUnitsOf(picture: Uint8Array): Generator<Uint8Array> {
  const view = new DataView(picture.buffer, picture.byteOffset, picture.byteLength);
  let at = 0;
  while (at + 5 <= picture.length) {
    const length = view.getUint32(at);
    at += 4;
    if (length === 0 || at + length > picture.length) return;
    yield picture.subarray(at, at + length);
    at += length;
  }
}

/** An AudioSpecificConfig of AAC-LC, if the frames leave no doubt about rate and channels. */
export function inferredAudioConfiguration(
  source: ByteSource,
  track: TrackSurvey,
): { readonly specificConfig: Uint8Array; readonly hertz: number } | undefined {
  const { clock, frames } = track;
  if (frames < 16 || clock.lowest !== clock.first) return undefined;
  const step = (clock.highest - clock.first) / (frames - 1);
  const index = SAMPLING_FREQUENCIES.findIndex((hertz) => {
    const exact = (aacSamplesPerFrame * 1000) / hertz;
    return Math.abs(step - exact) < exact / 50;
  });
  if (index < 0) return undefined;
  let channels: number | undefined;
  for (const accessUnit of mediaOf(source, track.firstFrameOffset, 'audio')) {
    channels = guessChannels(firstElement(accessUnit));
    if (channels !== undefined) break;
  }
  if (channels === undefined || channels > 7) return undefined;
  const bits = (aacLowComplexity << 11) | (index << 7) | (channels << 3);
  return { specificConfig: Uint8Array.of(bits >>> 8, bits & 0xff), hertz: SAMPLING_FREQUENCIES[index]! };
}
