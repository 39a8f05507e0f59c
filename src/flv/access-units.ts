/**
 * The access units of an FLV that streams by, legacy and enhanced, on one timeline: counters that wrap are undone, and
 * where the clock was set what follows goes on. It knows no other container, and keeps no media.
 */
import { parseVp8FrameHeader } from '../codecs/vp8/frame-header.ts';
import { parseVp9FrameHeader } from '../codecs/vp9/frame-header.ts';
import type { AccessUnitReader, AccessUnitVisitor, StreamTrack } from '../media/access-unit.ts';
import { configurationOfFrames, type SelfDescribing } from '../media/frame-configuration.ts';
import { StreamClock } from '../media/stream-clock.ts';
import type { CodecConfiguration } from '../media/track.ts';
import { configurationOfRecord } from './codec-record.ts';
import { MediaTag, type TagView } from './media-tag.ts';
import { TagStream, type TagVisitor } from './tag-stream.ts';
import { TrackClock } from './track-clock.ts';

/** Ticks per second of FLV. */
const timescale = 1000;

/** Codecs whose frames say what a sequence header would. */
const selfDescribing: Readonly<Record<string, SelfDescribing | undefined>> = {
  '.mp3': 'mp3',
  'ac-3': 'ac3',
  'ec-3': 'eac3',
};

interface TrackState {
  readonly id: number;
  readonly kind: 'video' | 'audio';
  readonly clock: TrackClock;
  codec: string;
  /** The sequence header that holds. */
  record: Buffer | undefined;
  /** Of that header; the track is told of with the first frame. */
  configuration: CodecConfiguration | undefined;
  track: StreamTrack | undefined;
}

/** Reads an FLV as it comes. */
export class FlvAccessUnits implements AccessUnitReader, TagVisitor {
  readonly #visitor: AccessUnitVisitor;
  readonly #stream: TagStream;
  readonly #tag = new MediaTag();
  readonly #tracks = new Map<number, TrackState>();
  readonly #clock = new StreamClock();

  /** `begun`: the bytes begin with a tag, not with the header of the file. */
  constructor(visitor: AccessUnitVisitor, begun = false) {
    this.#visitor = visitor;
    this.#stream = new TagStream(this, begun);
  }

  /** How often the clock was set, back or far ahead. */
  get clockSettings(): number {
    return this.#clock.settings;
  }

  feed(bytes: Uint8Array): void {
    this.#stream.feed(bytes);
  }

  finish(): void {
    this.#stream.finish();
  }

  gap(offset: number, length: number): void {
    this.#visitor.damage({ offset, length });
  }

  header(): void {
    // A file that was put behind another: the clocks tell the rest.
  }

  tag(view: TagView, timestamp: number, data: Uint8Array, offset: number): void {
    const tag = this.#tag;
    tag.read(view);
    if (tag.kind === undefined) return;
    if (tag.role === 'sequenceHeader') this.#configure(this.#stateOf(tag.kind, tag.trackId), data);
    else if (tag.isFrame) this.#frame(this.#stateOf(tag.kind, tag.trackId), timestamp, data, offset);
  }

  #stateOf(kind: 'video' | 'audio', trackId: number): TrackState {
    const id = 2 * trackId + (kind === 'video' ? 1 : 2);
    let state = this.#tracks.get(id);
    if (state === undefined) {
      state = {
        id,
        kind,
        clock: new TrackClock(),
        codec: '',
        record: undefined,
        configuration: undefined,
        track: undefined,
      };
      this.#tracks.set(id, state);
    }
    return state;
  }

  #configure(state: TrackState, data: Uint8Array): void {
    const { codec, headerLength } = this.#tag;
    const record = Buffer.from(data.subarray(headerLength));
    if (state.codec === codec && state.record?.equals(record) === true) return;
    // Frames of these say all, and a header of theirs may be empty.
    if (selfDescribing[codec] !== undefined) return;
    const configuration = configurationOfRecord({ codec, record });
    if (configuration === undefined) return this.#visitor.passedOver(`a configuration of ${codec}`, data.length);
    state.codec = codec;
    state.record = record;
    state.configuration = configuration;
    state.track = undefined;
  }

  #frame(state: TrackState, timestamp: number, data: Uint8Array, offset: number): void {
    const tag = this.#tag;
    const media = data.subarray(tag.headerLength);
    if (tag.codec !== state.codec) {
      state.codec = tag.codec;
      state.record = undefined;
      state.configuration = undefined;
      state.track = undefined;
    }
    state.track ??= this.#begin(state, media);
    const { track } = state;
    state.clock.add(timestamp);
    if (track === undefined) {
      const name = tag.codec === '' ? `codec ${tag.legacyId ?? ''}` : tag.codec;
      const why = tag.needsSequenceHeader ? `${tag.kind} before its sequence header` : `${tag.kind} of ${name}`;
      return this.#visitor.passedOver(why, media.length);
    }
    const { latest } = state.clock;
    const shift = this.#clock.place(state.id, latest / timescale);
    this.#visitor.unit({
      track,
      decodeTime: latest + Math.round(shift * timescale),
      compositionOffset: tag.compositionTime,
      isSync: state.kind === 'audio' || tag.role === 'keyFrame',
      data: media,
      offset: offset + tag.headerLength,
    });
  }

  /** The track, once a frame and all that has to be known of it are here. */
  #begin(state: TrackState, media: Uint8Array): StreamTrack | undefined {
    const { configuration } = state;
    const known = configuration === undefined ? this.#configurationOf(state, media) : withSize(configuration, media);
    if (known === undefined) return undefined;
    const track = { id: state.id, kind: state.kind, timescale, configuration: known };
    this.#visitor.track(track);
    return track;
  }

  #configurationOf({ codec }: TrackState, media: Uint8Array): CodecConfiguration | undefined {
    const self = selfDescribing[codec];
    if (self !== undefined) return configurationOfFrames(self, media);
    if (codec !== 'vp08') return undefined;
    return withSize({ codec: 'vp8', record: undefined, width: 0, height: 0 }, media);
  }
}

/** VP8 and VP9 say their size in key frames alone; such a track begins with one. */
function withSize(configuration: CodecConfiguration, frame: Uint8Array): CodecConfiguration | undefined {
  if (configuration.codec !== 'vp8' && configuration.codec !== 'vp9') return configuration;
  const header =
    configuration.codec === 'vp8' ? parseVp8FrameHeader(frame).value : parseVp9FrameHeader(frame.subarray(0, 64)).value;
  if (header?.width === undefined || header.height === undefined) return undefined;
  return { ...configuration, width: header.width, height: header.height };
}
