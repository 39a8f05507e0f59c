/**
 * Writes an MP4 that plays at every moment: the tracks first, then fragments, each as soon as its samples are there. At the
 * end the index of the whole is put behind them, and sixteen bytes near the beginning, which lie in one sector, turn all that
 * stands between into media: before they are written it is a movie with fragments, and after that an ordinary one. Where the
 * bytes go, and when they are brought to the disk, is for whoever records.
 *
 *     ftyp · free (16 bytes) · moov with mvex · moof mdat · moof mdat · …
 *     ftyp · mdat (64-bit size) ………………………………………………………… · moov
 */
import { ByteWriter } from '../bytes/byte-sink.ts';
import type { AccessUnit, StreamTrack } from '../media/access-unit.ts';
import { SampleTable } from '../media/sample-table.ts';
import { makeDecodeTimesRise, placeOnTimeline, usualDuration, type PlacedTrack } from '../media/timeline.ts';
import { Findings } from '../media/findings.ts';
import type { Track } from '../media/track.ts';
import { container, type Box } from './box.ts';
import { ftyp } from './boxes/ftyp.ts';
import { mfhd } from './boxes/mfhd.ts';
import { tfdt } from './boxes/tfdt.ts';
import { tfhd } from './boxes/tfhd.ts';
import { nonSyncSample, trun, type RunSample } from './boxes/trun.ts';
import { movieBoxSteps } from './movie.ts';

const movieTimescale = 1000;
const headerLength = 8;
const largeHeaderLength = 16;
/** `sample_depends_on` in the flags of a sample (8.6.4.3): on others, and on none. */
const dependsOnOthers = 0x0100_0000;
const dependsOnNone = 0x0200_0000;

interface Writing {
  readonly stream: StreamTrack;
  readonly samples: SampleTable;
  /** Decode time of the last sample, less the beginning of the recording. */
  last: number;
  /** Samples that are in no fragment yet, and their bytes. */
  readonly waiting: Uint8Array[];
  waitingFrom: number;
  waitingTime: number;
  bytes: number;
}

/** What is still to be done at the end: what stands in the file before is a movie with fragments. */
export interface MovieEnding {
  /** To be written behind all. */
  readonly index: Uint8Array;
  /** To be written over the beginning once the index is on the disk. */
  readonly header: Uint8Array;
  readonly headerOffset: number;
  /** What the file is then. */
  readonly movie: ClosedMovie;
}

/** A movie that was closed: its index is behind its media, among which are the heads of the fragments. */
export interface ClosedMovie {
  readonly tracks: readonly PlacedTrack[];
  readonly mediaStart: number;
  readonly mediaEnd: number;
  readonly creationTime: number;
  readonly timescale: number;
}

/** One file. */
export class RecordingMovie {
  readonly #write: (parts: readonly Uint8Array[]) => void;
  readonly #tracks = new Map<number, Writing>();
  readonly #start: number;
  readonly #creationTime: number;
  #sequence = 0;
  readonly #freeAt: number;
  /** Bytes written. */
  length = 0;

  /** `startSeconds`: the first decode time of all tracks. `creationTime`: seconds since 1904-01-01, UTC. */
  constructor(
    tracks: readonly StreamTrack[],
    startSeconds: number,
    creationTime: number,
    write: (parts: readonly Uint8Array[]) => void,
  ) {
    this.#write = write;
    this.#start = startSeconds;
    this.#creationTime = creationTime;
    for (const stream of tracks) {
      const samples = new SampleTable();
      const waiting = { waiting: [], waitingFrom: 0, waitingTime: 0, bytes: 0 };
      this.#tracks.set(stream.id, { stream, samples, last: 0, ...waiting });
    }
    const isAvc = tracks.some(({ configuration }) => configuration.codec === 'h264');
    const compatibleBrands = ['isom', 'iso5', 'iso6', ...(isAvc ? ['avc1'] : []), 'mp41'];
    this.#put(bytesOf(ftyp({ majorBrand: 'isom', minorVersion: 0x200, compatibleBrands })));
    this.#freeAt = this.length;
    const free = new ByteWriter();
    free.u32(largeHeaderLength);
    free.latin1('free');
    free.zeros(largeHeaderLength - headerLength);
    this.#put(free.toBytes());
    this.#put(bytesOf(this.#movie(this.#placed(true), true)));
  }

  /** Samples that are in no fragment yet. */
  get waiting(): number {
    let samples = 0;
    for (const { waiting } of this.#tracks.values()) samples += waiting.length;
    return samples;
  }

  /** Seconds of media that are in no fragment yet. */
  get waitingSeconds(): number {
    let longest = 0;
    for (const { waiting, last, waitingTime, stream } of this.#tracks.values()) {
      if (waiting.length > 0) longest = Math.max(longest, (last - waitingTime) / stream.timescale);
    }
    return longest;
  }

  /** Takes an access unit, whose bytes stay as they are until they are in a fragment. */
  unit({ track, decodeTime, compositionOffset, isSync, data }: AccessUnit): void {
    const writing = this.#tracks.get(track.id)!;
    const { samples } = writing;
    const index = samples.length;
    const time = Math.max(0, decodeTime - Math.round(this.#start * track.timescale));
    if (index === 0) samples.firstDecodeTime = time;
    // Players want times that do not step back; a stumble is held for a moment.
    const at = index === 0 ? time : Math.max(writing.last, time);
    if (index > 0) samples.durations.data[index - 1] = Math.min(0x7fffffff, at - writing.last);
    if (writing.waiting.length === 0) writing.waitingTime = at;
    writing.last = at;
    samples.append(0, data.length, compositionOffset + time - at, isSync);
    writing.waiting.push(data);
    writing.bytes += data.length;
  }

  /** Writes a fragment of all samples that are in none yet. */
  flush(): void {
    const ready = [...this.#tracks.values()].filter(({ waiting }) => waiting.length > 0);
    if (ready.length === 0) return;
    this.#sequence++;
    for (const writing of ready) this.#guessLast(writing);
    const offsets = new Map<Writing, number>();
    const fragment = (): Box =>
      container('moof', [
        mfhd(this.#sequence),
        ...ready.map((writing) => this.#trackFragment(writing, offsets.get(writing) ?? 0)),
      ]);
    let at = fragment().size + headerLength;
    for (const writing of ready) {
      offsets.set(writing, at);
      let offset = this.length + at;
      for (let i = writing.waitingFrom; i < writing.samples.length; i++) {
        writing.samples.offsets.data[i] = offset;
        offset += writing.samples.sizes.data[i]!;
      }
      at += writing.bytes;
    }
    const media = ready.reduce((sum, { bytes }) => sum + bytes, 0);
    const moof = fragment();
    const head = new ByteWriter(moof.size + headerLength);
    moof.write(head);
    head.u32(media + headerLength);
    head.latin1('mdat');
    // One write: a file that ends in the middle of a fragment has all of those before it.
    this.#put(head.toBytes(), ...ready.flatMap(({ waiting }) => waiting));
    for (const writing of ready) {
      writing.waiting.length = 0;
      writing.waitingFrom = writing.samples.length;
      writing.bytes = 0;
    }
  }

  /** Forgets the samples that are in no fragment yet, for which there is no room. Gives how many there were. */
  dropWaiting(): number {
    let dropped = 0;
    for (const writing of this.#tracks.values()) {
      const { samples, waiting, waitingFrom } = writing;
      dropped += waiting.length;
      const { offsets, sizes, durations, compositionOffsets, sync } = samples;
      for (const column of [offsets, sizes, durations, compositionOffsets, sync]) {
        if (column !== undefined) column.length = waitingFrom;
      }
      waiting.length = 0;
      writing.bytes = 0;
    }
    return dropped;
  }

  /** The end of the file, all samples being in fragments. */
  finish(): MovieEnding {
    this.flush();
    const tracks = this.#placed(false);
    const index = bytesOf(this.#movie(tracks, false));
    const header = new ByteWriter(largeHeaderLength);
    header.u32(1);
    header.latin1('mdat');
    header.u64(this.length - this.#freeAt);
    const mediaStart = this.#freeAt + largeHeaderLength;
    const times = { creationTime: this.#creationTime, timescale: movieTimescale };
    const movie = { tracks, mediaStart, mediaEnd: this.length, ...times };
    return { index, header: header.toBytes(), headerOffset: this.#freeAt, movie };
  }

  /** Bytes that the index will have at most, about: what has to be left on the disk for it. */
  get indexBytes(): number {
    let samples = 0;
    for (const writing of this.#tracks.values()) samples += writing.samples.length;
    return 4096 + 32 * samples;
  }

  /** How long the last sample lasts is not known before the next one is there: as long as the others, for now. */
  #guessLast({ samples }: Writing): void {
    const last = samples.length - 1;
    if (samples.durations.data[last] !== 0) return;
    const before = last === 0 ? 1 : samples.durations.data[last - 1]!;
    samples.durations.data[last] = before > 0 ? before : usualDuration(samples);
  }

  #trackFragment(writing: Writing, dataOffset: number): Box {
    const { samples, stream, waitingFrom, waitingTime } = writing;
    const run: RunSample[] = [];
    for (let i = waitingFrom; i < samples.length; i++) {
      run.push({
        duration: samples.durations.data[i]!,
        size: samples.sizes.data[i]!,
        flags: samples.isSync(i) ? dependsOnNone : dependsOnOthers | nonSyncSample,
        compositionOffset: samples.compositionOffset(i),
      });
    }
    return container('traf', [
      tfhd({
        trackId: stream.id,
        baseDataOffset: undefined,
        sampleDescriptionIndex: undefined,
        sampleDuration: undefined,
        sampleSize: undefined,
        sampleFlags: undefined,
        defaultBaseIsMoof: true,
      }),
      tfdt(waitingTime),
      trun(dataOffset, run),
    ]);
  }

  #placed(isFragmented: boolean): PlacedTrack[] {
    const findings = new Findings();
    const all = [...this.#tracks.values()];
    const tracks = all
      .filter(({ samples }) => isFragmented || samples.length > 0)
      .map(({ stream, samples }): Track => {
        const { id, kind, timescale, configuration } = stream;
        const track = { id, kind, timescale, configuration, samples: isFragmented ? new SampleTable() : samples };
        if (!isFragmented) makeDecodeTimesRise(track, findings);
        return track;
      });
    return placeOnTimeline(tracks);
  }

  #movie(tracks: readonly PlacedTrack[], isFragmented: boolean): Box {
    const steps = movieBoxSteps(tracks, {
      creationTime: this.#creationTime,
      timescale: movieTimescale,
      largeOffsets: this.length > 0xffffffff,
      shift: () => 0,
      isFragmented,
    });
    for (;;) {
      const step = steps.next();
      if (step.done === true) return step.value;
    }
  }

  #put(...parts: readonly Uint8Array[]): void {
    this.#write(parts);
    for (const { length } of parts) this.length += length;
  }
}

function bytesOf(box: Box): Uint8Array {
  const writer = new ByteWriter(box.size);
  box.write(writer);
  return writer.toBytes();
}
