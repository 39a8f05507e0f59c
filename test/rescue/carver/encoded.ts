/**
 * Recordings that ffmpeg's encoders make for a test, as the media that is left when their index is lost; and what ffprobe
 * says was in the index.
 */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { carve, type Carving } from '../../../src/rescue/carver/carver.ts';
import { atOnce } from '../../../src/io/pace.ts';
import { joinTracks, type JoinedTrack } from '../../../src/rescue/carver/joined-tracks.ts';
import { streamOf, type SoughtStream } from '../../../src/rescue/carver/streams.ts';
import { parseHevcDecoderConfiguration } from '../../../src/codecs/h265/decoder-configuration.ts';
import { parseSequenceParameterSet } from '../../../src/codecs/h265/sequence-parameter-set.ts';
import { parseAvcDecoderConfiguration } from '../../../src/codecs/h264/decoder-configuration.ts';
import type { CodecConfiguration } from '../../../src/media/track.ts';
import { avcConfigurationOf, aacConfigurationOf } from '../../../src/media/configurations.ts';
import { parseAudioSpecificConfig } from '../../../src/codecs/aac/audio-specific-config.ts';
import { parseEsDescriptor } from '../../../src/codecs/mpeg4/es-descriptor.ts';
import { probe, probePackets, type ProbedPacket } from '../../support/judges.ts';
import { encode } from '../../codecs/encoded.ts';
import type { Lifetime } from '../../support/scratch.ts';
import { memorySource } from '../../mp4/memory-source.ts';

export interface EncodedMedia {
  /** The whole file; only its media is looked at. */
  readonly bytes: Uint8Array;
  readonly mediaStart: number;
  readonly mediaEnd: number;
  readonly streams: readonly SoughtStream[];
  /** By stream of the file: seconds a tick lasts. */
  readonly ticks: readonly number[];
  /** In the order in which they lie in the file. */
  readonly packets: readonly ProbedPacket[];
}

/** Encodes an MP4 with ffmpeg and takes it apart. */
export async function encodedMedia(t: Lifetime, args: readonly string[]): Promise<EncodedMedia> {
  const file = await encode(t, 'made.mp4', args);
  const bytes = new Uint8Array(readFileSync(file));
  const { streams } = await probe(file);
  const packets = [...(await probePackets(file, { asStored: true }))].sort((a, b) => a.offset! - b.offset!);
  const boxes = topLevel(Buffer.from(bytes));
  const mdat = boxes.find(({ type }) => type === 'mdat');
  if (mdat === undefined) throw new Error(`${basename(file)} has no mdat`);
  const configurations = streams.map(({ codec_name: codec = '' }, index) => {
    const nth = streams.slice(0, index).filter((other) => other.codec_name === codec).length;
    return configurationOf({ bytes: Buffer.from(bytes), from: mdat.end, nth }, codec);
  });
  return {
    bytes,
    mediaStart: mdat.start + 8,
    mediaEnd: mdat.end,
    streams: configurations.map((configuration, index) => {
      const timescale = Number(streams[index]!.time_base.split('/')[1]);
      const stream = streamOf(configuration, { id: index + 1, timescale, known: undefined }, undefined);
      if (stream === undefined) throw new Error(`nothing to look for in stream ${index}`);
      return stream;
    }),
    ticks: streams.map(({ time_base: base }) => 1 / Number(base.split('/')[1])),
    packets,
  };
}

function topLevel(bytes: Buffer): { type: string; start: number; end: number }[] {
  const boxes = [];
  for (let at = 0; at + 8 <= bytes.length;) {
    const size = bytes.readUInt32BE(at);
    boxes.push({ type: bytes.toString('latin1', at + 4, at + 8), start: at, end: at + size });
    if (size < 8) break;
    at += size;
  }
  return boxes;
}

/** The contents of a box of a type among all of it behind the media, where the sample entries are. */
function boxBody({ bytes, from, nth }: SampleEntries, type: string): Uint8Array {
  let at = bytes.indexOf(type, from, 'latin1');
  for (let n = 0; n < nth; n++) at = bytes.indexOf(type, at + 4, 'latin1');
  if (at < 0) throw new Error(`no ${type}`);
  return new Uint8Array(bytes.subarray(at + 4, at - 4 + bytes.readUInt32BE(at - 4)));
}

/** Where to look for the sample entry of a track, and how many of its codec come before it. */
interface SampleEntries {
  readonly bytes: Buffer;
  readonly from: number;
  readonly nth: number;
}

function configurationOf(entries: SampleEntries, codec: string): CodecConfiguration {
  switch (codec) {
    case 'h264':
      return avcConfigurationOf(parseAvcDecoderConfiguration(boxBody(entries, 'avcC')).value!);
    case 'hevc': {
      const record = parseHevcDecoderConfiguration(boxBody(entries, 'hvcC')).value!;
      const nalUnit = record.arrays.find(({ nalUnitType }) => nalUnitType === 33)?.nalUnits[0];
      const sps = nalUnit === undefined ? undefined : parseSequenceParameterSet(nalUnit).value;
      return { codec: 'h265', record, sps, width: 0, height: 0 };
    }
    case 'aac': {
      const descriptor = parseEsDescriptor(boxBody(entries, 'esds').subarray(4)).value!;
      const specific = descriptor.decoderConfig.decoderSpecificInfo!.bytes;
      return aacConfigurationOf(specific, parseAudioSpecificConfig(specific).value!);
    }
    case 'mp3':
      return { codec: 'mp3', header: undefined, descriptor: undefined, sampleRate: 48000, channels: 2 };
    case 'ac3':
      return {
        codec: 'ac3',
        record: {
          fscod: 0,
          bsid: 8,
          bsmod: 0,
          acmod: 2,
          lfeon: false,
          bitRateCode: 0,
          reserved: 0,
          trailing: new Uint8Array(0),
        },
        sampleRate: 48000,
        channels: 2,
      };
    default:
      throw new Error(`${codec} is not looked for`);
  }
}

export interface CarvedMedia {
  readonly carving: Carving;
  readonly tracks: readonly JoinedTrack[];
}

/** Carves the media, `bytes` of it being what is left. */
export async function carveMedia(media: EncodedMedia, bytes: Uint8Array = media.bytes): Promise<CarvedMedia> {
  const { mediaStart, mediaEnd, streams } = media;
  const end = Math.min(mediaEnd, bytes.length);
  const carving = await carve(
    memorySource(bytes),
    [{ offset: mediaStart, length: end - mediaStart, mayBeTorn: true }],
    streams.map(({ syntax }) => syntax),
  );
  return {
    carving,
    tracks: atOnce(
      joinTracks(
        carving,
        streams.map(({ stream }) => stream),
      ),
    ),
  };
}
