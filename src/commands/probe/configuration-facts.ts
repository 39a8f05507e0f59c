/** What the configuration of a track says, in ffprobe's words, where a reader has made a track of it. */
import type { CodecFacts } from '../../media/probed-recording.ts';
import type { CodecConfiguration } from '../../media/track.ts';
import { aacFacts } from './audio-facts.ts';
import { avcFacts, hevcFacts } from './video-facts.ts';

export function configurationFacts(configuration: CodecConfiguration): CodecFacts {
  if (configuration.codec === 'h264') {
    const { width, height, record } = configuration;
    return { width, height, ...avcFacts(record) };
  }
  if (configuration.codec === 'h265') return hevcFacts(configuration.record);
  if (configuration.codec !== 'aac') return { name: configuration.codec };
  return configuration.audio === undefined ? { name: 'aac', mimeCodec: 'mp4a.40' } : aacFacts(configuration.audio);
}
