/** What the report says of a track that was written. */
import { channelCount, outputSamplingRate } from '../codecs/aac/audio-specific-config.ts';
import { codecStringOf } from '../media/codec-description.ts';
import { roundSeconds, type ConfigurationOrigin, type TrackReport } from '../media/report.ts';
import { courseOf } from '../media/track-course.ts';
import { keptSecondsIn, lostIn, trackRanges, type RangeEvidence } from '../media/track-ranges.ts';
import type { PlacedTrack } from '../media/timeline.ts';
import type { CodecConfiguration } from '../media/track.ts';
import { pictureOf } from './codec-sample-entry.ts';

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

/** What the report says of a track, by what is known of its samples and of where its configuration comes from. */
export function trackReport(
  place: PlacedTrack,
  evidence: RangeEvidence,
  configuration: ConfigurationOrigin,
): TrackReport {
  const { track, delaySeconds, presentationDuration } = place;
  const { samples } = track;
  const ranges = trackRanges(place, evidence);
  const course = courseOf(place);
  return {
    id: track.id,
    kind: track.kind,
    ...formatOf(track.configuration, track.kind),
    timescale: track.timescale,
    startSeconds: roundSeconds(delaySeconds),
    durationSeconds: roundSeconds(presentationDuration / track.timescale),
    configuration,
    kept: {
      samples: samples.length,
      syncSamples:
        samples.sync === undefined ? samples.length : samples.sync.values().reduce((sum, flag) => sum + flag, 0),
      bytes: samples.mediaBytes,
      durationSeconds: keptSecondsIn(ranges),
    },
    lost: lostIn(ranges),
    ranges,
    ...(course === undefined ? {} : { course }),
  };
}
