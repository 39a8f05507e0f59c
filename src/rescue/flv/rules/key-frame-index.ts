/**
 * The key-frame index of `onMetaData`: `keyframes` with `filepositions` and `times`, as nginx, flv.js and flvmeta know it. An
 * index that is there has to be true whatever was asked for; `--index` makes it complete, however long the recording is.
 */
import type { Amf0Property, Amf0Value } from '../../../flv/amf0.ts';
import type { Column } from '../../../media/column.ts';
import { propertyOf, type Metadata } from '../../../flv/metadata.ts';
import { tagHeaderLength } from '../../../flv/tag.ts';
import { boolean, number } from '../expectations.ts';
import type { Layout } from '../layout.ts';
import type { FixContext } from '../plan.ts';

const indexName = 'keyframes';
const positionsName = 'filepositions';
const timesName = 'times';
/** Room that some recorders leave, to write the index into when they close. */
const spacerName = 'spacer';
/** Times in an index are right to a frame. */
const timeTolerance = 0.1;
/** A script tag has room for 2^24 bytes; an entry takes 18. A margin is left for everything else. */
const maxIndexEntries = Math.floor((2 ** 24 - 256 * 1024) / 18);

interface RecordedIndex {
  readonly positions: Float64Array;
  readonly times: Float64Array;
  readonly properties: readonly Amf0Property[];
  /** Numbers that have a place in it, used and spare. */
  readonly room: number;
  readonly hasSpacer: boolean;
}

function numbersOf(properties: readonly Amf0Property[], name: string): Float64Array | undefined {
  const value = properties.find((property) => property.name === name)?.value;
  if (value?.kind === 'numbers') return value.values;
  return value?.kind === 'strictArray' && value.values.length === 0 ? new Float64Array(0) : undefined;
}

function recordedIndex(metadata: Metadata | undefined): RecordedIndex | undefined {
  const value = metadata === undefined ? undefined : propertyOf(metadata, indexName)?.value;
  if (value?.kind !== 'object' && value?.kind !== 'ecmaArray') return undefined;
  const positions = numbersOf(value.properties, positionsName);
  const times = numbersOf(value.properties, timesName);
  const spacer = numbersOf(value.properties, spacerName);
  if (positions === undefined || times === undefined) return undefined;
  const room = positions.length + times.length + (spacer?.length ?? 0);
  return { positions, times, properties: value.properties, room, hasSpacer: spacer !== undefined };
}

/** The last place in the file that the index names; 0 where there is none. */
export function lastIndexedPosition(metadata: Metadata | undefined): number {
  return recordedIndex(metadata)?.positions.at(-1) ?? 0;
}

/** Whether the file has an index at all, readable or not. */
function hasIndex(metadata: Metadata | undefined): boolean {
  return metadata !== undefined && propertyOf(metadata, indexName) !== undefined;
}

/** What is to become of the index of a file that otherwise stays as it is. */
export function indexOfPatchedFile(context: FixContext): 'right' | 'rewrite' | Amf0Value {
  const { metadata, layout, options, findings, source, survey } = context;
  const recorded = recordedIndex(metadata);
  const isTrue = recorded !== undefined && agrees(recorded, layout, new Set(survey.video.markedOffsets));
  if (hasIndex(metadata) && !isTrue) {
    findings.add('flv-index-wrong', 'entries of the index do not lead to key frames', { file: source.path });
  } else if (!options.index || (recorded !== undefined && isComplete(recorded, layout))) return 'right';
  const entries = layout.keyFrameOffsets.length;
  const fits = recorded !== undefined && 2 * entries <= recorded.room;
  if (!fits || (!recorded.hasSpacer && 2 * entries !== recorded.room)) return 'rewrite';
  const { start, end } = propertyOf(metadata!, indexName)!;
  const { offset, data } = survey.metadata!;
  context.changes.push({
    name: indexName,
    old: `${recorded.positions.length} entries`,
    new: `${entries} entries`,
    offset: offset + tagHeaderLength + start,
    oldBytes: Buffer.from(data.subarray(start, end)).toString('hex'),
  });
  return indexValue(layout, 0, recorded);
}

/** Every entry leads to a key frame and has its time, or leads to a tag that is at least marked as one. */
function agrees({ positions, times }: RecordedIndex, layout: Layout, marked: ReadonlySet<number>): boolean {
  if (positions.length !== times.length) return false;
  const { keyFrameOffsets: offsets, keyFrameTimestamps: timestamps } = layout;
  return positions.every((position, entry) => {
    if (marked.has(position)) return true;
    const at = indexIn(offsets, position);
    return at >= 0 && Math.abs(timestamps.at(at) / 1000 - times[entry]!) <= timeTolerance;
  });
}

/** Every key frame has an entry, but for further ones of the same time. */
function isComplete({ positions }: RecordedIndex, { keyFrameOffsets, keyFrameTimestamps }: Layout): boolean {
  const recorded = new Set(positions);
  let before = -1;
  for (let index = 0; index < keyFrameOffsets.length; index++) {
    const timestamp = keyFrameTimestamps.at(index);
    const isListed = recorded.has(keyFrameOffsets.at(index));
    if (!isListed && timestamp !== before) return false;
    before = timestamp;
  }
  return true;
}

function indexIn(offsets: Column<Float64Array>, position: number): number {
  let [low, high] = [0, offsets.length - 1];
  while (low <= high) {
    const middle = (low + high) >> 1;
    const offset = offsets.at(middle);
    if (offset === position) return middle;
    if (offset < position) low = middle + 1;
    else high = middle - 1;
  }
  return -1;
}

/** The index. `shift`: where the first kept tag lies. Into the room of a recorded one, if there is such. */
function indexValue(layout: Layout, shift: number, into?: RecordedIndex): Amf0Value {
  const { keyFrameOffsets: offsets, keyFrameTimestamps: timestamps } = layout;
  const every = Math.max(1, Math.ceil(offsets.length / maxIndexEntries));
  const count = Math.ceil(offsets.length / every);
  const positions = new Float64Array(count);
  const times = new Float64Array(count);
  for (let entry = 0; entry < count; entry++) {
    positions[entry] = offsets.at(entry * every) + shift;
    times[entry] = timestamps.at(entry * every) / 1000;
  }
  const numbers = (values: Float64Array): Amf0Value =>
    values.length === 0 ? { kind: 'strictArray', values: [] } : { kind: 'numbers', values };
  const spare = into === undefined ? undefined : new Float64Array(into.room - 2 * count).fill(Number.NaN);
  const columns = new Map([
    [positionsName, positions],
    [timesName, times],
  ]);
  if (spare !== undefined) columns.set(spacerName, spare);
  const names = into?.properties.map(({ name }) => name) ?? [positionsName, timesName];
  const properties = names.map((name, at) => {
    const column = columns.get(name);
    return { name, value: column === undefined ? into!.properties[at]!.value : numbers(column) };
  });
  return { kind: 'object', properties, ended: true };
}

/** The values that belong to an index in a file that is written anew. `shift`: where the first kept tag will lie. */
export function indexOfRewrittenFile(context: FixContext, shift: number): [name: string, value: Amf0Value][] {
  const { metadata, layout, options } = context;
  if (!options.index && !hasIndex(metadata)) return [];
  const values: [string, Amf0Value][] = [[indexName, indexValue(layout, shift)]];
  if (!options.index) return values;
  const { video, audio } = layout;
  const last = layout.keyFrameOffsets.length - 1;
  const tracks = [video, audio].filter(({ frames }) => frames > 0);
  values.unshift(
    ['hasVideo', boolean(video.frames > 0)],
    ['hasAudio', boolean(audio.frames > 0)],
    ['hasMetadata', boolean(true)],
    ['hasKeyframes', boolean(last >= 0)],
    ['canSeekToEnd', boolean(video.frames === 0 || video.endsInKeyFrame)],
    ['lasttimestamp', number(Math.max(0, ...tracks.map(({ clock }) => clock.highest)) / 1000)],
  );
  if (last >= 0) {
    values.unshift(
      ['lastkeyframetimestamp', number(layout.keyFrameTimestamps.at(last) / 1000)],
      ['lastkeyframelocation', number(layout.keyFrameOffsets.at(last) + shift)],
    );
  }
  return values;
}
