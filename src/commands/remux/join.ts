/**
 * Makes one timeline of several inputs. Media that an input repeats of the one before shows where it belongs, by its bytes;
 * a clock that goes on from input to input is kept, with its gaps; one that begins anew follows what was there. It knows
 * tracks and tables, and no container.
 */
import { isDeepStrictEqual } from 'node:util';
import type { ByteSource } from '../../io/file-source.ts';
import { SalvorError } from '../../media/errors.ts';
import type { Findings } from '../../media/findings.ts';
import { SampleTable } from '../../media/sample-table.ts';
import { makeDecodeTimesRise, usualDuration } from '../../media/timeline.ts';
import type { ConfigurationChange, Track } from '../../media/track.ts';
import type { Input } from './inputs.ts';

/** From some sample on, the media of a track lies in this source. */
export interface MediaPiece {
  readonly firstSample: number;
  readonly media: ByteSource;
}

/** A track of all inputs. */
export interface RemuxedTrack extends Track {
  readonly pieces: readonly MediaPiece[];
}

/** How inputs are joined. */
export interface JoinOptions {
  /** What becomes of time in which nothing was recorded between two inputs. */
  readonly gaps: 'keep' | 'close';
}

/** A clock goes on where the next input begins within so many seconds behind the end; nothing lives through longer silences. */
const maxGap = 600;
/** The inputs of one clock may overlap by so many seconds at their ends: tracks end apart. */
const overlapOfEnds = 0.5;
/** A clock that begins so near to 0 was begun anew. */
const nearZero = 1;
/** Tracks whose ends are no farther apart are joined each to its own. */
const endsTogether = 0.5;
/** Samples at the end of what there is in which the beginning of the next input is looked for, and that must agree. */
const comparedSamples = 6000;
const alikeSamples = 3;
/** A gap of more than this is one: seconds. */
const minGap = 0.2;

interface Growing {
  readonly id: number;
  readonly kind: Track['kind'];
  readonly timescale: number;
  readonly configuration: Track['configuration'];
  latest: Track['configuration'];
  readonly changes: ConfigurationChange[];
  readonly samples: SampleTable;
  readonly pieces: MediaPiece[];
  /** Ticks of the last sample's decode time. */
  last: number;
  first: number;
}

const endOf = ({ last, samples, timescale }: Growing): number =>
  (last + samples.durations.data[samples.length - 1]!) / timescale;

/** The tracks of an input beside those they belong to; undefined where there is none yet. */
function pairs(input: Input, growing: readonly Growing[]): { track: Track; to: Growing | undefined }[] {
  const seen = { video: 0, audio: 0 };
  return input.tracks.map((track) => {
    const to = growing.filter(({ kind }) => kind === track.kind)[seen[track.kind]++];
    return { track, to };
  });
}

/** Joins the inputs in their order. Throws `unrecoverable` where tracks are of different codecs. */
export function* joinInputs(
  inputs: readonly Input[],
  { gaps }: JoinOptions,
  findings: Findings,
): Generator<void, RemuxedTrack[]> {
  for (const input of inputs) {
    for (const track of input.tracks) {
      yield;
      makeDecodeTimesRise(track, findings, input.path);
    }
  }
  const [only] = inputs;
  if (inputs.length === 1) {
    return only!.tracks.map((track) => ({ ...track, pieces: [{ firstSample: 0, media: only!.media }] }));
  }
  const growing: Growing[] = [];
  for (const [index, input] of inputs.entries()) {
    const before = inputs[index - 1];
    yield* append(input, before, growing, gaps, findings);
  }
  return growing.map(({ id, kind, timescale, configuration, changes, samples, pieces }) => {
    return { id, kind, timescale, configuration, samples, pieces, ...(changes.length > 0 ? { changes } : {}) };
  });
}

/** By how much the tracks of an input are moved, seconds. */
type Shift = (track: Track) => number;

interface Placement {
  readonly shift: Shift;
  readonly repeats: boolean;
}

function* append(
  input: Input,
  before: Input | undefined,
  growing: Growing[],
  gaps: JoinOptions['gaps'],
  findings: Findings,
): Generator<void> {
  const matched = pairs(input, growing);
  for (const { track, to } of matched) if (to !== undefined) requireAlike(track, to, input);
  const { shift, repeats } = before === undefined ? noShift : placementOf(input, before, matched, growing, gaps);
  let [left, gap] = [0, Infinity];
  for (const { track, to } of matched) {
    yield;
    const known = to ?? beginTrack(track, growing);
    const first = repeats ? firstNew(track, known, shift(track)) : 0;
    left += first;
    if (to !== undefined && first < track.samples.length) {
      gap = Math.min(gap, timeOf(track, first) + shift(track) - endOf(to));
    }
    extend(known, track, first, shift(track), input.media);
  }
  if (left > 0) {
    const message = `${left} samples at its beginning are those that ${before!.path} ends with; they are there once`;
    findings.add('inputs-repeat', message, { file: input.path });
  }
  if (gap !== Infinity && gap > minGap) {
    const message = `nothing was recorded for ${gap.toFixed(3)} s between the end of ${before!.path} and its beginning`;
    findings.add('inputs-gap', message, { file: input.path });
  }
}

const noShift: Placement = { shift: () => 0, repeats: false };

function requireAlike(track: Track, to: Growing, { path }: Input): void {
  const [here, there] = [track.configuration.codec, to.latest.codec];
  if (here === there) return;
  throw new SalvorError('unrecoverable', `its ${track.kind} is ${here}, that of the inputs before is ${there}`, {
    file: path,
    advice: 'put them into files of their own',
  });
}

function beginTrack(track: Track, growing: Growing[]): Growing {
  const { kind, timescale, configuration } = track;
  const id = Math.max(0, ...growing.map((other) => other.id)) + 1;
  const samples = new SampleTable();
  const made = { id, kind, timescale, configuration, latest: configuration, changes: [], samples, pieces: [] };
  growing.push({ ...made, last: 0, first: 0 });
  return growing.at(-1)!;
}

/** Seconds of a sample's decode time on the clock of its input. */
function timeOf({ samples, timescale }: Track, index: number): number {
  let ticks = samples.firstDecodeTime;
  for (let i = 0; i < index; i++) ticks += samples.durations.data[i]!;
  return ticks / timescale;
}

function placementOf(
  input: Input,
  before: Input,
  matched: readonly { track: Track; to: Growing | undefined }[],
  growing: readonly Growing[],
  gaps: JoinOptions['gaps'],
): Placement {
  const both = matched.filter((pair): pair is { track: Track; to: Growing } => pair.to !== undefined);
  const repeated = repetitionOf(input, both);
  if (repeated !== undefined) return { shift: () => repeated, repeats: true };
  const end = Math.max(...growing.map(endOf));
  const starts = input.tracks.map(({ samples, timescale }) => samples.firstDecodeTime / timescale);
  const start = Math.min(...starts);
  const goesOn =
    input.kind === before.kind &&
    (input.kind === 'flv' || input.kind === 'mpegts') &&
    start > nearZero &&
    start >= end - overlapOfEnds &&
    start <= end + maxGap;
  if (goesOn && gaps === 'keep') return { shift: () => 0, repeats: false };
  const behind = both.map(({ track, to }) => endOf(to) - track.samples.firstDecodeTime / track.timescale);
  if (behind.length === 0) return { shift: () => end - start, repeats: false };
  const common = Math.max(...behind);
  // A recorder that sets each track to begin at 0 says nothing of their distance; what was there before does.
  const ends = both.map(({ to }) => endOf(to));
  const isRebased =
    both.length > 1 &&
    starts.every((each) => Math.abs(each - start) < 0.002) &&
    Math.max(...ends) - Math.min(...ends) <= endsTogether;
  if (!isRebased) return { shift: () => common, repeats: false };
  const own = new Map(both.map(({ track }, index) => [track, behind[index]!]));
  return { shift: (track) => own.get(track) ?? common, repeats: false };
}

/**
 * By how much an input is to be moved so that what it repeats of the media before lies where it was; undefined where it
 * repeats nothing. Asked of the first picture that decoding can begin with, which no other picture equals.
 */
function repetitionOf(input: Input, both: readonly { track: Track; to: Growing }[]): number | undefined {
  const { track, to } = both.find((pair) => pair.track.kind === 'video') ?? both[0] ?? {};
  if (track === undefined || to === undefined) return undefined;
  const { samples } = track;
  let first = 0;
  while (first < samples.length && !samples.isSync(first)) first++;
  const needed = Math.min(alikeSamples, samples.length - first);
  if (needed === 0) return undefined;
  let ticks = to.last;
  const from = Math.max(0, to.samples.length - comparedSamples);
  for (let at = to.samples.length - 1; at >= from; at--) {
    const there = Math.min(needed, to.samples.length - at);
    let alike = 0;
    while (alike < there && isSame(input.media, samples, first + alike, to, at + alike)) alike++;
    if (alike === there && (there === needed || track.kind === 'video')) {
      return ticks / to.timescale - timeOf(track, first);
    }
    if (at > 0) ticks -= to.samples.durations.data[at - 1]!;
  }
  return undefined;
}

function isSame(media: ByteSource, samples: SampleTable, index: number, to: Growing, at: number): boolean {
  const size = samples.sizes.data[index]!;
  if (size !== to.samples.sizes.data[at]! || size === 0) return false;
  const piece = to.pieces.findLast(({ firstSample }) => firstSample <= at)!;
  const here = Uint8Array.from(media.read(samples.offsets.data[index]!, size));
  return Buffer.compare(here, piece.media.read(to.samples.offsets.data[at]!, size)) === 0;
}

/** The first sample of an input that comes behind what there is of the track. */
function firstNew({ samples, timescale }: Track, known: Growing, shift: number): number {
  if (known.samples.length === 0) return 0;
  const step = usualDuration(known.samples) / known.timescale;
  const last = known.last / known.timescale + step / 2;
  let ticks = samples.firstDecodeTime;
  let index = 0;
  while (index < samples.length && ticks / timescale + shift < last) ticks += samples.durations.data[index++]!;
  return index;
}

/** Puts the samples of an input from `first` on behind those of a track. */
function extend(known: Growing, track: Track, first: number, shift: number, media: ByteSource): void {
  const { samples } = track;
  const into = known.samples;
  const begin = into.length;
  if (first >= samples.length) return;
  const scale = known.timescale / track.timescale;
  let moved = Math.round(shift * known.timescale);
  let ticks = samples.firstDecodeTime;
  for (let i = 0; i < first; i++) ticks += samples.durations.data[i]!;
  const start = Math.round(ticks * scale) + moved;
  if (begin === 0) {
    into.firstDecodeTime = start;
    known.first = start;
  } else {
    // Decode times only rise.
    if (start <= known.last) moved += known.last + 1 - start;
    into.durations.data[begin - 1] = Math.round(ticks * scale) + moved - known.last;
  }
  const offsets = samples.compositionOffsets;
  if (offsets !== undefined) into.ensureCompositionOffsets();
  if (samples.sync !== undefined) into.ensureSync();
  for (let i = first; i < samples.length; i++) {
    const at = Math.round(ticks * scale) + moved;
    ticks += samples.durations.data[i]!;
    into.offsets.push(samples.offsets.data[i]!);
    into.sizes.push(samples.sizes.data[i]!);
    into.durations.push(Math.round(ticks * scale) + moved - at);
    into.compositionOffsets?.push(Math.round((offsets?.data[i] ?? 0) * scale));
    into.sync?.push(samples.isSync(i) ? 1 : 0);
    known.last = at;
  }
  known.pieces.push({ firstSample: begin, media });
  const { configuration, changes = [] } = track;
  for (const change of [{ firstSample: 0, configuration }, ...changes]) {
    const firstSample = begin + Math.max(0, change.firstSample - first);
    if (firstSample >= into.length || isDeepStrictEqual(change.configuration, known.latest)) continue;
    if (known.changes.at(-1)?.firstSample === firstSample) known.changes.pop();
    if (firstSample > 0) known.changes.push({ firstSample, configuration: change.configuration });
    known.latest = change.configuration;
  }
}
