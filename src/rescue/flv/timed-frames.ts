/**
 * The frames of a recording in the order of the file, as columns: what times are placed by. Only tracks that come first of
 * their kind count, as in `KeptTags`; nothing is judged here.
 */
import type { ByteSource } from '../../io/file-source.ts';
import type { Pace } from '../../io/pace.ts';
import { Column } from '../../media/column.ts';
import { parseMpegAudioFrameHeader } from '../../codecs/mpeg-audio/frame-header.ts';
import { signedTimestamp, timestampNear, wrapOf } from '../../flv/track-clock.ts';
import { KeptTags } from './kept-tags.ts';
import type { RewritePlan } from './rewrite-plan.ts';

/** The frames of one track. */
export class TimedTrackFrames {
  /** Recorded times in milliseconds, wraps undone. */
  readonly times = new Column(Float64Array);
  /** Place of each frame among those of both tracks. */
  readonly places = new Column(Uint32Array);
  #wraps = 0;

  get length(): number {
    return this.times.length;
  }

  add(timestamp: number, place: number): void {
    this.places.push(place);
    if (this.length === 0) return void this.times.push(signedTimestamp(timestamp));
    const before = this.times.at(this.length - 1);
    let time = timestampNear(timestamp + this.#wraps, before);
    const wrap = time < before ? wrapOf(time - before) : 0;
    this.#wraps += wrap;
    time += wrap;
    this.times.push(time);
  }
}

/** The columns of both tracks. */
export interface TimedFrames {
  readonly video: TimedTrackFrames;
  readonly audio: TimedTrackFrames;
  /** Composition time of each picture in milliseconds. */
  readonly compositionTimes: Column<Int32Array>;
  /** Whether every picture has room for a composition time. */
  readonly canCompose: boolean;
  /** What each audio frame lasts in milliseconds; 0 where nothing says it. */
  readonly lasts: Column<Float64Array>;
  /** Frames of both tracks. */
  readonly length: number;
}

/** Walks the tags that are kept. `plan`: without times of its own. */
export async function timedFrames(source: ByteSource, plan: RewritePlan, pace: Pace): Promise<TimedFrames> {
  const frames = {
    video: new TimedTrackFrames(),
    audio: new TimedTrackFrames(),
    compositionTimes: new Column(Int32Array),
    canCompose: true,
    lasts: new Column(Float64Array),
    length: 0,
  };
  const tags = new KeptTags(source, { ...plan, placed: undefined, retime: undefined }, pace);
  for (let event = tags.next(); event !== 'end'; event = tags.next()) {
    if (event === 'turn') {
      await pace.turn();
      continue;
    }
    const { tag, reader } = tags;
    if (tag.kind === undefined || !tag.isFrame || tag.trackId !== 0) continue;
    frames[tag.kind].add(reader.timestamp, frames.length++);
    if (tag.kind === 'audio') frames.lasts.push(frameLength(tags));
    else {
      frames.compositionTimes.push(tag.compositionTime);
      if (tag.compositionAt < 0) frames.canCompose = false;
    }
  }
  return frames;
}

/** Milliseconds that the audio frame at hand lasts; 0 where nothing says it. */
function frameLength({ tag, reader, audioFrameMilliseconds }: KeptTags): number {
  if (tag.codec === 'mp4a') return audioFrameMilliseconds;
  if (tag.codec !== '.mp3') return 0;
  const header = parseMpegAudioFrameHeader(reader.head, tag.headerLength);
  return header === undefined ? 0 : (header.samplesPerFrame * 1000) / header.sampleRate;
}
