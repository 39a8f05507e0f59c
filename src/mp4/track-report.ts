/** What the report says of a track that was written. */
import {
  codecString as aacCodecString,
  channelCount,
  outputSamplingRate,
} from '../codecs/aac/audio-specific-config.ts';
import { codecString as av1CodecString } from '../codecs/av1/codec-configuration.ts';
import { codecString as avcCodecString } from '../codecs/h264/decoder-configuration.ts';
import { codecString as hevcCodecString } from '../codecs/h265/decoder-configuration.ts';
import { codecString as vpCodecString } from '../codecs/vp9/codec-configuration.ts';
import { roundSeconds, type TrackReport } from '../media/report.ts';
import type { PlacedTrack } from '../media/timeline.ts';
import type { CodecConfiguration } from '../media/track.ts';
import { pictureOf } from './codec-sample-entry.ts';
import type { LeftOut } from '../media/left-out.ts';

/** Object type 64 (0x40) of ISO/IEC 14496-1 is all that is known of audio whose configuration is lost. */
const unknownMpeg4Audio = 'mp4a.40';

type Format = Pick<TrackReport, 'codec' | 'width' | 'height' | 'sampleRate' | 'channels'>;

function formatOf(configuration: CodecConfiguration, kind: TrackReport['kind']): Format {
  if (kind === 'video') {
    const { width, height } = pictureOf(configuration);
    return { codec: videoCodec(configuration), width, height };
  }
  switch (configuration.codec) {
    case 'aac': {
      const { audio } = configuration;
      if (audio === undefined) return { codec: unknownMpeg4Audio };
      const channels = channelCount(audio);
      return {
        codec: aacCodecString(audio),
        sampleRate: outputSamplingRate(audio),
        ...(channels === undefined ? {} : { channels }),
      };
    }
    case 'opus':
      return { codec: 'opus', sampleRate: 48000, channels: configuration.record.outputChannelCount };
    case 'flac': {
      const { sampleRate, channels } = configuration.record.streamInfo;
      return { codec: 'flac', sampleRate, channels };
    }
    case 'ac3':
    case 'eac3': {
      const { sampleRate, channels } = configuration;
      return { codec: configuration.codec === 'ac3' ? 'ac-3' : 'ec-3', sampleRate, channels };
    }
    default:
      return { codec: 'format' in configuration ? configuration.format : configuration.codec };
  }
}

function videoCodec(configuration: CodecConfiguration): string {
  switch (configuration.codec) {
    case 'h264':
      return avcCodecString(configuration.record);
    case 'h265':
      return hevcCodecString(configuration.record);
    case 'av1':
      return av1CodecString(configuration.record);
    case 'vp9':
      return configuration.record === undefined ? 'vp09' : vpCodecString(configuration.record);
    default:
      return configuration.codec === 'unknown' ? configuration.format : configuration.codec;
  }
}

/** `leftOut`: what could not be kept of the track, in `file`. */
export function trackReport(
  { track, delaySeconds, presentationDuration }: PlacedTrack,
  leftOut: LeftOut,
  file: string,
): TrackReport {
  const { samples } = track;
  return {
    id: track.id,
    kind: track.kind,
    ...formatOf(track.configuration, track.kind),
    timescale: track.timescale,
    startSeconds: roundSeconds(delaySeconds),
    kept: {
      samples: samples.length,
      syncSamples:
        samples.sync === undefined ? samples.length : samples.sync.values().reduce((sum, flag) => sum + flag, 0),
      bytes: samples.mediaBytes,
      durationSeconds: roundSeconds(presentationDuration / track.timescale),
    },
    lost: {
      samples: leftOut.samples,
      bytes: leftOut.bytes,
      ranges: leftOut.ranges.map(({ offset, length, startSeconds, durationSeconds }) => ({
        file,
        offset,
        length,
        startSeconds: roundSeconds(startSeconds),
        durationSeconds: roundSeconds(durationSeconds),
      })),
    },
  };
}
