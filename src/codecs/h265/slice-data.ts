/**
 * slice_segment_data() of H.265 (ITU-T H.265, 7.3.8.1) read to its end: how many coding tree units a slice segment has, and
 * whether they end where the slice segment does. With other parameter sets than its own it hardly ever does. Nothing is
 * reconstructed, so that what decides on sample values alone is not known.
 */
import { CabacEngine } from '../cabac-engine.ts';
import { isSliceEnd, removeEmulationPrevention } from '../nal-payload.ts';
import { contextCount, setContexts } from './cabac-contexts.ts';
import { CodingStore, type SavedState } from './coding-store.ts';
import { CodingTree } from './coding-tree.ts';
import { nalUnitHeaderLength } from './nal-unit.ts';
import type { SliceFacts } from './slice-segment-header-end.ts';
import { activeParameterSets, parseSliceDataStart, type ParameterSets } from './slice-segment-header.ts';

/** What came of reading a slice segment to its end. */
export type SliceSegmentReading =
  /** Read to its end: `count` coding tree units, of `size` that the picture has. */
  | { readonly kind: 'whole'; readonly count: number; readonly size: number }
  /** What contradicts the parameter sets. */
  | { readonly kind: 'contradicted'; readonly why: string }
  /** Of a syntax that is not read here: nothing is known. */
  | { readonly kind: 'unread'; readonly why: string };

/** Reads the slice segments of one picture, in their order. */
export class PictureReader {
  readonly #sets: ParameterSets;
  #store: CodingStore | undefined;
  #facts: SliceFacts | undefined;
  #sliceAddress = 0;
  #atEnd: SavedState | undefined;

  constructor(sets: ParameterSets) {
    this.#sets = sets;
  }

  /** Reads the next slice segment, its NAL unit header first, in steps. */
  *read(nalUnit: Uint8Array): Generator<void, SliceSegmentReading> {
    const payload = removeEmulationPrevention(nalUnit.subarray(nalUnitHeaderLength));
    const { value: start, fault } = parseSliceDataStart(nalUnit, payload, this.#sets);
    if (start === undefined) return { kind: 'contradicted', why: fault.message };
    if (start === 'unread') return { kind: 'unread', why: 'extensions of the parameter sets' };
    const { header, facts, offset } = start;
    const { sps, pps } = activeParameterSets(this.#sets, header.picParameterSetId)!;
    const range = sps.rangeExtension;
    if (sps.hasFurtherExtensions) return { kind: 'unread', why: 'extensions of the parameter sets' };
    if (sps.separateColourPlaneFlag) return { kind: 'unread', why: 'colour planes coded apart' };
    if (range?.extendedPrecisionProcessingFlag === true || range?.cabacBypassAlignmentEnabledFlag === true) {
      return { kind: 'unread', why: 'extended precision' };
    }
    if (header.firstSliceSegmentInPicFlag || this.#store === undefined) this.#store = new CodingStore(sps, pps);
    if (facts !== 'dependent') {
      this.#facts = facts;
      this.#sliceAddress = header.sliceSegmentAddress;
    }
    if (this.#facts === undefined) return { kind: 'unread', why: 'a slice whose beginning is missing' };
    const reading = new SegmentReading(payload, offset, this.#store, this.#facts, this.#sliceAddress);
    const why = yield* reading.run(header.sliceSegmentAddress, facts === 'dependent' ? this.#atEnd : undefined);
    this.#atEnd = reading.state();
    const size = sps.picSizeInCtbs;
    if (why === undefined) return { kind: 'whole', count: reading.count, size };
    return {
      kind: 'contradicted',
      why: `${why} at coding tree unit ${header.sliceSegmentAddress + reading.count} of ${size}`,
    };
  }
}

class SegmentReading {
  /** Coding tree units read. */
  count = 0;
  readonly #payload: Uint8Array;
  readonly #offset: number;
  readonly #store: CodingStore;
  readonly #facts: SliceFacts;
  readonly #sliceAddress: number;
  readonly #engine: CabacEngine;
  readonly #tree: CodingTree;

  constructor(payload: Uint8Array, offset: number, store: CodingStore, facts: SliceFacts, sliceAddress: number) {
    this.#payload = payload;
    this.#offset = offset;
    this.#store = store;
    this.#facts = facts;
    this.#sliceAddress = sliceAddress;
    this.#engine = new CabacEngine(payload, contextCount);
    this.#tree = new CodingTree(this.#engine, payload, store, facts);
  }

  /** Contexts and statistics as they are now, copied. */
  state(): SavedState {
    const { contexts } = this.#engine;
    return { contexts: contexts.slice(), statistics: this.#tree.transforms.residuals.riceStatistics.slice() };
  }

  /** Goes on as it was; undefined: as a slice begins. */
  #restore(saved: SavedState | undefined): void {
    const { riceStatistics } = this.#tree.transforms.residuals;
    if (saved !== undefined) {
      this.#engine.contexts.set(saved.contexts);
      riceStatistics.set(saved.statistics);
      return;
    }
    const { sliceType, cabacInitFlag, sliceQp } = this.#facts;
    const initType = sliceType === 2 ? 0 : (sliceType === 1) === cabacInitFlag ? 2 : 1;
    setContexts(this.#engine, initType, sliceQp);
    riceStatistics.fill(0);
  }

  /** Gives what is wrong. `before`: the state behind the segment that this one continues. */
  *run(segmentAddress: number, before: SavedState | undefined): Generator<void, string | undefined> {
    const { tiles, slices, pps, sps } = this.#store;
    const engine = this.#engine;
    const inWaves = pps.entropyCodingSyncEnabledFlag;
    engine.start(this.#offset);
    for (let coded = tiles.toCoded[segmentAddress]!; ; coded++) {
      if (coded >= sps.picSizeInCtbs) return 'the slice goes on';
      const address = tiles.toRaster[coded]!;
      slices[address] = this.#sliceAddress;
      const beginsTile = coded === 0 || tiles.ids[address] !== tiles.ids[tiles.toRaster[coded - 1]!];
      const beginsRow = inWaves && tiles.beginsRow[address] === 1;
      if (this.count > 0 && (beginsTile || beginsRow)) {
        // end_of_subset_one_bit, byte_alignment()
        if (engine.terminate() === 0) return 'end_of_subset_one_bit is 0';
        if (!this.#isOne(engine.position - 1)) return 'alignment_bit_equal_to_one is 0';
        engine.start(Math.ceil(engine.position / 8));
      }
      if (beginsTile) this.#restore(undefined);
      else if (beginsRow) this.#restore(this.#ofRowAbove(address));
      else if (this.count === 0) this.#restore(before);
      this.#tree.read(address, this.#sliceAddress);
      if (this.#tree.isBroken) return 'no coding tree unit can be read';
      this.count++;
      const isSecond = address > 0 && tiles.beginsRow[address - 1] === 1 && tiles.beginsRow[address] === 0;
      if (inWaves && isSecond) this.#store.behindSecond = this.state();
      if (engine.terminate() === 1) break;
      if (tiles.beginsRow[address] === 1) yield;
    }
    return isSliceEnd(this.#payload, engine.position - 1) ? undefined : 'the slice does not end where its bytes do';
  }

  /** The state behind the second coding tree unit of the row above, where that is of the same slice and tile (9.3.1). */
  #ofRowAbove(address: number): SavedState | undefined {
    const { tiles } = this.#store;
    const corner = address - tiles.width + 1;
    const isBeside = corner >= 0 && corner % tiles.width > 0 && this.#store.isAlike(address, corner);
    return isBeside ? this.#store.behindSecond : undefined;
  }

  #isOne(bit: number): boolean {
    return ((this.#payload[bit >>> 3]! >> (7 - (bit & 7))) & 1) === 1;
  }
}
