/** The listings of a recording: its samples, its structure, its groups of pictures. One row after the other, never all. */
import { roundSeconds } from '../../media/report.ts';
import { valueOf } from '../../media/ffprobe/ffprobe.ts';
import type { SampleRow, TreeRow } from './inspection.ts';

/** A row as NDJSON has it. */
export type ListedRow = Record<string, string | number | boolean | undefined>;

/** A row of `--samples`: times in ticks and in seconds, size and offset in bytes. */
export function sampleForm(row: SampleRow): ListedRow {
  const tick = valueOf(row.timeBase);
  const seconds = (ticks: number | undefined): number | undefined =>
    ticks === undefined || tick === 0 ? undefined : roundSeconds(ticks * tick);
  return {
    track: row.track,
    kind: row.kind,
    dts: row.dtsTicks,
    pts: row.ptsTicks,
    duration: row.durationTicks,
    dtsTime: seconds(row.dtsTicks),
    ptsTime: seconds(row.ptsTicks),
    size: row.size,
    offset: row.offset,
    sync: row.sync,
  };
}

/** A row of `--tree`: offset and size in bytes. */
export function treeForm(row: TreeRow): ListedRow {
  return { depth: row.depth, type: row.type, offset: row.offset, size: row.size, text: row.text };
}

/** A key frame and what follows it up to the next, in one video track. */
interface PictureGroup {
  readonly track: number;
  readonly offset: number;
  /** When its first picture is shown, and decoded. */
  readonly shownSeconds: number | undefined;
  readonly decodedSeconds: number;
  endSeconds: number;
  frames: number;
  bytes: number;
}

/** The groups of pictures, each when its end is known. */
export function* groupsOf(rows: Iterable<SampleRow>): Generator<ListedRow> {
  const open = new Map<number, PictureGroup>();
  for (const row of rows) {
    if (row.kind !== 'video') continue;
    const tick = valueOf(row.timeBase);
    const decodedSeconds = (row.dtsTicks ?? row.ptsTicks ?? 0) * tick;
    const group = open.get(row.track);
    if (group !== undefined && !row.sync) {
      group.frames++;
      group.bytes += row.size;
      group.endSeconds = decodedSeconds + (row.durationTicks ?? 0) * tick;
      continue;
    }
    if (group !== undefined) yield groupForm({ ...group, endSeconds: decodedSeconds });
    open.set(row.track, {
      track: row.track,
      offset: row.offset,
      shownSeconds: row.ptsTicks === undefined ? undefined : row.ptsTicks * tick,
      decodedSeconds,
      endSeconds: decodedSeconds + (row.durationTicks ?? 0) * tick,
      frames: 1,
      bytes: row.size,
    });
  }
  for (const group of open.values()) yield groupForm(group);
}

function groupForm(group: PictureGroup): ListedRow {
  return {
    track: group.track,
    time: group.shownSeconds === undefined ? undefined : roundSeconds(group.shownSeconds),
    duration: roundSeconds(group.endSeconds - group.decodedSeconds),
    frames: group.frames,
    bytes: group.bytes,
    offset: group.offset,
  };
}
