/**
 * Lists what a transport stream carries: the frames of its audio, and of everything else the PES packets, each of which is
 * a picture as a rule. Every row comes when its end is known.
 */
import type { ByteSource } from '../../io/file-source.ts';
import { claimsRandomAccess, packetLength, payloadOf, pidOf } from '../../mpegts/packet.ts';
import { packetRuns, type PacketRun } from '../../mpegts/packet-stream.ts';
import { PesReader } from '../../mpegts/pes.ts';
import { PacketEvent, PidStates } from '../../mpegts/pid-states.ts';
import { canFindPictures, VideoPictures } from '../../mpegts/pictures/video-pictures.ts';
import type { SampleRow } from './inspection.ts';
import { hasAudioFrames, AudioFrames } from './audio-frames.ts';
import { clockBase } from './ts-walk.ts';

/** A stream that is listed, and its position among the streams of the report. */
export interface ListedStream {
  readonly position: number;
  readonly kind: string;
  /** As the mpegts room calls it, and as ffprobe does. */
  readonly codec: string;
  readonly name: string | undefined;
}

type Unit = { -readonly [K in keyof SampleRow]: SampleRow[K] };

/** One stream while its packets go by. */
class Listing {
  readonly stream: ListedStream;
  readonly #pes = new PesReader();
  readonly #pictures: VideoPictures | undefined;
  readonly #audio: AudioFrames | undefined;
  #unit: Unit | undefined;

  constructor(stream: ListedStream) {
    this.stream = stream;
    if (stream.kind === 'audio' && hasAudioFrames(stream.name)) this.#audio = new AudioFrames(stream.name);
    if (!canFindPictures(stream.codec)) return;
    this.#pictures = new VideoPictures(stream.codec, { wholePictures: false }, ({ offset, entry }) => {
      if (entry !== undefined && this.#unit?.offset === offset) this.#unit.sync = true;
    });
  }

  enter(bytes: Buffer): void {
    this.#pictures?.enter(bytes);
  }

  *take({ bytes }: PacketRun, at: number, offset: number, events: number): Generator<SampleRow> {
    if ((events & PacketEvent.counterGap) !== 0) {
      this.#pes.interrupt();
      this.#audio?.clear();
    }
    if ((events & (PacketEvent.payload | PacketEvent.duplicate)) !== PacketEvent.payload) return;
    const end = at + packetLength;
    const media = this.#pes.take(bytes, payloadOf(bytes, at), end, (events & PacketEvent.unitStart) !== 0);
    if (this.#audio !== undefined) {
      if (this.#pes.begun) this.#audio.begin(this.#pes.ptsTicks, offset);
      if (media < end && this.#pes.isOpen) this.#audio.feed(bytes, media, end);
      yield* this.#frames(this.#audio);
      return;
    }
    if (this.#pes.begun) {
      yield* this.finish();
      this.#unit = this.#row(offset, this.#pes.ptsTicks, this.#pes.dtsTicks);
      this.#unit.sync = this.stream.kind !== 'video' || claimsRandomAccess(bytes, at);
    }
    if (this.#unit !== undefined && this.#pes.isOpen) this.#unit.size += end - media;
    this.#pictures?.take(at, offset, events);
  }

  *finish(): Generator<SampleRow> {
    if (this.#unit !== undefined) yield this.#unit;
    this.#unit = undefined;
  }

  *#frames(audio: AudioFrames): Generator<SampleRow> {
    for (const { offset, ptsTicks, durationTicks, size } of audio.take()) {
      yield { ...this.#row(offset, ptsTicks, ptsTicks), durationTicks, size };
    }
  }

  #row(offset: number, ptsTicks: number, dtsTicks: number): Unit {
    return {
      track: this.stream.position,
      kind: this.stream.kind,
      timeBase: clockBase,
      dtsTicks: dtsTicks < 0 ? undefined : dtsTicks,
      ptsTicks: ptsTicks < 0 ? undefined : ptsTicks,
      durationTicks: undefined,
      size: 0,
      offset,
      sync: true,
    };
  }
}

/** All samples of the streams, by PID. */
export function* tsSamples(source: ByteSource, streams: ReadonlyMap<number, ListedStream>): Generator<SampleRow> {
  const listings = new Map([...streams].map(([pid, stream]) => [pid, new Listing(stream)]));
  const states = new PidStates();
  let generation = -1;
  for (const run of packetRuns(source)) {
    if (run.format === undefined) continue;
    if (run.generation !== generation) for (const listing of listings.values()) listing.enter(run.bytes);
    generation = run.generation;
    const { stride, lead } = run.format;
    for (let cell = run.start; cell < run.end; cell += stride) {
      const at = cell + lead;
      const events = states.take(run.bytes, at);
      const listing = listings.get(pidOf(run.bytes, at));
      if (listing !== undefined) yield* listing.take(run, at, run.offset + cell - run.start, events);
    }
  }
  for (const listing of listings.values()) yield* listing.finish();
}
