/** A part as it is planned: where it begins, with what, and what it has. It knows neither packets nor files. */
import type { PidSnapshot } from '../../mpegts/pid-states.ts';
import type { EntryPoint } from '../../mpegts/pictures/picture-syntax.ts';
import type { Picture } from '../../mpegts/pictures/video-pictures.ts';
import type { Decodability } from './decodability.ts';

/** What a part begins with: a picture, a PES packet of audio, or whatever the stream begins with. */
export type PartBeginning = EntryPoint | 'audio' | 'stream';

/** Where a part begins, and what it has; the figures grow until the next one begins. */
export interface PlannedPart {
  /** Offset in the stream. */
  readonly offset: number;
  beginning: PartBeginning;
  /** Parameter sets to repeat before the first picture, with start codes; empty if none are missing. */
  readonly parameterSets: Uint8Array;
  /** Of the picture it begins with, ticks of 33 bits; -1 where there are none. */
  readonly ptsTicks: number;
  readonly dtsTicks: number;
  /** PID of the stream that leads. */
  readonly leadPid: number;
  /** What is in progress at its beginning; undefined for the first part, and once the part has been begun. */
  snapshot: PidSnapshot | undefined;
  /** Whether the clock has jumped since the part before began. */
  readonly followsJump: boolean;
  /** Whether the streams have changed since the part before began. */
  readonly followsChange: boolean;
  /** Pictures, or PES packets of audio. */
  pictures: number;
  /** Pictures that a decoder which begins with the part cannot show. */
  undecodable: number;
  /** Tells them. */
  decodability: Decodability | undefined;
  /** Whether what was counted is audio only. */
  isSound: boolean;
  /** Ticks from the decode time of its first picture to its presentation. */
  delayTicks: number;
  /** Positions of its earliest and its latest picture on the timeline, ticks. */
  firstTicks: number;
  lastTicks: number;
  /** Those two as the stream has them, ticks of 33 bits; -1 while there are none. */
  firstPts: number;
  lastPts: number;
  /** Ticks from its beginning to that of the next part, or to the end of its last picture. */
  durationTicks: number;
}

/** A part that begins at an offset, with nothing in it. */
export function newPart({
  offset,
  beginning,
  leadPid,
}: Pick<PlannedPart, 'offset' | 'beginning' | 'leadPid'>): PlannedPart {
  return {
    offset,
    beginning,
    leadPid,
    parameterSets: new Uint8Array(0),
    ptsTicks: -1,
    dtsTicks: -1,
    snapshot: undefined,
    followsJump: false,
    followsChange: false,
    pictures: 0,
    undecodable: 0,
    decodability: undefined,
    isSound: false,
    delayTicks: -1,
    firstTicks: 0,
    lastTicks: 0,
    firstPts: -1,
    lastPts: -1,
    durationTicks: 0,
  };
}

/** Counts a picture, or a PES packet of audio, that belongs to the part; `ticks`: its position on the timeline. */
export function count(part: PlannedPart, ptsTicks: number, ticks: number, picture: Picture | undefined): void {
  // Audio counts where there are no pictures.
  if (part.isSound && picture !== undefined) part.pictures = 0;
  part.isSound = picture === undefined;
  part.pictures++;
  if (part.beginning === 'stream' && part.pictures === 1 && picture?.entry !== undefined) {
    part.beginning = picture.entry;
  }
  if (ptsTicks < 0) return;
  // A picture that cannot be shown does not make the part begin earlier.
  if (part.firstPts < 0 || (ticks < part.firstTicks && part.offset === 0)) {
    part.firstTicks = ticks;
    part.firstPts = ptsTicks;
  }
  if (part.lastPts < 0 || ticks > part.lastTicks) {
    part.lastTicks = ticks;
    part.lastPts = ptsTicks;
  }
}
