/**
 * Tracks of text, timecode and metadata that a reference describes and the carver passed over: which bytes are theirs, and
 * when. Their boxes are taken over of the reference, which has to stay open until the result is written.
 */
import { findDataRecords, type DataRule } from '../../rescue/carver/data-records.ts';
import type { Carving } from '../../rescue/carver/carver.ts';
import type { ByteGap, RecordRule } from '../../rescue/carver/records.ts';
import { readDataStreams, type DataStream } from '../../rescue/movie-index/data-streams.ts';
import { FileSource } from '../../io/file-source.ts';
import type { Pace } from '../../io/pace.ts';
import { SalvorError } from '../../media/errors.ts';
import type { Findings } from '../../media/findings.ts';
import { SampleTable } from '../../media/sample-table.ts';
import type { DataTrack, Track } from '../../media/track.ts';
import type { CarriedTrack } from '../../mp4/carried-boxes.ts';

/** What a reference lends of its other tracks. */
export interface DataReference {
  readonly streams: readonly DataStream[];
  /** How the samples of all of them look, beside pictures that would take them in. */
  readonly records: readonly RecordRule[];
  readonly source: FileSource;
}

/** Tracks that were found by what those of a reference look like. */
export interface LentData {
  readonly tracks: readonly DataTrack[];
  /** By track id, where the boxes are from. */
  readonly boxes: ReadonlyMap<number, CarriedTrack>;
}

/** Where a reference lends nothing. */
export const noLentData: LentData = { tracks: [], boxes: new Map() };

/** Opens a reference for its other tracks; undefined where it has none of which anything is known. */
export async function openDataReference(path: string | undefined, pace: Pace): Promise<DataReference | undefined> {
  if (path === undefined) return undefined;
  let source: FileSource | undefined;
  try {
    source = new FileSource(path);
    const { streams, records } = await readDataStreams(source, pace);
    if (streams.length > 0 || records.length > 0) return { streams, records, source };
    source.close();
    return undefined;
  } catch (error) {
    source?.close();
    pace.check();
    if (error instanceof SalvorError) return undefined;
    throw error;
  }
}

/** A rule that the carver can go by needs so many bytes in common. */
const minMark = 2;

/** What the carver can pass over by the streams of a reference; undefined where that is nothing. */
export function rulesOf(reference: DataReference | undefined): readonly RecordRule[] | undefined {
  const rules = (reference?.streams ?? []).flatMap(({ mark, sizes }): RecordRule[] => {
    if (sizes === 'any' || mark.length < minMark) return [];
    return [{ mark, sizes }];
  });
  // What says its own size needs no other samples like it.
  rules.push(...(reference?.records ?? []).filter(({ sizes, mark }) => sizes === 'said' && mark.length > minMark));
  return rules.length === 0 ? undefined : rules;
}

/** The tracks in what the carver left, and the carving without it. `tracks`: what was found beside them. */
export function findLentData(
  { streams, source: reference }: DataReference,
  carving: Pick<Carving, 'skipped' | 'passed'>,
  media: FileSource,
  tracks: readonly Track[],
  findings: Findings,
): LentData & Pick<Carving, 'skipped' | 'passed'> {
  const { skipped, passed } = carving;
  const gaps: ByteGap[] = [...(passed?.ranges ?? []), ...skipped.filter(({ reason }) => reason === 'unreadable')];
  gaps.sort((a, b) => a.offset - b.offset);
  const { records, filled } = findDataRecords(media, gaps, streams satisfies readonly DataRule[]);
  const found: DataTrack[] = [];
  const boxes = new Map<number, CarriedTrack>();
  for (const [rule, stream] of streams.entries()) {
    const own = records.filter((record) => record.rule === rule);
    if (own.length === 0) continue;
    const used = [...tracks, ...found].map(({ id }) => id);
    const { trackId } = stream.track;
    const id = used.includes(trackId) ? Math.max(...used) + 1 : trackId;
    found.push({ id, kind: 'data', timescale: stream.timescale, samples: tableOf(own, stream, tracks) });
    const whole = { samplesKept: 'some', descriptions: [{ firstSample: 0, description: 1 }] } as const;
    boxes.set(id, { track: stream.track, ...whole, keepsDescriptions: true, size: undefined, isLent: true });
    const name = stream.track.entries[0]?.type ?? stream.track.handler.handlerType;
    findings.add(
      'media-carved',
      `${own.length} samples of ${name} were found, by what those of ${reference.path} look like`,
      { file: media.path, offset: own[0]!.offset },
    );
  }
  const left = (passed?.ranges ?? []).filter((gap) => !filled.has(gap));
  const bytes = left.reduce((sum, { length }) => sum + length, 0);
  return {
    tracks: found,
    boxes,
    skipped: skipped.filter((range) => !filled.has(range)),
    passed: passed === undefined ? undefined : { ...passed, recordBytes: 0, ranges: left, count: left.length, bytes },
  };
}

/** Seconds by which a steady rhythm may have run away from the samples beside it. */
const maxDrift = 1;

/** The samples in time: in the rhythm of the reference as long as that keeps beside what lies around them. */
function tableOf(records: readonly ByteGap[], stream: DataStream, tracks: readonly Track[]): SampleTable {
  const { usualTicks, timescale } = stream;
  const beside = tracks.find(({ kind }) => kind === 'video') ?? tracks[0];
  let [next, clock] = [0, beside?.samples.firstDecodeTime ?? 0];
  const times = records.map(({ offset }, n) => {
    const { samples, timescale: ticks } = beside ?? { samples: new SampleTable(), timescale: 1 };
    // What stands before the first picture begins with it.
    for (; next + 1 < samples.length && samples.offsets.data[next + 1]! < offset; next++) {
      clock += samples.durations.data[next]!;
    }
    const near = (clock / ticks) * timescale;
    const steady = n * (usualTicks ?? 0);
    const keeps = usualTicks !== undefined && Math.abs(near - steady) <= maxDrift * timescale + 2 * usualTicks;
    return Math.round(keeps ? steady : near);
  });
  const table = new SampleTable(records.length);
  for (const [n, { offset, length }] of records.entries()) {
    if (n > 0) times[n] = Math.max(times[n]!, times[n - 1]! + 1);
    table.offsets.push(offset);
    table.sizes.push(length);
  }
  for (let n = 0; n < times.length; n++) {
    const last = usualTicks ?? (n > 0 ? times[n]! - times[n - 1]! : 1);
    table.durations.push(n + 1 < times.length ? times[n + 1]! - times[n]! : last);
  }
  table.firstDecodeTime = times[0]!;
  return table;
}
