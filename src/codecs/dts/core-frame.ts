/** The header of the core frame of DTS (ETSI TS 102 114, 5.3): its length, its rate and its channels. Extensions are not read. */
import { BitReader } from '../../bytes/bit-reader.ts';

/** What the header of a core frame says. */
export interface DtsFrame {
  /** Bytes of the core frame. */
  readonly length: number;
  /** Samples of each channel. */
  readonly samples: number;
  /** Hertz. */
  readonly rate: number;
  readonly channels: number;
  /** Bits per second; 0 where it is open. */
  readonly coreBitRate: number;
}

const syncWord = 0x7ffe8001;
/** Hertz by SFREQ (Table 5-5). */
const rates: readonly number[] = [
  0, 8000, 16_000, 32_000, 0, 0, 11_025, 22_050, 44_100, 0, 0, 12_000, 24_000, 48_000, 96_000, 192_000,
];
/** Bits per second by RATE (Table 5-7). */
const bitRates: readonly number[] = [
  32_000, 56_000, 64_000, 96_000, 112_000, 128_000, 192_000, 224_000, 256_000, 320_000, 384_000, 448_000, 512_000,
  576_000, 640_000, 768_000, 960_000, 1_024_000, 1_152_000, 1_280_000, 1_344_000, 1_408_000, 1_411_200, 1_472_000,
  1_536_000,
];
/** Channels by AMODE (Table 5-4). */
const channelCounts: readonly number[] = [1, 2, 2, 2, 2, 3, 3, 4, 4, 5, 6, 6, 6, 7, 8, 8];
const minFrame = 96;

/** The frame at the beginning of the bytes; undefined where none begins. */
export function parseDts(bytes: Uint8Array): DtsFrame | undefined {
  const reader = new BitReader(bytes);
  if (reader.bits(32) !== syncWord) return undefined;
  reader.skip(1 + 5 + 1); // FTYPE, SHORT, CPF
  const blocks = reader.bits(7) + 1;
  const length = reader.bits(14) + 1;
  const arrangement = reader.bits(6);
  const rate = rates[reader.bits(4)]!;
  const coreBitRate = bitRates[reader.bits(5)] ?? 0;
  reader.skip(10); // FixedBit, DYNF, TIMEF, AUXF, HDCD, EXT_AUDIO_ID, EXT_AUDIO, ASPF
  const hasLowFrequency = reader.bits(2) > 0;
  const channels = channelCounts[arrangement];
  if (reader.fault !== undefined || length < minFrame || rate === 0 || channels === undefined) return undefined;
  return { length, samples: blocks * 32, rate, channels: channels + (hasLowFrequency ? 1 : 0), coreBitRate };
}
