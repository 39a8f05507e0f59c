/**
 * individual_channel_stream() (ISO/IEC 14496-3, Table 4.44): one channel's frame, from its gain to its spectrum.
 */
import type { BitCursor } from './bit-cursor.ts';
import type { FrameSyntax } from './frame-syntax.ts';
import { huffmanLookups } from './huffman-lookup.ts';
import { IcsInfo } from './ics-info.ts';
import { ScaleFactorData } from './scale-factor-data.ts';
import { SectionData } from './section-data.ts';
import { skipSpectralData } from './spectral-data.ts';
import { skipTnsData } from './tns-data.ts';

/** Parses the stream of one channel to its last bit; one instance is parsed into again and again. */
export class IndividualChannelStream {
  /** The windows of the channel, shared by the pair where it has a common window. */
  readonly info = new IcsInfo();
  readonly sections = new SectionData();
  readonly scaleFactors = new ScaleFactorData();
  readonly lookups = huffmanLookups();
  /** Bands that have a scale factor or the like, of the channels parsed since it was last set to 0. */
  codedBands = 0;

  /** `commonWindow`: `info` was parsed before. `second`: of a pair. */
  parse(cursor: BitCursor, syntax: FrameSyntax, commonWindow: boolean, second: boolean): void {
    const { info, sections, lookups } = this;
    const globalGain = cursor.bits(8);
    if (!commonWindow) info.parse(cursor, syntax, false);
    if (cursor.fault !== undefined) return;
    sections.parse(cursor, syntax, info, commonWindow && second);
    this.scaleFactors.parse(cursor, syntax, lookups.scaleFactors, sections, globalGain);
    this.codedBands += this.scaleFactors.bandCount;
    if (cursor.bits(1) === 1) this.#skipPulseData(cursor);
    if (cursor.bits(1) === 1) skipTnsData(cursor, syntax, info);
    // Only the scalable sampling rate object type has it.
    if (cursor.bits(1) === 1) cursor.fail('there is gain control, which AAC-LC has not');
    if (cursor.fault === undefined) skipSpectralData(cursor, lookups.spectral, info, sections);
  }

  /** pulse_data() (Table 4.7). */
  #skipPulseData(cursor: BitCursor): void {
    const { info } = this;
    const pulses = cursor.bits(2) + 1;
    const startBand = cursor.bits(6); // pulse_start_sfb
    if (info.isEightShort) cursor.fail('there are pulses in short windows'); // 4.6.3.3: long ones only
    if (startBand >= info.bandCount) cursor.fail('pulses begin beyond the last band');
    if (cursor.fault !== undefined) return;
    let line = info.offsets[startBand]!;
    for (let pulse = 0; pulse < pulses; pulse++) {
      line += cursor.bits(5); // pulse_offset
      cursor.skip(4); // pulse_amp
    }
    if (line >= info.offsets[info.bandCount]!) cursor.fail('a pulse lies beyond the last band');
  }
}
