/** What the configurations of sound say, in ffprobe's words. */
import {
  channelCount,
  codecString,
  outputSamplingRate,
  type AudioSpecificConfig,
} from '../../codecs/aac/audio-specific-config.ts';
import type { CodecFacts } from '../../media/probed-recording.ts';

/** By the object type that a decoder needs to play all there is. */
const aacProfiles: Readonly<Record<number, string>> = {
  1: 'Main',
  2: 'LC',
  3: 'SSR',
  4: 'LTP',
  5: 'HE-AAC',
  23: 'LD',
  29: 'HE-AACv2',
  39: 'ELD',
};

/** Names of layouts by `channelConfiguration` (ISO/IEC 14496-3, Table 1.19). */
const aacLayouts: Readonly<Record<number, string>> = {
  1: 'mono',
  2: 'stereo',
  3: '3.0',
  4: '4.0',
  5: '5.0',
  6: '5.1',
  7: '7.1(wide)',
  11: '6.1(back)',
  12: '7.1',
  14: '7.1(top)',
};

const layoutsByCount: Readonly<Record<number, string>> = {
  1: 'mono',
  2: 'stereo',
  3: '2.1',
  4: '4.0',
  5: '5.0',
  6: '5.1',
  7: '6.1',
  8: '7.1',
};

/** The layout that so many channels have where nothing else is said. */
export function usualLayout(channels: number): string | undefined {
  return layoutsByCount[channels];
}

export function aacFacts(config: AudioSpecificConfig): CodecFacts {
  const channels = channelCount(config);
  const mimeCodec = codecString(config);
  const layout =
    mimeCodec === 'mp4a.40.29' ? 'stereo' : (aacLayouts[config.channelConfiguration] ?? usualLayout(channels ?? 0));
  const profile = aacProfiles[Number(mimeCodec.split('.').at(-1))];
  return {
    name: 'aac',
    mimeCodec,
    ...(profile === undefined ? {} : { profile }),
    sampleRate: outputSamplingRate(config),
    ...(channels === undefined ? {} : { channels }),
    ...(layout === undefined ? {} : { channelLayout: layout }),
  };
}
