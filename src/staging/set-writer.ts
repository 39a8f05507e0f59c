/**
 * Makes the files of a staging set, as the media server lays them out, from samples in their order of arrival. Memory does not
 * grow with the media: entries stream out, and only the key-frame numbers are gathered. What `.info` has to say can be asked for
 * at any time. It knows where bytes go by functions alone, never files.
 */
import { Column } from '../media/column.ts';
import type { InfoRun, StagingInfo, TrackRecord } from './info.ts';
import { maxEntryBytes, writeTrackEntry } from './track-entry.ts';

/** Where the first sample begins in `.mdat`, and where the size of its box stands. */
export const mediaStart = 16;
const sizeFieldOffset = 8;
/** What the server writes for "yes" in a flag of its own. */
const yes = 0x0f;
const entryBufferLength = 64 * 1024;

/** What is known of a track before its first sample. */
export interface StagingTrackConfiguration {
  /** Ticks per second: 1000 for both tracks of an RTMP source. */
  readonly timescale: number;
  /** Audio: an ES_Descriptor. Video: an AVCDecoderConfigurationRecord. */
  readonly configuration: Uint8Array;
  /** Pixels; video only, otherwise 0. */
  readonly width: number;
  readonly height: number;
}

/** What is known of a set before its first sample. */
export interface StagingConfiguration {
  readonly audio?: StagingTrackConfiguration | undefined;
  readonly video?: StagingTrackConfiguration | undefined;
  /** 0x0F where 32-bit fields are asked for, otherwise 0. */
  readonly winQtCompat: number;
  /** Seconds since 1904-01-01, UTC. */
  readonly creationTime: number;
}

/** A sample as it arrives, but for its bytes. */
export interface StagingSample {
  readonly kind: 'audio' | 'video';
  /** Ticks of the track on the recording's clock. May step back, as a publisher's clock does. */
  readonly decodeTime: number;
  /** Ticks from decode to presentation time; 0 for audio. */
  readonly compositionOffset: number;
  /** Whether it is an IDR picture. Of no meaning for audio. */
  readonly sync: boolean;
}

/** Takes the entries of a `.trackN`. */
export type EntrySink = (bytes: Uint8Array) => void;

/** Numbers met one after the other, counted in runs of equal ones. */
class OpenRun {
  /** Runs that have ended. */
  ended = 0;
  value = 0;
  count = 0;

  /** Takes the next number, and gives the run that it ended. */
  next(value: number): InfoRun | undefined {
    if (this.count > 0 && value === this.value) {
      this.count++;
      return undefined;
    }
    const over = this.count === 0 ? undefined : { count: this.count, value: this.value };
    if (over !== undefined) this.ended++;
    this.value = value;
    this.count = 1;
    return over;
  }
}

class TrackWriter {
  readonly #kind: StagingSample['kind'];
  readonly #trackId: number;
  readonly #configuration: StagingTrackConfiguration;
  readonly #sink: EntrySink;
  readonly #entries = new Uint8Array(entryBufferLength);
  readonly #entriesView = new DataView(this.#entries.buffer);
  #filled = 0;
  readonly #durations = new OpenRun();
  readonly #compositionOffsets = new OpenRun();
  readonly #sizes = new OpenRun();
  #count = 0;
  #lastDecodeTime = 0;

  constructor(
    kind: StagingSample['kind'],
    trackId: number,
    configuration: StagingTrackConfiguration,
    sinks: ReadonlyMap<number, EntrySink>,
  ) {
    const sink = sinks.get(trackId);
    if (sink === undefined) throw new TypeError(`the ${kind} track needs a sink for .track${trackId}`);
    this.#kind = kind;
    this.#trackId = trackId;
    this.#configuration = configuration;
    this.#sink = sink;
  }

  /** Adds a sample and returns its number, from 1. */
  add(sample: StagingSample, size: number, offset: number): number {
    // A step back is written modulo 2^32.
    const step = this.#count === 0 ? undefined : (sample.decodeTime - this.#lastDecodeTime) >>> 0;
    const endedDurationRun = step === undefined ? undefined : this.#durations.next(step);
    const endedCompositionRun =
      this.#kind === 'video' ? this.#compositionOffsets.next(sample.compositionOffset) : undefined;
    this.#sizes.next(size);
    if (this.#filled + maxEntryBytes > entryBufferLength) this.flush();
    this.#filled += writeTrackEntry(
      {
        size,
        offset,
        ...(endedDurationRun === undefined ? {} : { endedDurationRun }),
        ...(endedCompositionRun === undefined ? {} : { endedCompositionRun }),
      },
      this.#entriesView,
      this.#filled,
    );
    this.#lastDecodeTime = sample.decodeTime;
    return ++this.#count;
  }

  flush(): void {
    if (this.#filled > 0) this.#sink(this.#entries.subarray(0, this.#filled));
    this.#filled = 0;
  }

  /** What `.info` says of it. */
  get record(): TrackRecord {
    const { timescale, configuration, width, height } = this.#configuration;
    const sameSize = this.#count > 0 && this.#sizes.ended === 0;
    return {
      kind: this.#kind,
      trackId: this.#trackId,
      width,
      height,
      timescale,
      configuration,
      durationRuns: this.#durations.ended,
      // One more than there are steps: the counts of all runs add up to the sample count.
      lastDurationRun: { count: this.#count === 0 ? 0 : this.#durations.count + 1, value: this.#durations.value },
      lastDecodeTime: this.#lastDecodeTime,
      sameSizeFlag: sameSize ? yes : 0,
      sizeOrCount: sameSize ? this.#sizes.value : this.#count,
      compositionRuns: this.#compositionOffsets.ended,
      lastCompositionRun: { count: this.#compositionOffsets.count, value: this.#compositionOffsets.value },
      is64: 1,
      sampleCount: this.#count,
    };
  }
}

/** Indexes one recording: every sample, and now and then what has been indexed by then. */
export class SetWriter {
  readonly #configuration: StagingConfiguration;
  readonly #audio: TrackWriter | undefined;
  readonly #video: TrackWriter | undefined;
  readonly #keyFrames = new Column(Uint32Array);
  #mediaBytes = 0;

  /** `tracks`: where entries go, by track id. A lone track is number 1; otherwise audio is 1 and video 2. */
  constructor(configuration: StagingConfiguration, tracks: ReadonlyMap<number, EntrySink>) {
    const { audio, video } = configuration;
    if (audio === undefined && video === undefined) throw new TypeError('a recording needs audio, video or both');
    this.#configuration = configuration;
    this.#audio = audio === undefined ? undefined : new TrackWriter('audio', 1, audio, tracks);
    this.#video =
      video === undefined ? undefined : new TrackWriter('video', audio === undefined ? 1 : 2, video, tracks);
  }

  /** Bytes of media indexed so far: what the samples added amount to. */
  get mediaBytes(): number {
    return this.#mediaBytes;
  }

  /** Takes the next sample, `size` bytes, which the caller puts into the media file behind those before. */
  index(sample: StagingSample, size: number): void {
    const track = sample.kind === 'video' ? this.#video : this.#audio;
    if (track === undefined) throw new TypeError(`the recording was given no ${sample.kind} track`);
    const number = track.add(sample, size, mediaStart + this.#mediaBytes);
    if (sample.kind === 'video' && sample.sync) this.#keyFrames.push(number);
    this.#mediaBytes += size;
  }

  /** Hands on the entries of all samples so far. */
  flush(): void {
    this.#audio?.flush();
    this.#video?.flush();
  }

  /** What `.info` has to say of the samples so far; the key-frame numbers are a view. */
  get info(): StagingInfo {
    const { winQtCompat, creationTime } = this.#configuration;
    const [audio, video] = [this.#audio?.record, this.#video?.record];
    const numbers = this.#keyFrames.values();
    return {
      keyFrames: video === undefined ? undefined : { count: numbers.length, numbers },
      sizeFieldOffset,
      mediaBytes: this.#mediaBytes,
      movieTimescale: 1000,
      winQtCompat,
      creationTime,
      nextTrackId: 1 + Math.max(audio?.trackId ?? 0, video?.trackId ?? 0),
      tracksPresent: (audio === undefined ? 0 : 1) | (video === undefined ? 0 : 2),
      audio,
      video,
      stale: new Uint8Array(0),
    };
  }
}
