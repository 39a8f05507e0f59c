/**
 * What recordings are called, as the media server of the staging sets and go-rtmp call them. It knows names only: whether one
 * is taken is told by a function.
 */
import { basename, dirname, extname, join } from 'node:path';

/** The containers that are recorded. */
export type RecordingType = 'mp4' | 'flv' | 'ts';

/** What the names are made of. */
export interface NamePlan {
  /** `pathToFile`: a file, or with date folders and `goRtmp` a directory. */
  readonly path: string;
  readonly streamName: string;
  readonly dateFolders: boolean;
  readonly goRtmp: boolean;
  readonly chunked: boolean;
}

const known: ReadonlySet<string> = new Set(['.mp4', '.flv', '.ts']);
/** What stands in a name but for separators of paths. */
const flat = (name: string): string => name.replaceAll('/', '_');

const two = (value: number): string => String(value).padStart(2, '0');
const dayOf = (date: Date): string => `${date.getFullYear()}${two(date.getMonth() + 1)}${two(date.getDate())}`;
const timeOf = (date: Date): string => `${two(date.getHours())}${two(date.getMinutes())}${two(date.getSeconds())}`;

/** The path of a recording that is not in chunks, before it is known whether it is taken. */
export function computedPath(plan: NamePlan, type: RecordingType, now: Date): string {
  const { path, streamName, dateFolders, goRtmp } = plan;
  if (goRtmp) return join(path, `${flat(streamName)}_${dayOf(now)}_${timeOf(now)}.${type}`);
  if (!dateFolders) return known.has(extname(path)) ? path : `${path}.${type}`;
  const stream = flat(streamName);
  return join(path, stream, dayOf(now), `${stream}-${dayOf(now)}-${timeOf(now)}.${type}`);
}

/** A path with something before its ending. */
function withMark(path: string, mark: string): string {
  const ending = extname(path);
  return join(dirname(path), `${basename(path, ending)}${mark}${ending}`);
}

/** The path of a chunk. `base`: that of the recording; `number`: from 0. */
export function chunkPath(plan: NamePlan, base: string, type: RecordingType, number: number, now: Date): string {
  if (plan.goRtmp) return plan.chunked ? withMark(base, `_seg${String(number).padStart(3, '0')}`) : base;
  // The names of date folders have the time in them.
  if (plan.dateFolders) return computedPath(plan, type, now);
  return plan.chunked ? withMark(base, `_part${String(number).padStart(4, '0')}`) : base;
}

/** What the first file may be called. `path`: its own; `base`: that of the recording, which is the same where it is one file. */
export interface FirstName {
  readonly base: string;
  readonly path: string;
}

/** The names that the first file may have, one after the other without an end, until one of them is not taken. */
export function* firstNames(plan: NamePlan, type: RecordingType, now: Date): Generator<FirstName, never> {
  const base = computedPath(plan, type, now);
  for (let number = 0; ; number++) {
    const numbered = number === 0 ? base : numberedChunkPath(base, number);
    // The names of date folders are made anew for each file.
    yield { base: numbered, path: plan.dateFolders ? numbered : chunkPath(plan, numbered, type, 0, now) };
  }
}

/** The path that the server takes instead of one that is taken: `a.mp4` → `a.mp4_0001.mp4`, and so on without an end. */
export function numberedChunkPath(path: string, number: number): string {
  return `${path}_${String(number).padStart(4, '0')}${extname(path)}`;
}
