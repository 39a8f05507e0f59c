/** ffprobe's names for which loudspeakers the channels of a stream are for. Undefined where it says "unknown". */
import { channelCount, type AudioSpecificConfig } from '../../codecs/aac/audio-specific-config.ts';
import type { ChannelElement } from '../../codecs/aac/program-config-element.ts';

/** By the number of channels, where nothing else is known and ffprobe takes the usual ones. */
const DEFAULT_LAYOUTS = ['mono', 'stereo', '2.1', '4.0', '5.0', '5.1', '6.1', '7.1'] as const;

/** The layout that ffprobe takes where nothing but the number of channels is known. */
export function defaultChannelLayout(channels: number): string | undefined {
  return DEFAULT_LAYOUTS[channels - 1];
}

/** By the number of channels in the order of Vorbis: mapping family 1 of Opus. */
const VORBIS_LAYOUTS = ['mono', 'stereo', '3.0', 'quad', '5.0', '5.1', '6.1', '7.1'] as const;

/** The layout of the Vorbis channel order (Vorbis I, 4.3.9), which Opus uses too. */
export function vorbisChannelLayout(channels: number): string | undefined {
  return VORBIS_LAYOUTS[channels - 1];
}

/** By the number of channels of FLAC (RFC 9639, 9.1.3), unless a comment in the stream says others. */
const FLAC_LAYOUTS = ['mono', 'stereo', '3.0', 'quad', '5.0(side)', '5.1(side)', '6.1', '7.1'] as const;

/** The layout of FLAC's channel assignment (RFC 9639, 9.1.3). */
export function flacChannelLayout(channels: number): string | undefined {
  return FLAC_LAYOUTS[channels - 1];
}

/** By `acmod`, and with the low-frequency channel. */
const AC3_LAYOUTS = ['stereo', 'mono', 'stereo', '3.0', '3.0(back)', '4.0', 'quad(side)', '5.0(side)'] as const;
const AC3_LAYOUTS_WITH_LFE = [
  '2.1',
  '2 channels (FC+LFE)',
  '2.1',
  '3.1',
  '4 channels (FL+FR+LFE+BC)',
  '4.1',
  '5 channels (FL+FR+LFE+SL+SR)',
  '5.1(side)',
] as const;

/** The layout of `acmod` and `lfeon` (ETSI TS 102 366, 4.4.2.3). */
export function ac3ChannelLayout({ acmod, lfeon }: { readonly acmod: number; readonly lfeon: boolean }): string {
  return (lfeon ? AC3_LAYOUTS_WITH_LFE : AC3_LAYOUTS)[acmod & 7]!;
}

/**
 * By `channelConfiguration` (ISO/IEC 14496-3, Table 1.19). 7 is by the standard 7.1 with all but the low-frequency channel
 * in front; ffprobe takes it for the usual 7.1, as encoders mean it.
 */
const AAC_LAYOUTS: ReadonlyMap<number, string> = new Map([
  [1, 'mono'],
  [2, 'stereo'],
  [3, '3.0'],
  [4, '4.0'],
  [5, '5.0'],
  [6, '5.1'],
  [7, '7.1'],
  [11, '6.1(back)'],
  [12, '7.1'],
  [13, '22.2'],
  [14, '5.1.2'],
]);

/** By channels in front, at the sides, at the back, and of low frequency, as a program_config_element has them. */
const PROGRAM_LAYOUTS: ReadonlyMap<string, string> = new Map([
  ['1/0/0/0', 'mono'],
  ['2/0/0/0', 'stereo'],
  ['2/0/0/1', '2.1'],
  ['3/0/0/0', '3.0'],
  ['3/0/0/1', '3.1'],
  ['2/0/1/0', '3.0(back)'],
  ['3/0/1/0', '4.0'],
  ['3/0/1/1', '4.1'],
  ['2/0/2/0', 'quad'],
  ['2/2/0/0', 'quad(side)'],
  ['3/0/2/0', '5.0'],
  ['3/2/0/0', '5.0(side)'],
  ['3/0/2/1', '5.1'],
  ['3/2/0/1', '5.1(side)'],
  ['3/2/1/0', '6.0'],
  ['3/2/1/1', '6.1'],
  ['3/0/3/1', '6.1(back)'],
  ['3/2/2/0', '7.0'],
  ['3/2/2/1', '7.1'],
  ['5/0/2/1', '7.1(wide)'],
]);

function channelsOf(elements: readonly ChannelElement[]): number {
  return elements.reduce((total, { isCpe }) => total + (isCpe ? 2 : 1), 0);
}

/** The layout of a program_config_element where there is one, otherwise of the channel configuration. */
export function aacChannelLayout(config: AudioSpecificConfig): string | undefined {
  const program = config.gaSpecificConfig?.programConfigElement;
  if (program !== undefined) {
    const { frontChannelElements, sideChannelElements, backChannelElements, lfeElementTags } = program;
    const groups = [frontChannelElements, sideChannelElements, backChannelElements].map(channelsOf);
    return PROGRAM_LAYOUTS.get([...groups, lfeElementTags.length].join('/'));
  }
  // Parametric stereo makes two of one.
  return channelCount(config) === 2 ? 'stereo' : AAC_LAYOUTS.get(config.channelConfiguration);
}
