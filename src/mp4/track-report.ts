/** What the report says of a track that was written. */
import { channelCount, outputSamplingRate } from '../codecs/aac/audio-specific-config.ts';
import { codecStringOf } from '../media/codec-description.ts';
import { roundSeconds, type TrackReport } from '../media/report.ts';
import type { PlacedTrack } from '../media/timeline.ts';
import type { CodecConfiguration } from '../media/track.ts';
import { pictureOf } from './codec-sample-entry.ts';
import type { LeftOut } from '../media/left-out.ts';

type Format = Pick<TrackReport, 'codec' | 'width' | 'height' | 'sampleRate' | 'channels'>;

function formatOf(configuration: CodecConfiguration, kind: TrackReport['kind']): Format {
  const codec = codecStringOf(configuration);
  if (kind === 'video') {
    const { width, height } = pictureOf(configuration);
    return { codec, width, height };
  }
  switch (configuration.codec) {
    case 'aac': {
      const { audio } = configuration;
      if (audio === undefined) return { codec };
      const channels = channelCount(audio);
      return { codec, sampleRate: outputSamplingRate(audio), ...(channels === undefined ? {} : { channels }) };
    }
    case 'opus':
      return { codec, sampleRate: 48000, channels: configuration.record.outputChannelCount };
    case 'flac': {
      const { sampleRate, channels } = configuration.record.streamInfo;
      return { codec, sampleRate, channels };
    }
    case 'mp3':
    case 'pcm':
    case 'ac3':
    case 'eac3': {
      const { sampleRate, channels } = configuration;
      return { codec, sampleRate, channels };
    }
    default:
      return { codec };
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
