/**
 * What another recording by the same recorder tells of one in chunks: how long after a chunk of one track the next one of
 * the other ends, and how fast pictures come on average. It tells by how much the writer keeps one track ahead, which the
 * order of chunks alone does not. Whether the recordings are by the same recorder is proven elsewhere, by their media.
 */
import type { ReferenceRun } from '../../media/codec-reference.ts';
import { chunkEnd, chunkStart, type OwnClock, type RunSpan } from './own-clocks.ts';
import { median } from './rhythm.ts';

/** Seconds by which a chunk ends after the one before it, below 0 where it ends earlier. */
interface Behind {
  readonly least: number;
  readonly most: number;
}

/** How far the tracks are apart where a writer goes from one to the other. */
export interface WriterLead {
  /** By what kind of chunk lies behind, as met in the other recording. */
  readonly video: Behind;
  readonly audio: Behind;
  /** Seconds by which it may be otherwise in this one: chunks are cut where they are full, and the first ones differ. */
  readonly slack: number;
  /** Seconds that its chunks last at most, but for the first of the recording. */
  readonly longest: number;
}

/** Chunks of a beginning, where writers fill what they keep ahead. */
const beginning = 3;
/** Places from track to track of each kind that tell a lead. */
const minPlaces = 2;
/** Audio that usually has so many frames more or less in a chunk, as a part, was written otherwise. */
const maxOtherLength = 0.1;

/** The lead of a writer, by a recording that was put together as this one is; undefined where it was not, or tells too little. */
export function leadOf(
  turns: readonly ReferenceRun[] | undefined,
  spans: readonly RunSpan[],
  audio: OwnClock,
): WriterLead | undefined {
  const [first, own] = [turns?.[0], spans[0]];
  if (turns === undefined || first === undefined || own === undefined) return undefined;
  if ((first.kind === 'audio') !== own.isAudio) return undefined;
  const lent = usual(turns.slice(1, -1).flatMap(({ kind, samples }) => (kind === 'audio' ? samples : [])));
  const heard = usual(spans.slice(1, -1).flatMap(({ isAudio, from, to }) => (isAudio ? to - from : [])));
  if (!(Math.abs(heard - lent) <= Math.max(1, maxOtherLength * lent))) return undefined;
  const met = { video: [] as number[], audio: [] as number[] };
  for (let r = beginning; r < turns.length - 1; r++) {
    met[turns[r]!.kind].push(turns[r]!.endSeconds - turns[r - 1]!.endSeconds);
  }
  if (met.video.length < minPlaces || met.audio.length < minPlaces) return undefined;
  const [video, behindVideo] = [met.video, met.audio].map((all) => ({
    least: Math.min(...all),
    most: Math.max(...all),
  }));
  const lengths = (['video', 'audio'] as const).map((kind) =>
    turns.slice(1, -1).flatMap((run) => (run.kind === kind ? run.endSeconds - run.startSeconds : [])),
  );
  // What the writer put into the first chunk is what it keeps ahead, or what came before the other track did.
  const samples = own.to - own.from;
  const step = (first.endSeconds - first.startSeconds) / Math.max(1, first.samples);
  const otherBeginning = Math.abs(samples - first.samples) * (own.isAudio ? audio.step : step);
  return {
    video: video!,
    audio: behindVideo!,
    slack: Math.max(...lengths.map(usual)) + otherBeginning,
    longest: Math.max(...lengths.flat()),
  };
}

function usual(values: readonly number[]): number {
  return median(Float64Array.from(values));
}

/** Runs of so many pictures tell how fast they come, and at a varying rate those of some differ by more than this part. */
const minPictures = 4;
const maxOtherStep = 0.1;

/** Seconds from picture to picture in a recording by the same recorder on average, and whether they vary; undefined where it says none. */
export function lentRhythm(
  turns: readonly ReferenceRun[] | undefined,
): { readonly step: number; readonly isVarying: boolean } | undefined {
  let [seconds, pictures] = [0, 0];
  const steps: number[] = [];
  for (const { kind, samples, startSeconds, endSeconds } of turns ?? []) {
    if (kind !== 'video') continue;
    seconds += endSeconds - startSeconds;
    pictures += samples;
    if (samples >= minPictures) steps.push((endSeconds - startSeconds) / samples);
  }
  const step = seconds / pictures;
  if (!(step > 0)) return undefined;
  return { step, isVarying: Math.max(...steps) - Math.min(...steps) > maxOtherStep * step };
}

/** The places from chunk to chunk at which a lead shows: not those of the beginning, and not that of a last chunk which may be cut. */
function* places(
  spans: readonly RunSpan[],
  { video, audio: heard }: WriterLead,
  pictures: OwnClock,
  audio: OwnClock,
): Generator<{ readonly isAudio: boolean; readonly behind: number } & Behind> {
  for (let r = beginning; r < spans.length - 1; r++) {
    const [before, { isAudio }] = [spans[r - 1]!, spans[r]!];
    const behind = chunkEnd(spans[r]!, pictures, audio) - chunkEnd(before, pictures, audio);
    yield { isAudio, behind, ...(isAudio ? heard : video) };
  }
}

/**
 * Seconds by which pictures may be off against the audio, by where the writer puts its chunks; undefined where too few tell,
 * or one tells other than the next, as beside a pause.
 */
export function boundByLead(
  spans: readonly RunSpan[],
  lead: WriterLead,
  pictures: OwnClock,
  audio: OwnClock,
): number | undefined {
  let bound = 0;
  const middles: number[] = [];
  for (const { isAudio, behind, least, most } of places(spans, lead, pictures, audio)) {
    bound = Math.max(bound, behind - least, most - behind);
    middles.push(isAudio ? behind - (least + most) / 2 : (least + most) / 2 - behind);
  }
  const room = lead.slack + Math.max(...[lead.video, lead.audio].map(({ least, most }) => (most - least) / 2));
  if (middles.length < minPlaces || Math.max(...middles) - Math.min(...middles) > room) return undefined;
  // In a longer chunk a pause of the other track may be hidden.
  const lengths = spans.slice(1).map((span) => chunkEnd(span, pictures, audio) - chunkStart(span, pictures, audio));
  return bound + lead.slack + Math.max(0, Math.max(...lengths) - lead.longest);
}
