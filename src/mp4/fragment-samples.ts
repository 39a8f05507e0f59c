/**
 * Reads the samples of movie fragments (moof, ISO/IEC 14496-12 clause 8.8) into the columns of their tracks, behind what
 * the moov itself describes. Times go on where the fragment before ended unless the fragment says otherwise.
 */
import type { SampleTable } from '../media/sample-table.ts';
import { BoxWalk } from './box-walk.ts';
import type { BoxSpan } from './box.ts';
import { readTfdt } from './boxes/tfdt.ts';
import { readTfhd, type TrackFragmentHeader } from './boxes/tfhd.ts';
import type { TrackExtends } from './boxes/trex.ts';
import { nonSyncSample, readTrun, type TrackRun } from './boxes/trun.ts';

/** A track that fragments are read into. */
export interface FragmentedTrack {
  readonly trackId: number;
  readonly table: SampleTable;
  readonly defaults: TrackExtends | undefined;
}

/** What was strange in the fragments. */
export interface FragmentFaults {
  /** Fragments that are cut: their moof ends before the end it claims, or a run in it does. */
  torn: number;
  /** Offset of the first of them. */
  tornAt: number;
  /** Fragments of tracks that the moov does not know. */
  foreign: number;
  /** Fragments that begin before the one before ended, and by how much at most, in seconds' numerator (ticks). */
  backward: number;
  backwardTicks: number;
  backwardAt: number;
}

/** Where nothing is strange. */
export function noFragmentFaults(): FragmentFaults {
  return { torn: 0, tornAt: 0, foreign: 0, backward: 0, backwardTicks: 0, backwardAt: 0 };
}

const maxBoxesInFragment = 4096;
/** No recording has more samples than bytes, nor as many as this. */
const maxSamples = 50_000_000;

/** Reads one fragment after the other and collects what is wrong with them in `faults`. */
export class FragmentReader {
  readonly faults: FragmentFaults = noFragmentFaults();
  readonly #tracks: ReadonlyMap<number, FragmentedTrack>;
  /** Ticks from the first sample's decode time to the end of the last's, by track. */
  readonly #ends = new Map<number, number>();
  readonly #shift: number;
  #left: number;

  /** `shift`: bytes by which all that offsets from the beginning of the file point to lies further on than they say. */
  constructor(tracks: readonly FragmentedTrack[], fileSize: number, shift = 0) {
    this.#shift = shift;
    this.#tracks = new Map(tracks.map((track) => [track.trackId, track]));
    for (const { trackId, table } of tracks) this.#ends.set(trackId, table.firstDecodeTime + table.mediaDuration);
    this.#left = Math.min(fileSize, maxSamples);
  }

  /** Reads the next fragment. `claimedEnd`: where its moof says that it ends. */
  read(moof: BoxSpan, claimedEnd: number): void {
    const boxes = new BoxWalk(maxBoxesInFragment);
    let dataEnd = moof.start;
    if (claimedEnd > moof.end) this.#noteTorn(moof);
    for (const traf of boxes.inside(moof)) {
      if (traf.type === 'traf') dataEnd = this.#readTrack(moof, traf, boxes, dataEnd);
    }
  }

  #noteTorn(moof: BoxSpan): void {
    if (this.faults.torn++ === 0) this.faults.tornAt = moof.start;
  }

  #readTrack(moof: BoxSpan, traf: BoxSpan, boxes: BoxWalk, dataEnd: number): number {
    let header: TrackFragmentHeader | undefined;
    let track: FragmentedTrack | undefined;
    let at = dataEnd;
    let base = dataEnd;
    for (const span of boxes.inside(traf)) {
      if (span.type === 'tfhd') {
        header = readTfhd(span);
        track = this.#tracks.get(header.trackId);
        if (track === undefined) this.faults.foreign++;
        const said = header.baseDataOffset;
        base = said === undefined ? (header.defaultBaseIsMoof ? moof.start : dataEnd) : said + this.#shift;
        at = base;
      } else if (span.type === 'tfdt' && track !== undefined) {
        this.#begin(track, readTfdt(span), moof.start);
      } else if (span.type === 'trun' && header !== undefined) {
        const run = readTrun(span);
        if (run.count < run.claimed) this.#noteTorn(moof);
        if (run.dataOffset !== undefined) at = base + run.dataOffset;
        if (track !== undefined) at = this.#append(track, header, run, at);
      }
    }
    return at;
  }

  /** Moves the end of the last sample to where the fragment begins. */
  #begin(track: FragmentedTrack, decodeTime: number | undefined, offset: number): void {
    if (decodeTime === undefined) return;
    const { table, trackId } = track;
    if (table.length === 0) {
      table.firstDecodeTime = decodeTime;
      this.#ends.set(trackId, decodeTime);
      return;
    }
    const end = this.#ends.get(trackId) ?? 0;
    const last = table.length - 1;
    const duration = table.durations.data[last]! + decodeTime - end;
    if (duration < 0 || duration > 0x7fffffff) {
      this.faults.backward++;
      if (Math.abs(decodeTime - end) > Math.abs(this.faults.backwardTicks)) {
        this.faults.backwardTicks = decodeTime - end;
        this.faults.backwardAt = offset;
      }
      return;
    }
    table.durations.data[last] = duration;
    this.#ends.set(trackId, decodeTime);
  }

  #append(track: FragmentedTrack, header: TrackFragmentHeader, run: TrackRun, start: number): number {
    const { table, defaults, trackId } = track;
    const duration = header.sampleDuration ?? defaults?.sampleDuration ?? 0;
    const size = header.sampleSize ?? defaults?.sampleSize ?? 0;
    const flags = header.sampleFlags ?? defaults?.sampleFlags ?? 0;
    let at = start;
    let ticks = this.#ends.get(trackId) ?? 0;
    run.visit((sample, index) => {
      if (this.#left-- <= 0) return;
      const bytes = sample.size ?? size;
      const lasts = (sample.duration ?? duration) | 0;
      table.offsets.push(at);
      table.sizes.push(bytes);
      table.durations.push(lasts);
      const first = index === 0 ? run.firstSampleFlags : undefined;
      noteComposition(table, sample.compositionOffset);
      noteSync(table, ((first ?? sample.flags ?? flags) & nonSyncSample) === 0);
      at += bytes;
      ticks += lasts;
    });
    this.#ends.set(trackId, ticks);
    return at;
  }
}

/** Adds the composition offset of the last sample; the column comes into being with the first that is not 0. */
function noteComposition(table: SampleTable, offset: number): void {
  if (table.compositionOffsets !== undefined) table.compositionOffsets.push(offset);
  else if (offset !== 0) table.ensureCompositionOffsets().data[table.length - 1] = offset;
}

/** The same for the sync flag; without the column all samples are sync samples. */
function noteSync(table: SampleTable, sync: boolean): void {
  if (table.sync !== undefined) table.sync.push(sync ? 1 : 0);
  else if (!sync) table.ensureSync().data[table.length - 1] = 0;
}
