/**
 * The head of a sync frame of AC-3 and E-AC-3 (ETSI TS 102 366, 4.4.1, 4.4.2 and E.1.2): how long the frame is, how long it
 * lasts, and which channels it has. Both begin alike and are told apart by `bsid`.
 */
import { BitReader } from '../../bytes/bit-reader.ts';
import type { Parsed } from '../parsed.ts';

interface SyncFrame {
  readonly bsid: number;
  readonly fscod: number;
  readonly bsmod: number;
  readonly acmod: number;
  readonly lfeon: boolean;
  readonly sampleRate: number;
  /** Bytes of the frame, the sync word among them. */
  readonly frameLength: number;
  /** Samples of each channel. */
  readonly samplesPerFrame: number;
}

/** The head of an AC-3 sync frame (`bsid` up to 10). */
export interface Ac3Frame extends SyncFrame {
  readonly codec: 'ac3';
  readonly frmsizecod: number;
  /** In kbit/s. */
  readonly bitRate: number;
}

/** The head of an E-AC-3 sync frame (`bsid` 11 to 16). */
export interface Eac3Frame extends SyncFrame {
  readonly codec: 'eac3';
  /** 0 independent, 1 dependent, 2 independent and made from AC-3; 3 is reserved. */
  readonly strmtyp: number;
  readonly substreamid: number;
  /** Of dependent substreams that say it: which channels they bring (Table E.1.4), the left one the highest bit. */
  readonly chanmap: number | undefined;
}

/** Bytes from which any head can be read. */
export const syncFrameHeaderBytes = 16;

const SYNC_WORD = 0x0b77;
const SAMPLE_RATES: readonly number[] = [48000, 44100, 32000];
/** kbit/s by half of `frmsizecod` (Table 4.13). */
const BIT_RATES: readonly number[] = [
  32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384, 448, 512, 576, 640,
];
/** Blocks of 256 samples by `numblkscod` (Table E.1.3). */
const BLOCKS: readonly number[] = [1, 2, 3, 6];
const LAST_AC3_BSID = 10;
const LAST_EAC3_BSID = 16;

function parseAc3(reader: BitReader): Ac3Frame {
  reader.skip(16); // crc1
  const fscod = reader.bits(2);
  const frmsizecod = reader.bits(6);
  const bsid = reader.bits(5);
  const bsmod = reader.bits(3);
  const acmod = reader.bits(3);
  if ((acmod & 1) !== 0 && acmod !== 1) reader.skip(2); // cmixlev
  if ((acmod & 4) !== 0) reader.skip(2); // surmixlev
  if (acmod === 2) reader.skip(2); // dsurmod
  const lfeon = reader.flag();
  const baseRate = SAMPLE_RATES[fscod];
  const baseBitRate = BIT_RATES[frmsizecod >>> 1];
  if (baseRate === undefined) reader.fail('expected fscod of at most 2, found 3', 4);
  if (baseBitRate === undefined) reader.fail(`expected frmsizecod of at most 37, found ${frmsizecod}`, 4);
  // bsid 9 and 10 halve and quarter the rates of what is otherwise the same frame.
  const divisor = 2 ** Math.max(0, bsid - 8);
  const rate = baseRate ?? 1;
  const words = Math.floor(((baseBitRate ?? 0) * 96000) / rate) + (fscod === 1 ? frmsizecod & 1 : 0);
  return {
    codec: 'ac3',
    bsid,
    fscod,
    bsmod,
    acmod,
    lfeon,
    sampleRate: rate / divisor,
    frameLength: words * 2,
    samplesPerFrame: 1536,
    frmsizecod,
    bitRate: (baseBitRate ?? 0) / divisor,
  };
}

function parseEac3(reader: BitReader): Eac3Frame {
  const strmtyp = reader.bits(2);
  const substreamid = reader.bits(3);
  const frameLength = (1 + reader.bits(11)) * 2;
  const fscod = reader.bits(2);
  const fscod2OrBlocks = reader.bits(2);
  const acmod = reader.bits(3);
  const lfeon = reader.flag();
  const bsid = reader.bits(5);
  const isReduced = fscod === 3;
  const rate = isReduced ? (SAMPLE_RATES[fscod2OrBlocks] ?? 0) / 2 : SAMPLE_RATES[fscod]!;
  const blocks = isReduced ? 6 : BLOCKS[fscod2OrBlocks]!;
  if (rate === 0) reader.fail('expected fscod2 of at most 2, found 3', 4);
  if (strmtyp === 3) reader.fail('expected strmtyp of at most 2, found 3', 2);
  for (let programme = 0; programme < (acmod === 0 ? 2 : 1); programme++) {
    reader.skip(5); // dialnorm
    if (reader.flag()) reader.skip(8); // compr
  }
  const chanmap = strmtyp === 1 && reader.flag() ? reader.bits(16) : undefined;
  const samplesPerFrame = blocks * 256;
  const common = { bsid, fscod, bsmod: 0, acmod, lfeon, sampleRate: rate, frameLength, samplesPerFrame };
  return { codec: 'eac3', ...common, strmtyp, substreamid, chanmap };
}

/** Parses the head of a sync frame at the beginning of `bytes`. `base`: its file offset, for faults. */
export function parseSyncFrame(bytes: Uint8Array, options: { base?: number } = {}): Parsed<Ac3Frame | Eac3Frame> {
  const base = options.base ?? 0;
  const reader = new BitReader(bytes, { base });
  const syncWord = reader.bits(16);
  if (syncWord !== SYNC_WORD) reader.fail(`expected the sync word 0x0b77, found 0x${syncWord.toString(16)}`, base);
  const bsid = (bytes[5] ?? 0) >>> 3;
  if (bsid > LAST_EAC3_BSID) reader.fail(`expected bsid of at most ${LAST_EAC3_BSID}, found ${bsid}`, base + 5);
  const value = bsid <= LAST_AC3_BSID ? parseAc3(reader) : parseEac3(reader);
  return reader.fault === undefined ? { value, fault: undefined } : { value: undefined, fault: reader.fault };
}

/** Whether a frame is of the first independent substream, by which time goes on. */
export function isLeadFrame(frame: Ac3Frame | Eac3Frame): boolean {
  return frame.codec === 'ac3' || (frame.strmtyp !== 1 && frame.substreamid === 0);
}

/** Frames of the first independent substream in a whole sample; undefined where the bytes are not frames to their end. */
export function leadFramesIn(sample: Uint8Array): number | undefined {
  let leads = 0;
  let at = 0;
  while (at < sample.length) {
    const { value: frame } = parseSyncFrame(sample.subarray(at, at + syncFrameHeaderBytes));
    if (frame === undefined || frame.frameLength === 0) return undefined;
    if (isLeadFrame(frame)) leads++;
    at += frame.frameLength;
  }
  return at === sample.length && leads > 0 ? leads : undefined;
}
