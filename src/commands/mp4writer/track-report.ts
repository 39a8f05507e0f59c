/** What the report says of a track that was written. */
import {
  codecString as aacCodecString,
  channelCount,
  outputSamplingRate,
} from '../../codecs/aac/audio-specific-config.ts';
import { codecString as avcCodecString } from '../../codecs/h264/decoder-configuration.ts';
import { roundSeconds, type TrackReport } from '../../media/report.ts';
import type { PlacedTrack } from '../../media/timeline.ts';
import type { CodecConfiguration } from '../../media/track.ts';
import { pictureOf } from '../../mp4/movie.ts';
import type { LeftOut } from '../../staging/left-out.ts';

/** Object type 64 (0x40) of ISO/IEC 14496-1 is all that is known of audio whose configuration is lost. */
const unknownMpeg4Audio = 'mp4a.40';

function formatOf(
  configuration: CodecConfiguration,
): Pick<TrackReport, 'codec' | 'width' | 'height' | 'sampleRate' | 'channels'> {
  if (configuration.codec === 'h264') {
    const { width, height } = pictureOf(configuration);
    return { codec: avcCodecString(configuration.record), width, height };
  }
  if (configuration.codec !== 'aac') return { codec: configuration.codec };
  const { audio } = configuration;
  if (audio === undefined) return { codec: unknownMpeg4Audio };
  const channels = channelCount(audio);
  return {
    codec: aacCodecString(audio),
    sampleRate: outputSamplingRate(audio),
    ...(channels === undefined ? {} : { channels }),
  };
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
    ...formatOf(track.configuration),
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
