/**
 * Frames of audio that say their own length, whatever their codec: ADTS, LATM, MPEG audio, AC-3, E-AC-3 and the core of DTS.
 * For whoever cuts a byte stream of audio into its frames. It knows neither containers nor what is in a frame.
 */
import { parseAdtsHeader } from './aac/adts-header.ts';
import { parseLatm } from './aac/latm.ts';
import { parseSyncFrame, type Ac3Frame, type Eac3Frame } from './ac3/sync-frame.ts';
import { parseDts } from './dts/core-frame.ts';
import { parseMpegAudioFrameHeader } from './mpeg-audio/frame-header.ts';

/** How frames of a codec are known. */
export interface AudioFrameSyntax {
  /** The first byte of every frame. */
  readonly first: number;
  /** Bytes from which a header can be read. */
  readonly headerLength: number;
  /** Of the first four bytes, those bits that are the same in all frames of a stream. */
  readonly constant: number;
  /** And of the first eight, in two halves, those that are the same in most. */
  readonly usual: readonly [number, number];
}

const syntaxes: Readonly<Record<string, AudioFrameSyntax>> = {
  // All but the private bit, as far as the channels.
  aac: { first: 0xff, headerLength: 7, constant: 0xff_ff_fd_c0, usual: [0, 0] },
  aac_latm: { first: 0x56, headerLength: 3, constant: 0xff_e0_00_00, usual: [0, 0] },
  dts: { first: 0x7f, headerLength: 16, constant: 0xff_ff_ff_ff, usual: [0, 0] },
  // The code of rate and size, and what kind of bit stream it is.
  ac3: { first: 0x0b, headerLength: 16, constant: 0xff_ff_00_00, usual: [0, 0xff_ff_00_00] },
  eac3: { first: 0x0b, headerLength: 16, constant: 0xff_ff_00_00, usual: [0x00_00_ff_ff, 0xff_f8_00_00] },
  // Version, layer and sampling rate; bit rate and the kind of stereo may change.
  mp2: { first: 0xff, headerLength: 4, constant: 0xff_fe_0c_00, usual: [0x00_00_f0_cf, 0] },
  mp3: { first: 0xff, headerLength: 4, constant: 0xff_fe_0c_00, usual: [0x00_00_f0_cf, 0] },
};

/** How the frames of a codec, by ffprobe's name, are known; undefined where it has none that say their length. */
export function audioFrameSyntax(name: string | undefined): AudioFrameSyntax | undefined {
  return name === undefined ? undefined : syntaxes[name];
}

/** What the header of an audio frame says of its size and its time. */
export interface AudioFrameHeader {
  readonly length: number;
  /** 0 of what adds channels to the frame before it. */
  readonly samples: number;
  /** Hertz; 0 where this frame does not say it. */
  readonly rate: number;
  /** Bits per second, where the header says them and another frame may have other ones. */
  readonly bitRate?: number;
  /** True where the frame itself bears its length out, beside the header. */
  readonly isFilled?: boolean;
}

/** The audio frame that begins with the first byte; undefined where none does. `name`: ffprobe's, of a codec with a syntax. */
export function audioFrameHeader(name: string, bytes: Uint8Array): AudioFrameHeader | undefined {
  if (name === 'aac') {
    const header = parseAdtsHeader(bytes).value;
    if (header === undefined) return undefined;
    return { length: header.frameLength, samples: 1024 * header.rawDataBlocks, rate: header.samplingFrequency };
  }
  if (name === 'aac_latm') return parseLatm(bytes);
  if (name === 'dts') return parseDts(bytes);
  if (name === 'ac3' || name === 'eac3') {
    const frame = parseSyncFrame(bytes).value;
    if (frame === undefined) return undefined;
    return { length: frame.frameLength, samples: ownSamples(frame), rate: frame.sampleRate };
  }
  const header = parseMpegAudioFrameHeader(bytes);
  if (header === undefined) return undefined;
  const { frameLength: length, samplesPerFrame: samples, sampleRate: rate, bitRate } = header;
  return { length, samples, rate, bitRate: bitRate * 1000 };
}

/** Dependent substreams of E-AC-3, and those of other programmes, last as long as the first and no longer (E.1.3.1). */
function ownSamples(frame: Ac3Frame | Eac3Frame): number {
  return frame.codec === 'eac3' && (frame.strmtyp === 1 || frame.substreamid > 0) ? 0 : frame.samplesPerFrame;
}
