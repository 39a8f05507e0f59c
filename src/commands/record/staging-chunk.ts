/**
 * A chunk as the four files of the media server's staging set, which its combiner or `mp4writer` makes an MP4 of. Media and
 * entries grow; `.info` is put in its place anew each time that they have been brought to the disk, so that whichever is there
 * says nothing that is not.
 */
import { ByteWriter } from '../../bytes/byte-sink.ts';
import { writeAvcDecoderConfiguration } from '../../codecs/h264/decoder-configuration.ts';
import { writeEsDescriptor } from '../../codecs/mpeg4/es-descriptor.ts';
import { AtomicOutput } from '../../io/atomic-output.ts';
import { pathKind } from '../../io/directory.ts';
import { createFile, dropFile, type GrowingFile } from '../../io/growing-file.ts';
import { Pace } from '../../io/pace.ts';
import { isFull } from '../../io/system-error.ts';
import type { AccessUnit, StreamTrack } from '../../media/access-unit.ts';
import { SalvorError } from '../../media/errors.ts';
import { creationTimeAt } from '../../mp4/creation-time.ts';
import { writeInfo } from '../../staging/info.ts';
import { writeMediaFileHeader } from '../../staging/media-file.ts';
import { stagingSuffixes } from '../../staging/names.ts';
import { mediaStart, SetWriter, type StagingTrackConfiguration } from '../../staging/set-writer.ts';
import { minReserve, type ChunkFile, type ChunkPlan, type ChunkWriter } from './chunk.ts';

/** Media is written when there is so much of it, in seconds. */
const maxWait = 0.5;
/** What is kept free for each sample: its entry and its key-frame number, twice. */
const reservePerSample = 8;

/** Refuses what a staging set has no place for. */
export function refuseUnstageable(tracks: readonly StreamTrack[]): void {
  const unfit = tracks.find(
    ({ configuration }) =>
      configuration.codec !== 'h264' && !(configuration.codec === 'aac' && configuration.audio !== undefined),
  );
  const isSecond = ['video', 'audio'].some((kind) => tracks.filter((track) => track.kind === kind).length > 1);
  if (unfit === undefined && !isSecond) return;
  const what = unfit === undefined ? 'more than one track of a kind' : `the codec ${unfit.configuration.codec}`;
  throw new SalvorError('unrecoverable', `a staging set cannot hold ${what}: H.264 and AAC are what its server has`, {
    advice: 'record it without --staging',
  });
}

/** The files of a set. */
export class StagingChunk implements ChunkFile {
  readonly path: string;
  readonly replaces = false;
  readonly mdat: GrowingFile;
  readonly tracks: ReadonlyMap<number, GrowingFile>;
  /** What `.info` has to say of what was written. */
  info: () => Uint8Array = () => new Uint8Array(0);
  #syncing: Promise<void> | undefined;
  #failure: unknown;
  #length = 0;

  constructor(path: string, mdat: GrowingFile, tracks: ReadonlyMap<number, GrowingFile>) {
    this.path = path;
    this.mdat = mdat;
    this.tracks = tracks;
  }

  get length(): number {
    const tracks = [...this.tracks.values()].reduce((sum, { length }) => sum + length, 0);
    return this.mdat.length + tracks + this.#length;
  }

  reserve(bytes: number): void {
    this.mdat.reserve(bytes);
  }

  giveUpReserve(): void {
    this.mdat.giveUpReserve();
  }

  syncInBackground(): void {
    if (this.#failure !== undefined) throw this.#failure;
    this.#syncing ??= this.#sync()
      .catch((error: unknown) => {
        // Where the disk is full the media does not fit either, and is told of; at the end it is written with what was kept free.
        if (!isFull((error as { cause?: unknown }).cause ?? error)) this.#failure = error;
      })
      .finally(() => (this.#syncing = undefined));
  }

  async #sync(): Promise<void> {
    const info = this.info();
    for (const file of [this.mdat, ...this.tracks.values()]) await file.synced();
    const output = this.#infoOutput();
    try {
      output.write(info, 0);
      await output.syncInBackground(new Pace());
      output.nameOnly();
      this.#length = info.length;
    } catch (error) {
      output.discard();
      throw error;
    }
  }

  #infoOutput(): AtomicOutput {
    // What a killed run left is looked for once, when the set is closed.
    return new AtomicOutput(`${this.path}.info`, { replace: true, temporaries: [] });
  }

  async close(): Promise<void> {
    this.giveUpReserve();
    await this.#syncing;
    for (const file of this.tracks.values()) await file.close();
    await this.#sync();
    // While it is open, combiners leave the set alone.
    await this.mdat.close();
  }

  discard(): void {
    for (const file of [...this.tracks.values(), this.mdat]) file.discard();
  }

  drop(): void {
    for (const suffix of stagingSuffixes) dropFile(this.path + suffix);
  }
}

/** The files of a set of which none is there, nor an MP4 of that name; undefined where one is. */
export function createStagingFiles(path: string, { tracks }: ChunkPlan): StagingChunk | undefined {
  if (['', ...stagingSuffixes].some((suffix) => pathKind(path + suffix) !== undefined)) return undefined;
  const opened: GrowingFile[] = [];
  const create = (suffix: string): GrowingFile => {
    const file = createFile(path + suffix, false);
    if (file === undefined) throw new SalvorError('busy', 'another recorder has begun it', { file: path + suffix });
    opened.push(file);
    return file;
  };
  try {
    const mdat = create('.mdat');
    return new StagingChunk(path, mdat, new Map(tracks.map((_, index) => [index + 1, create(`.track${index + 1}`)])));
  } catch (error) {
    for (const file of opened) file.discard();
    throw error;
  }
}

interface Timing {
  readonly kind: StreamTrack['kind'];
  readonly timescale: number;
}

/** Ticks per second as the server has them: those of RTMP, or 90 kHz for pictures and the sampling rate for audio. */
function timescaleOf({ timescale, configuration }: StreamTrack): number {
  const rate = configuration.codec === 'aac' ? (configuration.audio?.samplingFrequency.hertz ?? 0) : 0;
  return timescale === 1000 || rate === 0 ? timescale : rate;
}

function describe(track: StreamTrack): StagingTrackConfiguration {
  const { configuration } = track;
  const timescale = timescaleOf(track);
  if (configuration.codec === 'h264') {
    const { width, height } = configuration.sps ?? configuration;
    return { timescale, configuration: writeAvcDecoderConfiguration(configuration.record), width, height };
  }
  if (configuration.codec !== 'aac') throw new TypeError(`${configuration.codec} is no codec of a staging set`);
  return { timescale, configuration: writeEsDescriptor(configuration.descriptor), width: 0, height: 0 };
}

/** Writes the media of a set and what indexes it. */
export function stagingWriter({ tracks, startSeconds }: ChunkPlan, files: StagingChunk): ChunkWriter {
  const of = (kind: StreamTrack['kind']): StagingTrackConfiguration | undefined => {
    const track = tracks.find((each) => each.kind === kind);
    return track === undefined ? undefined : describe(track);
  };
  const sinks = [...files.tracks].map(([id, file]) => [id, (bytes: Uint8Array) => file.append([bytes])] as const);
  const set = new SetWriter(
    { audio: of('audio'), video: of('video'), winQtCompat: 0, creationTime: creationTimeAt(Date.now()) },
    new Map(sinks),
  );
  const timings = new Map(
    tracks.map((track): [number, Timing] => [track.id, { kind: track.kind, timescale: timescaleOf(track) }]),
  );
  const header = (): Uint8Array => {
    const sink = new ByteWriter(mediaStart);
    writeMediaFileHeader(mediaStart + set.mediaBytes, sink);
    return sink.toBytes();
  };
  files.mdat.append([header()]);
  files.info = () => {
    const sink = new ByteWriter(4096);
    writeInfo(set.info, sink);
    return sink.toBytes();
  };
  let waiting: AccessUnit[] = [];
  let samples = 0;
  let waitsFrom = 0;
  const flush = (): void => {
    if (waiting.length > 0) {
      files.mdat.append(waiting.map(({ data }) => data));
      for (const { track, decodeTime, compositionOffset, isSync, data } of waiting) {
        const { kind, timescale } = timings.get(track.id)!;
        const ticks = (time: number): number => Math.round((time * timescale) / track.timescale);
        const at = ticks(decodeTime) - Math.round(startSeconds * timescale);
        set.index({ kind, decodeTime: at, compositionOffset: ticks(compositionOffset), sync: isSync }, data.length);
      }
      samples += waiting.length;
      waiting = [];
    }
    set.flush();
    // Media first: what an entry says of it is true then.
    files.mdat.patch(header(), 0);
    for (const file of files.tracks.values()) file.flush();
  };
  return {
    get waiting() {
      return waiting.length;
    },
    unit(unit) {
      const seconds = unit.decodeTime / unit.track.timescale;
      if (waiting.length > 0 && seconds - waitsFrom >= maxWait) flush();
      if (waiting.length === 0) waitsFrom = seconds;
      waiting.push(unit);
    },
    flush,
    drop() {
      const dropped = waiting.length;
      waiting = [];
      return dropped;
    },
    get reserve() {
      return minReserve + reservePerSample * (samples + waiting.length);
    },
    finish: flush,
  };
}
