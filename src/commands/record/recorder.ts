/**
 * Makes files of access units as they come: begins with a picture that decoding can begin with, cuts before one, carries on
 * in another file where the tracks change, and ends each file whole, also where the disk is full. It knows neither the
 * container that is read nor the terminal.
 */
import { NoRoom } from '../../io/growing-file.ts';
import type {
  AccessUnit,
  AccessUnitReader,
  AccessUnitVisitor,
  StreamDamage,
  StreamTrack,
} from '../../media/access-unit.ts';
import { SalvorError } from '../../media/errors.ts';
import { unfitForFlv } from '../../flv/stream-writer.ts';
import { unfitForTransportStream } from '../../mpegts/stream-writer.ts';
import { openChunk } from './chunk-writer.ts';
import type { OpenChunk } from './chunk.ts';
import { DescribedChunks, notDescribed } from './described-chunks.ts';
import { ChunkFiles, type ChunkFilesOptions } from './chunk-files.ts';
import { KeptMedia } from './kept-media.ts';
import type { RecordingType } from './names.ts';
import { PacketRecorder } from './packet-recorder.ts';
import { refuseUnstageable } from './staging-chunk.ts';

/** How a stream is recorded. */
export interface RecorderOptions extends ChunkFilesOptions {
  /** Undefined: FLV for H.264, MP4 for everything else, as go-rtmp has it. */
  readonly type: RecordingType | undefined;
  /** The four files of the media server in place of MP4s. */
  readonly staging: boolean;
  /** Seconds; 0: one file. */
  readonly chunkSeconds: number;
  readonly waitForIdr: boolean;
  /** What the stream is called, where what files hold is to be told of with each. */
  readonly describe?: string | undefined;
}

/** Samples are held so long, in seconds of media or of the clock on the wall, for those of the other track to come. */
const heldMedia = 1;
const heldMilliseconds = 300;
/** Before the first file, tracks may come so long after each other. */
const heldAtStart = 2;
const heldAtStartMilliseconds = 500;

interface Held extends AccessUnit {
  readonly seconds: number;
  readonly arrived: number;
  /** Number of the block that keeps its bytes. */
  readonly block: number;
}

interface Chunk extends OpenChunk {
  readonly start: number;
  readonly tracks: ReadonlyMap<number, StreamTrack>;
  readonly hasVideo: boolean;
  /** The end of the last sample, and the last step, by track. */
  readonly ends: Map<number, { at: number; step: number }>;
  /** Tracks of pictures of which none has come yet that decoding can begin with. */
  readonly awaited: Set<number>;
  /** The lowest block number of the samples that its writer still has. */
  block: number;
  frames: number;
  isLate: boolean;
}

/** Records one stream. `tick` is to be called several times a second. */
export class Recorder implements AccessUnitVisitor {
  readonly #options: RecorderOptions;
  readonly #tracks = new Map<number, StreamTrack>();
  readonly #held = new Map<number, Held[]>();
  #chunk: Chunk | undefined;
  readonly #files: ChunkFiles;
  #packets: PacketRecorder | undefined;
  #cutAsked = false;
  readonly #kept = new KeptMedia(() => this.#oldestBlock());
  #written = 0;
  #hasPassedOver = false;
  readonly #described: DescribedChunks | undefined;

  constructor(options: RecorderOptions) {
    this.#options = options;
    this.#files = new ChunkFiles(options);
    this.#described = options.describe === undefined ? undefined : new DescribedChunks(options.describe);
  }

  /** Whether there is nothing to be done with what still comes. */
  get isStopped(): boolean {
    return this.#files.isStopped;
  }

  /** Where it records to, as it was told. */
  get path(): string {
    return this.#options.path;
  }

  get wasFull(): boolean {
    return this.#files.isFull;
  }

  /** Samples that were put into files so far. */
  get samples(): number {
    return this.#written + (this.#packets?.samples ?? 0);
  }

  /** Samples that are in no file so far. */
  get lost(): number {
    return this.#files.lostInAll;
  }

  /** The file that is being written. */
  get currentFile(): string | undefined {
    return this.#packets?.currentFile ?? this.#chunk?.file.path;
  }

  /** Takes the bytes of a transport stream where they are recorded as they are; undefined where they are not. */
  packetReader(): AccessUnitReader | undefined {
    const { type, waitForIdr, chunkSeconds, onNotice, describe } = this.#options;
    if (type !== 'ts' || !waitForIdr) return undefined;
    const isDescribed = describe !== undefined;
    return (this.#packets = new PacketRecorder({ files: this.#files, chunkSeconds, onNotice, isDescribed }));
  }

  track(track: StreamTrack): void {
    this.#tracks.set(track.id, track);
  }

  unit(unit: AccessUnit): void {
    if (this.#files.isFull) return void this.#files.lost++;
    const { track, decodeTime, compositionOffset, isSync, offset } = unit;
    const data = this.#kept.keep(unit.data);
    const block = this.#kept.blockNumber;
    let queue = this.#held.get(track.id);
    if (queue === undefined) this.#held.set(track.id, (queue = []));
    const seconds = decodeTime / track.timescale;
    const arrived = performance.now();
    queue.push({ track, decodeTime, compositionOffset, isSync, offset, data, seconds, arrived, block });
    this.#release(false);
  }

  /** The lowest block number of what is held here or waits to be written. */
  #oldestBlock(): number {
    const chunk = this.#chunk;
    let oldest = chunk === undefined || chunk.writer.waiting === 0 ? Infinity : chunk.block;
    for (const [first] of this.#held.values()) if (first !== undefined) oldest = Math.min(oldest, first.block);
    return oldest;
  }

  damage(damage: StreamDamage): void {
    const { length } = damage;
    this.#described?.damage(damage);
    this.#options.onNotice(`${length} bytes of the input are neither packets nor tags`);
  }

  passedOver(what: string, bytes: number): void {
    this.#described?.passedOver(what, bytes);
    if (bytes === 0 || this.#hasPassedOver) return;
    this.#hasPassedOver = true;
    this.#options.onNotice(`left out: ${what}`);
  }

  /** The next file is to begin as soon as it can. */
  cut(): void {
    this.#cutAsked = true;
    this.#packets?.cut();
  }

  /** Writes what has waited long enough, and has it brought to the disk. */
  tick(): void {
    if (this.#files.isFull) return;
    this.#packets?.tick();
    this.#release(false);
    const chunk = this.#chunk;
    if (chunk === undefined) return;
    try {
      chunk.writer.flush();
      chunk.file.reserve(chunk.writer.reserve);
    } catch (error) {
      this.#endFull(error);
    }
    this.#chunk?.file.syncInBackground(chunk.ends.size > 0);
  }

  /** Nothing follows. */
  async finish(): Promise<void> {
    if (!this.#files.isFull) this.#release(true);
    this.#end();
    await this.#files.settle();
  }

  /** Hands on what is held, in the order of its times. */
  #release(isEnd: boolean): void {
    while (!this.#files.isFull) {
      let next: Held[] | undefined;
      let [there, latest] = [0, 0];
      for (const queue of this.#held.values()) {
        if (queue.length === 0) continue;
        there++;
        latest = Math.max(latest, queue.at(-1)!.seconds);
        if (next === undefined || queue[0]!.seconds < next[0]!.seconds) next = queue;
      }
      if (next === undefined) return;
      if (!isEnd && this.#mayWait(there, latest, next[0]!)) return;
      this.#take(next.shift()!);
    }
  }

  /** Whether samples of another track may come that belong before this one. `there`: tracks of which some are held. */
  #mayWait(there: number, latest: number, head: Held): boolean {
    const isBegun = this.#chunk !== undefined;
    const expected = isBegun ? this.#chunk!.tracks.size : 2;
    if (there >= expected) return false;
    const media = isBegun ? heldMedia : heldAtStart;
    const wall = isBegun ? heldMilliseconds : heldAtStartMilliseconds;
    return latest - head.seconds < media && performance.now() - head.arrived < wall;
  }

  #take(unit: Held): void {
    const { track } = unit;
    const open = this.#chunk;
    const changes = open !== undefined && open.tracks.get(track.id)?.configuration !== track.configuration;
    const isEntry = this.#isEntry(unit);
    const isDue = open !== undefined && this.#isDue(open, unit.seconds);
    // Where the tracks change, what follows is kept as it comes: the pictures go on from those of the file before.
    if (open !== undefined && (changes || (isDue && isEntry))) this.#end();
    else if (isDue && !open.isLate && unit.seconds - open.start >= 2 * this.#options.chunkSeconds) {
      open.isLate = true;
      this.#options.onNotice('no picture that decoding can begin with came for twice the length of a chunk');
    }
    if (this.#files.isFull) return void this.#files.lost++;
    if (this.#chunk === undefined && !this.#begin(unit, changes)) return void this.#files.lost++;
    const chunk = this.#chunk!;
    // What comes before the first picture that decoding can begin with cannot be shown.
    if (chunk.awaited.has(track.id) && !unit.isSync) return void this.#files.lost++;
    chunk.awaited.delete(track.id);
    try {
      chunk.writer.unit(unit);
    } catch (error) {
      this.#files.lost++;
      this.#endFull(error);
      return;
    }
    chunk.block = chunk.writer.waiting <= 1 ? unit.block : Math.min(chunk.block, unit.block);
    this.#described?.unit(unit);
    this.#count(chunk, unit);
  }

  /** Whether a file may begin with it. */
  #isEntry({ track, isSync }: Held): boolean {
    if (this.#chunk?.hasVideo !== true || !this.#options.waitForIdr) return true;
    return track.kind === 'video' && isSync;
  }

  #isDue({ start }: Chunk, seconds: number): boolean {
    const { chunkSeconds } = this.#options;
    return this.#cutAsked || (chunkSeconds > 0 && seconds - start >= chunkSeconds - 0.0005);
  }

  #count(chunk: Chunk, { track, seconds }: Held): void {
    this.#written++;
    const known = chunk.ends.get(track.id);
    const step = known === undefined ? 0.04 : Math.max(0, seconds - known.at);
    chunk.ends.set(track.id, { at: seconds, step: step > 0 && step < 1 ? step : (known?.step ?? 0.04) });
    if (track.kind === 'video' || !chunk.hasVideo) chunk.frames++;
  }

  /** Begins a file with this sample. `goesOn`: with the pictures of the one before. False: there is no room. */
  #begin(first: Held, goesOn: boolean): boolean {
    const heads = [...this.#held.values()].flatMap((queue) => queue.slice(0, 1));
    const present = new Map<number, StreamTrack>();
    for (const { track } of [first, ...heads]) if (!present.has(track.id)) present.set(track.id, track);
    const tracks = [...present.values()].toSorted((a, b) => a.id - b.id);
    const type = this.#options.type ?? typeFor(tracks);
    const { staging } = this.#options;
    if (staging) refuseUnstageable(tracks);
    refuseUnfit(tracks, type);
    const startSeconds = Math.min(first.seconds, ...heads.map(({ seconds }) => seconds));
    try {
      const plan = { type, staging, tracks, startSeconds };
      const chunk = this.#files.next(type, (path, mayReplace) => openChunk(plan, path, mayReplace));
      const video = tracks.filter(({ kind }) => kind === 'video' && !goesOn && this.#options.waitForIdr);
      const awaited = new Set(video.map(({ id }) => id));
      const hasVideo = tracks.some(({ kind }) => kind === 'video');
      const begun = {
        start: first.seconds,
        tracks: present,
        hasVideo,
        awaited,
        ends: new Map(),
        block: 0,
        frames: 0,
        isLate: false,
      };
      this.#chunk = { ...chunk, ...begun };
      this.#cutAsked = false;
      return true;
    } catch (error) {
      if (!(error instanceof NoRoom)) throw error;
      if (this.#makeRoom()) return this.#begin(first, goesOn);
      return false;
    }
  }

  /** Ends the file that is open. */
  #end(): void {
    const chunk = this.#chunk;
    if (chunk === undefined) return;
    this.#chunk = undefined;
    const { file, writer, ends } = chunk;
    if (ends.size === 0) {
      this.#files.giveBack(file);
      return;
    }
    const stop = Math.max(chunk.start, ...[...ends.values()].map(({ at, step }) => at + step));
    try {
      writer.finish(stop);
    } catch (error) {
      if (!(error instanceof NoRoom)) throw error;
      this.#finishWithoutRoom(chunk, stop);
    }
    const description = this.#described?.take(this.#files.lost);
    const figures = { start: chunk.start, stop, frames: chunk.frames };
    this.#files.close(file, figures, () => description ?? notDescribed, writer.improve);
  }

  /** Where the disk is full, the file is ended by what was kept free for that; throws whatever else there is. */
  #endFull(error: unknown): void {
    if (!(error instanceof NoRoom)) throw error;
    this.#options.onNotice('the disk is full: the file is ended with what was kept free for that');
    this.#chunk?.file.giveUpReserve();
    this.#end();
    this.#makeRoom();
  }

  #finishWithoutRoom({ file, writer }: Chunk, stop: number): void {
    file.giveUpReserve();
    try {
      writer.finish(stop);
    } catch (error) {
      if (!(error instanceof NoRoom)) throw error;
      this.#files.lost += writer.drop();
      writer.finish(stop);
    }
  }

  /** Makes room where that is wanted. Without that nothing more is recorded. */
  #makeRoom(): boolean {
    if (this.#files.makeRoom()) return true;
    for (const queue of this.#held.values()) this.#files.lost += queue.splice(0).length;
    return false;
  }
}

/** FLV for H.264 and where there are no pictures, MP4 for everything else: as go-rtmp records. */
function typeFor(tracks: readonly StreamTrack[]): RecordingType {
  const video = tracks.find(({ kind }) => kind === 'video');
  return video === undefined || video.configuration.codec === 'h264' ? 'flv' : 'mp4';
}

function refuseUnfit(tracks: readonly StreamTrack[], type: RecordingType): void {
  if (type === 'mp4') return;
  const whyNot = type === 'flv' ? unfitForFlv : unfitForTransportStream;
  for (const { kind, configuration } of tracks) {
    const reason = whyNot(configuration);
    if (reason === undefined) continue;
    const what = `type=${type} cannot hold ${kind} of the codec ${configuration.codec}: ${reason}`;
    throw new SalvorError('unrecoverable', what, { advice: 'record it with type=mp4' });
  }
}
