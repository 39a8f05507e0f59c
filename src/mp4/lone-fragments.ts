/**
 * Reads the samples of fragments whose moov is lost: the tables of moof boxes say where each sample lies, how long it lasts
 * and when it is shown, but not of what kind it is, nor in which ticks. What the moov alone would have said is left open.
 */
import { SampleTable } from '../media/sample-table.ts';
import { BoxWalk } from './box-walk.ts';
import type { BoxSpan } from './box.ts';
import { readTfhd } from './boxes/tfhd.ts';
import type { TopLevelBox } from './file-layout.ts';
import { FragmentReader, type FragmentFaults } from './fragment-samples.ts';

/** The samples of one track, in ticks of a length that is not known. */
export interface LoneTrack {
  readonly trackId: number;
  readonly table: SampleTable;
}

/** The tracks of fragments in the order in which they are first met; those whose sizes the moov kept to itself have none. */
interface LoneFragments {
  readonly tracks: readonly LoneTrack[];
  readonly faults: FragmentFaults;
}

/** No recording has more tracks: what says so is damage. */
const maxTracks = 64;
const maxBoxesInFragment = 4096;
/** Fragments read between two steps. */
const fragmentsAtOnce = 64;

/** Reads them all. Goes step by step. `boxes`: all that lies in the file, these among it. */
export function* loneFragmentsSteps(
  fragments: readonly TopLevelBox[],
  boxes: readonly TopLevelBox[],
  fileSize: number,
): Generator<void, LoneFragments> {
  const tables = new Map<number, SampleTable>();
  for (const [index, moof] of fragments.entries()) {
    for (const trackId of tracksIn(moof)) {
      if (!tables.has(trackId) && tables.size < maxTracks) tables.set(trackId, new SampleTable());
    }
    if (index % fragmentsAtOnce === 0) yield;
  }
  const tracks = [...tables].map(([trackId, table]) => ({ trackId, table, defaults: undefined }));
  const reader = new FragmentReader(tracks, fileSize, shiftOf(fragments, boxes, fileSize));
  for (const [index, moof] of fragments.entries()) {
    reader.read(moof, moof.claimedEnd);
    if (index % fragmentsAtOnce === 0) yield;
  }
  const described = tracks.filter(({ table }) => table.length > 0 && table.sizes.values().every((size) => size > 0));
  for (const { table } of described) spreadDurations(table);
  return { tracks: described, faults: reader.faults };
}

/** Fragments that have to agree on how far everything was moved. */
const fragmentsAsked = 8;

/**
 * Bytes by which the media lies further on in the file than offsets from its beginning say: what stood before the fragments is
 * gone, or something was put there. 0 where fragments do not agree, or the first one's media is where it says.
 */
function shiftOf(fragments: readonly TopLevelBox[], boxes: readonly TopLevelBox[], fileSize: number): number {
  let shift: number | undefined;
  for (const moof of fragments.slice(0, fragmentsAsked)) {
    const media = boxes.find(({ type, start }) => type === 'mdat' && start >= moof.end);
    const first = firstByteOf(moof, fileSize);
    if (media === undefined || first === undefined) continue;
    const own = media.body - first;
    if (own !== (shift ?? own)) return 0;
    shift = own;
  }
  return shift ?? 0;
}

/** Where a fragment says that its samples begin. */
function firstByteOf(moof: TopLevelBox, fileSize: number): number | undefined {
  const tracks = [...new Set(tracksIn(moof))].map((trackId) => ({
    trackId,
    table: new SampleTable(),
    defaults: undefined,
  }));
  new FragmentReader(tracks, fileSize).read(moof, moof.claimedEnd);
  const firsts = tracks.flatMap(({ table }) => (table.length === 0 ? [] : [table.offsets.at(0)!]));
  return firsts.length === 0 ? undefined : Math.min(...firsts);
}

function* tracksIn(moof: BoxSpan): Generator<number> {
  const boxes = new BoxWalk(maxBoxesInFragment);
  for (const traf of boxes.inside(moof)) {
    const tfhd = traf.type === 'traf' ? boxes.child(traf, 'tfhd') : undefined;
    if (tfhd !== undefined) yield readTfhd(tfhd).trackId;
  }
}

/**
 * Where the moov kept the usual duration to itself, only the beginnings of fragments are known: the last sample before each
 * lasts as long as all that say nothing. What is between two is divided evenly.
 */
function spreadDurations({ durations, length }: SampleTable): void {
  const { data } = durations;
  let from = 0;
  let step = 0;
  for (let i = 0; i < length; i++) {
    if (data[i] === 0) continue;
    const count = i - from + 1;
    if (count > 1) {
      step = Math.floor(data[i]! / count);
      const rest = data[i]! - step * (count - 1);
      data.fill(step, from, i);
      data[i] = rest;
    }
    from = i + 1;
  }
  if (from < length - 1 && step > 0) data.fill(step, from, length);
}
