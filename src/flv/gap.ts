/** Stretches of an FLV file that are no tags: where they are, what lies around them, and how they are reported. */
import type { Findings } from '../media/findings.ts';
import type { TagReader } from './tag-reader.ts';
import { TagType } from './tag.ts';

/** Bytes that are no tags. */
export interface TagGap {
  readonly start: number;
  readonly end: number;
  /** It begins with the header of a tag that was torn or overwritten. */
  readonly torn: boolean;
  /** What that header says: the track of the tag, and its timestamp. */
  readonly kind: 'video' | 'audio' | undefined;
  readonly timestamp: number;
  /** From here on it is zeros. */
  readonly zerosFrom: number;
  /** Milliseconds of the last tag before it, and of the first one behind it where there is one. */
  readonly before: number;
  after: number | undefined;
  /** What of each track came before it, and what goes on behind it. */
  readonly video: TrackAtGap;
  readonly audio: TrackAtGap;
}

/** How far a track had come where a gap begins. */
export interface TrackAtGap {
  readonly frames: number;
  /** Bytes of tag data. */
  readonly bytes: number;
  /** Milliseconds of the last frame before the gap, and of the first behind it where there is one; wraps are undone. */
  readonly latest: number;
  resumes: number | undefined;
}

/** The gap that the reader stands on. `before`: the timestamp of the last tag, milliseconds. */
export function gapAt(
  { offset, end, torn, zerosFrom, type, timestamp }: TagReader,
  before: number,
  tracks: Pick<TagGap, 'video' | 'audio'>,
): TagGap {
  const kinds: Readonly<Record<number, 'video' | 'audio'>> = { [TagType.video]: 'video', [TagType.audio]: 'audio' };
  return {
    start: offset,
    end,
    torn,
    kind: torn ? kinds[type] : undefined,
    timestamp: torn ? timestamp : before,
    zerosFrom,
    before,
    after: undefined,
    ...tracks,
  };
}

/** Reports a gap when what follows is known: the last one is a tail, any other a hole. `fileSize`: bytes of the file. */
export function reportGap(gap: TagGap, file: string, fileSize: number, findings: Findings): void {
  const { start, end, torn, zerosFrom, before, after } = gap;
  const place = { file, offset: start, length: end - start, time: before / 1000 };
  if (end < fileSize) {
    const found = `${torn ? 'a tag that was overwritten, then other bytes' : 'bytes that are no tags'}`;
    const times = after === undefined ? '' : `, the timestamps from ${before} ms to ${after} ms`;
    findings.add('flv-sync-lost', `found ${found}; tags go on at byte ${end}${times}`, place);
    return;
  }
  if (zerosFrom > start) {
    const length = zerosFrom - start;
    const found = torn ? `a tag of which ${length} bytes are there` : `${length} bytes that are no tag`;
    findings.add(torn ? 'flv-tag-torn' : 'flv-sync-lost', `the file ends in ${found}`, { ...place, length });
  }
  if (end > zerosFrom) {
    findings.add('flv-zero-tail', `the file ends in ${end - zerosFrom} zeros that were never written`, {
      file,
      offset: zerosFrom,
      length: end - zerosFrom,
      time: before / 1000,
    });
  }
}
