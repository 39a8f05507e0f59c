/**
 * Describes the moov of a progressive MP4 from tracks on a timeline. It knows tracks and boxes; where the media lies is
 * one number it is given, and it moves no media.
 */
import { channelCount, outputSamplingRate } from '../codecs/aac/audio-specific-config.ts';
import { withProfileExtension } from '../codecs/h264/decoder-configuration.ts';
import type { SequenceParameterSet } from '../codecs/h264/sequence-parameter-set.ts';
import { SalvorError } from '../media/errors.ts';
import type { PlacedTrack } from '../media/timeline.ts';
import type { AvcConfiguration, CodecConfiguration, Mpeg4AudioConfiguration } from '../media/track.ts';
import { container, type Box } from './box.ts';
import { avc1 } from './boxes/avc1.ts';
import { co64 } from './boxes/co64.ts';
import type { Colour } from './boxes/colr.ts';
import { ctts } from './boxes/ctts.ts';
import { dinf } from './boxes/dinf.ts';
import { elst, type Edit } from './boxes/elst.ts';
import { hdlr } from './boxes/hdlr.ts';
import { mdhd } from './boxes/mdhd.ts';
import { mp4a } from './boxes/mp4a.ts';
import { mvhd } from './boxes/mvhd.ts';
import type { PixelAspect } from './boxes/pasp.ts';
import { smhd } from './boxes/smhd.ts';
import { stco } from './boxes/stco.ts';
import { stsc } from './boxes/stsc.ts';
import { stsd } from './boxes/stsd.ts';
import { stss } from './boxes/stss.ts';
import { stsz } from './boxes/stsz.ts';
import { stts } from './boxes/stts.ts';
import { tkhd } from './boxes/tkhd.ts';
import { vmhd } from './boxes/vmhd.ts';
import { chunksOf, samplesPerChunk } from './chunks.ts';
import { runsOf } from './runs.ts';

export interface MovieOptions {
  /** Seconds since 1904-01-01, UTC. */
  readonly creationTime: number;
  /** Ticks per second of the movie's own durations. */
  readonly timescale: number;
  /**
   * What is added to each offset in the sample tables to get the offset in the file the movie is written to. Asked when the
   * boxes are written: it follows from how long they are.
   */
  readonly shift: () => number;
  /** Whether chunk offsets need 64 bits. */
  readonly largeOffsets: boolean;
}

export function movieBox(placed: readonly PlacedTrack[], options: MovieOptions): Box {
  const tracks = placed.map((place) => trackBox(place, options));
  return container('moov', [
    mvhd({
      creationTime: options.creationTime,
      modificationTime: options.creationTime,
      timescale: options.timescale,
      duration: Math.max(0, ...tracks.map(({ duration }) => duration)),
      nextTrackId: Math.max(0, ...placed.map(({ track }) => track.id)) + 1,
    }),
    ...tracks.map(({ box }) => box),
  ]);
}

/** Movie ticks of a time that must not be cut short: an edit that ends a tick early drops the last frame in some players. */
function movieTicks(ticks: number, timescale: number, movieTimescale: number): number {
  return Math.ceil((ticks * movieTimescale) / timescale);
}

/**
 * The edits that put a track where it belongs: nothing for its delay, then its media from the first picture on. None
 * where the media itself is the presentation: it begins with the first picture and lasts no longer than its decoding does.
 */
export function editsOf(place: PlacedTrack, movieTimescale: number): Edit[] {
  const delay = Math.round(place.delaySeconds * movieTimescale);
  const mediaTime = Math.max(0, place.presentationStart);
  const isWhole = place.presentationDuration <= place.track.samples.mediaDuration;
  if (delay === 0 && mediaTime === 0 && isWhole) return [];
  const media = {
    segmentDuration: movieTicks(place.presentationDuration, place.track.timescale, movieTimescale),
    mediaTime,
  };
  return delay === 0 ? [media] : [{ segmentDuration: delay, mediaTime: -1 }, media];
}

/** What all composition offsets are raised by so that the first picture does not come before the media begins. */
export function compositionShift(place: PlacedTrack): number {
  return Math.max(0, -place.presentationStart);
}

function trackBox(place: PlacedTrack, options: MovieOptions): { box: Box; duration: number } {
  const { track } = place;
  const { samples, configuration, timescale } = track;
  const edits = editsOf(place, options.timescale);
  const mediaDuration = samples.mediaDuration;
  const duration =
    edits.length === 0
      ? movieTicks(mediaDuration, timescale, options.timescale)
      : edits.reduce((total, { segmentDuration }) => total + segmentDuration, 0);
  const times = { creationTime: options.creationTime, modificationTime: options.creationTime };
  const picture = configuration.codec === 'h264' ? pictureOf(configuration) : undefined;
  const box = container('trak', [
    tkhd({
      ...times,
      duration,
      trackId: track.id,
      volume: track.kind === 'audio' ? 1 : 0,
      width: picture?.presentedWidth ?? 0,
      height: picture?.height ?? 0,
    }),
    edits.length === 0 ? undefined : container('edts', [elst(edits)]),
    container('mdia', [
      mdhd({ ...times, timescale, duration: mediaDuration, language: 'und' }),
      track.kind === 'video'
        ? hdlr({ handlerType: 'vide', name: 'VideoHandler' })
        : hdlr({ handlerType: 'soun', name: 'SoundHandler' }),
      container('minf', [track.kind === 'video' ? vmhd() : smhd(), dinf(), sampleTableBox(place, options)]),
    ]),
  ]);
  return { box, duration };
}

function sampleTableBox(place: PlacedTrack, options: MovieOptions): Box {
  const { samples, configuration } = place.track;
  const { length } = samples;
  const shift = compositionShift(place);
  const offsets = samples.compositionOffsets ?? (shift > 0 ? samples.ensureCompositionOffsets() : undefined);
  const chunks = chunksOf(samples);
  return container('stbl', [
    stsd(sampleEntry(configuration)),
    stts(runsOf(samples.durations.data, length)),
    offsets === undefined || !hasValues(offsets.values(), -shift)
      ? undefined
      : ctts(runsOf(offsets.data, length, shift)),
    // Without this box all samples are sync samples.
    samples.sync === undefined || !hasValues(samples.sync.values(), 1) ? undefined : stss(samples.sync.data, length),
    stsz(samples.sizes.values()),
    stsc(samplesPerChunk(chunks)),
    options.largeOffsets ? co64(chunks, options.shift) : stco(chunks, options.shift),
  ]);
}

/** Whether any number differs from `value`. */
function hasValues(numbers: Int32Array | Uint8Array, value: number): boolean {
  return numbers.some((number) => number !== value);
}

function sampleEntry(configuration: CodecConfiguration): Box {
  switch (configuration.codec) {
    case 'h264':
      return videoEntry(configuration);
    case 'aac':
      return audioEntry(configuration);
    default:
      throw new SalvorError('unrecoverable', `an MP4 with ${codecName(configuration)} cannot be written yet`);
  }
}

function codecName(configuration: CodecConfiguration): string {
  return configuration.codec === 'unknown' ? `the codec ${configuration.format}` : configuration.codec;
}

function videoEntry(configuration: AvcConfiguration): Box {
  const { width, height, pixelAspect } = pictureOf(configuration);
  return avc1({
    width,
    height,
    configuration: withProfileExtension(configuration.record),
    colour: colourOf(configuration.sps),
    pixelAspect,
  });
}

function audioEntry({ audio, descriptor }: Mpeg4AudioConfiguration): Box {
  // Where the configuration cannot be read, 2 channels and no rate are what ISO/IEC 14496-14 has players expect and ignore.
  const channels = (audio === undefined ? undefined : channelCount(audio)) ?? 2;
  return mp4a({ channels, sampleRate: audio === undefined ? 0 : outputSamplingRate(audio), descriptor });
}

interface Picture {
  /** Coded picture, cropped: pixels. */
  readonly width: number;
  readonly height: number;
  /** Width it is to be shown with: pixels may not be square. */
  readonly presentedWidth: number;
  readonly pixelAspect: PixelAspect | undefined;
}

/** Size and shape of the picture: the sequence parameter set's, where it can be read. */
export function pictureOf(configuration: AvcConfiguration): Picture {
  const { sps } = configuration;
  const { width, height } = sps ?? configuration;
  const ratio = sps?.vui?.sampleAspectRatio;
  if (ratio === undefined || ratio.sarWidth === 0 || ratio.sarHeight === 0) {
    return { width, height, presentedWidth: width, pixelAspect: undefined };
  }
  return {
    width,
    height,
    presentedWidth: (width * ratio.sarWidth) / ratio.sarHeight,
    pixelAspect: { horizontal: ratio.sarWidth, vertical: ratio.sarHeight },
  };
}

/** ITU-T H.264 E.2.1: 2 is "unspecified" for each of the code points. */
const unspecified = 2;

function colourOf(sps: SequenceParameterSet | undefined): Colour | undefined {
  const signal = sps?.vui?.videoSignalType;
  if (signal === undefined) return undefined;
  const description = signal.colourDescription;
  if (description === undefined && !signal.videoFullRangeFlag) return undefined;
  return {
    primaries: description?.colourPrimaries ?? unspecified,
    transfer: description?.transferCharacteristics ?? unspecified,
    matrix: description?.matrixCoefficients ?? unspecified,
    fullRange: signal.videoFullRangeFlag,
  };
}
