/**
 * Cuts H.264 and H.265 of a transport stream into access units with lengths in place of start codes, and makes the
 * decoder configuration of the parameter sets that go by. It knows neither packets nor tables.
 */
import { avcDecoderConfigurationOf } from '../codecs/h264/decoder-configuration.ts';
import { hevcDecoderConfigurationOf } from '../codecs/h265/decoder-configuration.ts';
import { avcConfigurationOf, hevcConfigurationOf } from '../media/configurations.ts';
import type { VideoConfiguration } from '../media/track.ts';
import { PesMedia, type ElementaryCutter, type ElementaryUnit, type PesTimes } from './elementary-units.ts';
import { H264Pictures } from './pictures/h264-pictures.ts';
import { H265Pictures } from './pictures/h265-pictures.ts';
import type { PictureSyntax } from './pictures/picture-syntax.ts';

const startCode = Uint8Array.of(0, 0, 1);
const lengthBytes = 4;
/** Media in which no access unit begins is not held for longer. */
const maxHeldBytes = 64 * 1024 * 1024;

/** What the cutter tells of. */
export interface VideoUnitVisitor {
  /** The configuration of the units that follow. */
  configuration(configuration: VideoConfiguration): void;
  unit(unit: ElementaryUnit): void;
}

interface NalUnit {
  /** Behind its start code. */
  readonly start: number;
  readonly end: number;
}

/** The NAL units of parameter sets with start codes before them. */
function splitSets(sets: Uint8Array): Uint8Array[] {
  const bytes = Buffer.from(sets.buffer, sets.byteOffset, sets.length);
  const units: Uint8Array[] = [];
  for (let code = bytes.indexOf(startCode); code >= 0;) {
    const next = bytes.indexOf(startCode, code + 3);
    const end = next < 0 ? bytes.length : bytes[next - 1] === 0 ? next - 1 : next;
    units.push(Uint8Array.from(bytes.subarray(code + 3, end)));
    code = next;
  }
  return units;
}

function avcOf(sets: readonly Uint8Array[]): VideoConfiguration | undefined {
  const ofType = (type: number): Uint8Array[] => sets.filter((set) => (set[0]! & 0x1f) === type);
  const [sps, pps] = [ofType(7), ofType(8)];
  if (sps.length === 0 || pps.length === 0) return undefined;
  const record = avcDecoderConfigurationOf(sps[0]!, pps[0]!);
  if (record === undefined) return undefined;
  return avcConfigurationOf({ ...record, sequenceParameterSets: sps, pictureParameterSets: pps });
}

function hevcOf(sets: readonly Uint8Array[]): VideoConfiguration | undefined {
  const ofType = (type: number): Uint8Array[] => sets.filter((set) => ((set[0]! >>> 1) & 0x3f) === type);
  const record = hevcDecoderConfigurationOf(ofType(32), ofType(33), ofType(34)).value;
  return record === undefined || ofType(34).length === 0 ? undefined : hevcConfigurationOf(record);
}

/** Cuts one PID. */
export class VideoUnits implements ElementaryCutter {
  readonly #visitor: VideoUnitVisitor;
  readonly #codec: 'h264' | 'h265';
  readonly #held = new PesMedia();
  #syntax: PictureSyntax;
  /** Of the access unit in progress, in the held bytes. */
  #units: NalUnit[] = [];
  #hasPicture = false;
  #isSync = false;
  /** Where the NAL unit in progress begins, -1 before the first start code. */
  #open = -1;
  #searched = 0;
  #sets = Buffer.alloc(0);
  /** Parameter sets as they were when the picture in progress began, if decoding can begin with it. */
  #setsOfPicture: Uint8Array | undefined;
  #hasConfiguration = false;
  #out = new Uint8Array(64 * 1024);

  constructor(codec: 'h264' | 'h265', visitor: VideoUnitVisitor) {
    this.#codec = codec;
    this.#visitor = visitor;
    this.#syntax = codec === 'h264' ? new H264Pictures() : new H265Pictures();
  }

  take(media: Uint8Array, times: PesTimes): void {
    if (this.#held.length > maxHeldBytes) this.clear();
    this.#held.append(media, times);
    this.#scan();
  }

  flush(): void {
    if (this.#open >= 0) this.#close(this.#held.length);
    this.#open = -1;
    this.#emit();
    this.#held.clear();
    this.#searched = 0;
  }

  clear(): void {
    this.#held.clear();
    this.#units = [];
    this.#hasPicture = false;
    this.#isSync = false;
    this.#open = -1;
    this.#searched = 0;
    this.#syntax.endPrefix();
  }

  /** Finds the start codes in what is new. */
  #scan(): void {
    const held = this.#held;
    for (;;) {
      const bytes = held.bytes.subarray(0, held.length);
      const code = bytes.indexOf(startCode, this.#searched);
      if (code < 0) {
        this.#searched = Math.max(this.#searched, held.length - 2);
        return;
      }
      const forgotten = this.#open >= 0 ? this.#close(code) : 0;
      this.#open = code + 3 - forgotten;
      this.#searched = this.#open;
    }
  }

  /** The NAL unit in progress ends where the next start code stands. Gives how many of the held bytes are gone then. */
  #close(code: number): number {
    const { bytes } = this.#held;
    const start = this.#open;
    let end = code;
    while (end > start && bytes[end - 1] === 0) end--;
    if (end === start) return 0;
    const wanted = this.#syntax.wanted(bytes[start]!);
    const role = wanted === 0 ? 'other' : this.#syntax.read(bytes.subarray(start, Math.min(end, start + wanted)));
    const begins = this.#hasPicture && (role === 'prefix' || role === 'picture');
    // Of what is held until the unit is handed on, the head may be gone then.
    const { entry, recoveryCount } = this.#syntax;
    const forgotten = begins ? this.#emit(start) : 0;
    this.#units.push({ start: start - forgotten, end: end - forgotten });
    if (role === 'picture') {
      this.#hasPicture = true;
      this.#isSync = entry === 'idr' || entry === 'irap' || (entry === 'recovery-point' && recoveryCount === 0);
      if (this.#isSync || !this.#hasConfiguration) this.#setsOfPicture = this.#syntax.parameterSets();
      this.#syntax.endPrefix();
    }
    return forgotten;
  }

  /** Hands on the access unit in progress. Gives how many of the held bytes are gone; `keepFrom`: what is kept. */
  #emit(keepFrom = this.#held.length): number {
    const units = this.#units;
    this.#units = [];
    const wasPicture = this.#hasPicture;
    this.#hasPicture = false;
    const [first] = units;
    // The start code of what follows may have a zero byte more before it.
    const forgotten = Math.max(0, keepFrom - 4);
    if (first !== undefined && wasPicture) {
      const { ptsTicks, dtsTicks } = this.#held.timesAt(first.start);
      if (this.#setsOfPicture !== undefined) this.#configure(this.#setsOfPicture);
      this.#visitor.unit({ ptsTicks, dtsTicks, isSync: this.#isSync, data: this.#join(units), lasts: 0 });
    }
    this.#isSync = false;
    this.#setsOfPicture = undefined;
    this.#held.forget(forgotten);
    return forgotten;
  }

  #join(units: readonly NalUnit[]): Uint8Array {
    const { bytes } = this.#held;
    const length = units.reduce((sum, { start, end }) => sum + lengthBytes + end - start, 0);
    if (length > this.#out.length) this.#out = new Uint8Array(2 * length);
    const out = this.#out;
    let at = 0;
    for (const { start, end } of units) {
      const size = end - start;
      out[at] = size >>> 24;
      out[at + 1] = size >>> 16;
      out[at + 2] = size >>> 8;
      out[at + 3] = size;
      out.set(bytes.subarray(start, end), at + lengthBytes);
      at += lengthBytes + size;
    }
    return out.subarray(0, length);
  }

  #configure(parameterSets: Uint8Array): void {
    const sets = Buffer.from(parameterSets);
    if (sets.equals(this.#sets)) return;
    this.#sets = sets;
    const units = splitSets(sets);
    const configuration = this.#codec === 'h264' ? avcOf(units) : hevcOf(units);
    if (configuration === undefined) return;
    this.#hasConfiguration = true;
    this.#visitor.configuration(configuration);
  }
}
