/** The configuration of audio whose frames say themselves what a container has to say of them. It knows no container. */
import type { Ac3Specific } from '../codecs/ac3/ac3-specific.ts';
import { ac3ChannelCount } from '../codecs/ac3/channel-count.ts';
import type { Eac3Specific } from '../codecs/ac3/eac3-specific.ts';
import { isLeadFrame, leadFramesIn, parseSyncFrame, type Ac3Frame, type Eac3Frame } from '../codecs/ac3/sync-frame.ts';
import { parseMpegAudioFrameHeader } from '../codecs/mpeg-audio/frame-header.ts';
import type { AudioConfiguration } from './track.ts';

/** Codecs whose frames say all. */
export type SelfDescribing = 'mp3' | 'ac3' | 'eac3';

/** Blocks of 256 samples in a sample of E-AC-3 as containers have it (ETSI TS 102 366, F.6.2.2). */
const eac3SamplesInUnit = 1536;

/** What a sample says of its track, from its first byte on; undefined where no frame of the codec begins it. */
export function configurationOfFrames(codec: SelfDescribing, sample: Uint8Array): AudioConfiguration | undefined {
  if (codec === 'mp3') {
    const header = parseMpegAudioFrameHeader(sample);
    if (header === undefined) return undefined;
    return { codec, header, descriptor: undefined, sampleRate: header.sampleRate, channels: header.channels };
  }
  const frame = parseSyncFrame(sample).value;
  if (frame?.codec === 'ac3') {
    const record = ac3SpecificOf(frame);
    return { codec: 'ac3', record, sampleRate: frame.sampleRate, channels: ac3ChannelCount(record) };
  }
  return frame === undefined ? undefined : eac3Of(frame, sample);
}

function ac3SpecificOf({ fscod, bsid, bsmod, acmod, lfeon, frmsizecod }: Ac3Frame): Ac3Specific {
  const bitRateCode = frmsizecod >>> 1;
  return { fscod, bsid, bsmod, acmod, lfeon, bitRateCode, reserved: 0, trailing: new Uint8Array(0) };
}

/** By the bits of `chanmap` (Table E.1.4), those of `chan_loc` (Table F.6.1) that mean the same pair or channel. */
const locationOfMap: readonly (readonly [map: number, location: number])[] = [
  [5, 0],
  [6, 1],
  [7, 2],
  [8, 3],
  [9, 4],
  [10, 5],
  [11, 6],
  [12, 7],
  [14, 8],
];

/** The channels that a dependent substream brings, as the nine flags of EC3SpecificBox have them. */
function locationsOf(chanmap: number | undefined): number {
  let flags = 0;
  for (const [map, location] of locationOfMap) if (((chanmap ?? 0) >>> (15 - map)) & 1) flags |= 1 << location;
  return flags;
}

function eac3Of(first: Eac3Frame, sample: Uint8Array): AudioConfiguration | undefined {
  let dependents = 0;
  let locations = 0;
  let channels = ac3ChannelCount(first);
  for (let at = first.frameLength; at < sample.length;) {
    const frame = parseSyncFrame(sample.subarray(at)).value;
    if (frame === undefined || frame.codec !== 'eac3' || isLeadFrame(frame)) break;
    if (frame.strmtyp === 1) {
      dependents++;
      locations |= locationsOf(frame.chanmap);
      channels += Math.max(0, ac3ChannelCount(frame) - 2);
    }
    at += frame.frameLength;
  }
  const frames = leadFramesIn(sample) ?? 1;
  const seconds = (frames * first.samplesPerFrame) / first.sampleRate;
  const substream = {
    fscod: first.fscod,
    bsid: first.bsid,
    asvc: false,
    bsmod: 0,
    acmod: first.acmod,
    lfeon: first.lfeon,
    numDepSub: dependents,
    chanLoc: dependents > 0 ? locations : undefined,
    reserved: [0, 0, 0],
  } as const;
  const record: Eac3Specific = {
    dataRate: Math.min(0x1fff, Math.round((8 * sample.length) / seconds / 1000)),
    substreams: [substream],
    trailing: new Uint8Array(0),
  };
  const { sampleRate } = first;
  return {
    codec: 'eac3',
    record,
    sampleRate,
    channels,
    framesInSample: Math.round(eac3SamplesInUnit / first.samplesPerFrame),
  };
}
