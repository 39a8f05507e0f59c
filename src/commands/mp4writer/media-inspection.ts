/**
 * Holds the index against the media itself while the media is copied anyway, so that it costs no second reading: which
 * video samples are IDR pictures, whose NAL units do not close, which samples lie in a hole of zeros. What the index said
 * wrong is put right in the sample tables, and whoever wrote a container from them before must write it again.
 */
import { NalChain } from '../../codecs/nal-chain.ts';
import { NalUnitType } from '../../codecs/h264/nal-unit.ts';
import { ZeroRanges, type ByteRange } from '../../codecs/zero-ranges.ts';
import type { ByteObserver } from '../../io/copy-range.ts';
import type { RangeSource } from '../../io/file-source.ts';
import type { Pace } from '../../io/pace.ts';
import type { Findings } from '../../media/findings.ts';
import type { SampleTable } from '../../media/sample-table.ts';
import type { Track } from '../../media/track.ts';
import type { MediaInspector } from '../../rescue/making/make-movie.ts';
import { noteLeftOut, type LeftOut } from '../../media/left-out.ts';

/** NAL units whose headers lie farther apart are not read in between: that takes disks longer than to read on. */
const farApart = 64 * 1024;
const readLength = 128 * 1024;
const shortReadLength = 4096;

/** What is held against the media, and what may be taken out. */
export interface InspectionOptions {
  /** The media file, for the findings. */
  readonly file: string;
  /** The key-frame list is known to lack numbers, so that missing ones contradict nothing. */
  readonly listIncomplete: boolean;
  /**
   * Where samples that are damaged are accounted for; they are taken out then. Undefined: nothing is taken out, damaged
   * samples keep their bytes and their place.
   */
  readonly leftOut: Readonly<Record<Track['kind'], LeftOut>> | undefined;
}

/** Is shown the media by the copying, and then says whether the sample tables were changed. */
export class MediaInspection implements MediaInspector {
  /** To be shown the media, from its first byte to its last; undefined where there is nothing to look for. */
  readonly observe: ByteObserver | undefined;
  readonly inspect: ((media: RangeSource, pace: Pace) => Promise<void>) | undefined;
  readonly comesFirst: boolean;
  readonly #tracks: readonly Track[];
  readonly #findings: Findings;
  readonly #options: InspectionOptions;
  readonly #video: SampleTable | undefined;
  readonly #zeros: ZeroRanges | undefined;
  readonly #broken: number[] = [];
  #changed = 0;
  #firstChanged = 0;
  #firstIsIdr = false;
  #entryPointAssumed = false;

  constructor(tracks: readonly Track[], findings: Findings, options: InspectionOptions) {
    this.#tracks = tracks;
    this.#findings = findings;
    this.#options = options;
    this.comesFirst = options.listIncomplete;
    const observers: ByteObserver[] = [];
    let inspect: MediaInspection['inspect'];
    const video = tracks.find(({ configuration }) => configuration.codec === 'h264');
    if (video?.configuration.codec === 'h264' && video.samples.length > 0) {
      const { samples, configuration } = video;
      this.#video = samples;
      this.#assumeEntryPoint();
      const chain = new NalChain(
        samples.offsets.values(),
        samples.sizes.values(),
        configuration.record.nalUnitLengthSize,
        (index, closed, types) => {
          this.#visit(samples, index, closed, types);
        },
      );
      observers.push((bytes, offset) => chain.feed(bytes, offset));
      inspect = (media, pace) => followChain(chain, media, pace);
    }
    // A hole may be anywhere.
    this.inspect = options.leftOut === undefined ? inspect : undefined;
    if (options.leftOut !== undefined) {
      const zeros = new ZeroRanges();
      this.#zeros = zeros;
      observers.push((bytes, offset) => zeros.feed(bytes, offset));
    }
    if (observers.length > 0) {
      this.observe = (bytes, offset) => observers.forEach((observer) => observer(bytes, offset));
    }
  }

  #visit(samples: SampleTable, index: number, closed: boolean, types: number): void {
    if (!closed) {
      // A broken chain proves nothing of the picture: the sample keeps its flag.
      this.#broken.push(index);
      return;
    }
    const isIdr = (types & (1 << NalUnitType.idrSlice)) !== 0;
    if (index === 0) this.#firstIsIdr = isIdr;
    const sync = samples.sync?.data;
    if (sync === undefined || (sync[index] === 1) === isIdr || (index === 0 && this.#entryPointAssumed)) return;
    sync[index] = isIdr ? 1 : 0;
    if (this.#changed++ === 0) this.#firstChanged = index + 1;
  }

  /**
   * A file none of whose samples is a sync sample cannot be opened by most players, and one without the table claims that
   * all are. The first sample, where every decoder must begin anyway, is the least untrue entry point.
   */
  #assumeEntryPoint(): void {
    const sync = this.#video?.sync;
    if (sync === undefined || sync.length === 0 || sync.values().includes(1)) return;
    sync.data[0] = 1;
    this.#entryPointAssumed = true;
  }

  /** To be called when all media has gone by. Tells whether a sample table has changed. */
  finish(): boolean {
    const changed = this.#settleSyncSamples();
    const damaged =
      this.#options.leftOut === undefined ? this.#reportBroken() : this.#takeOutDamaged(this.#options.leftOut);
    return changed || damaged;
  }

  #settleSyncSamples(): boolean {
    const sync = this.#video?.sync;
    if (sync === undefined) return false;
    const { file, listIncomplete } = this.#options;
    const changed = this.#changed;
    if (changed > 0 && !listIncomplete) {
      this.#findings.add(
        'sync-sample-contradicts',
        `${changed} video sample${changed === 1 ? '' : 's'}, the first of them sample ${this.#firstChanged}`,
        {
          file,
          track: 'video',
          sample: this.#firstChanged,
        },
      );
    }
    if (this.#entryPointAssumed && !this.#firstIsIdr && changed > 0) {
      sync.data[0] = 0;
      this.#entryPointAssumed = false;
    }
    this.#assumeEntryPoint();
    if (this.#entryPointAssumed && !this.#firstIsIdr) {
      this.#findings.add(
        'no-sync-sample',
        `none of ${sync.length} video samples is an IDR picture; players will start at the first and show errors until the picture has been refreshed`,
        {
          file,
          track: 'video',
        },
      );
    }
    return changed > 0;
  }

  #reportBroken(): boolean {
    const samples = this.#video;
    for (const index of this.#broken) {
      this.#findings.add(
        'nal-chain-broken',
        `the NAL unit lengths of video sample ${index + 1} do not end where it does; its bytes are kept as they are`,
        {
          file: this.#options.file,
          track: 'video',
          sample: index + 1,
          offset: samples!.offsets.at(index),
          length: samples!.sizes.at(index),
        },
      );
    }
    return false;
  }

  #takeOutDamaged(leftOut: Readonly<Record<Track['kind'], LeftOut>>): boolean {
    const holes = this.#zeros?.ranges ?? [];
    if (this.#broken.length === 0 && holes.length === 0) return false;
    let taken = false;
    for (const track of this.#tracks) {
      const { samples } = track;
      const keep = new Uint8Array(samples.length).fill(1);
      if (samples === this.#video) for (const index of this.#broken) keep[index] = 0;
      // A NAL unit's length may begin with three zero bytes that continue a hole before it; if its chain closes, it is whole.
      markZeroed(samples, keep, holes, samples === this.#video ? 3 : 0);
      if (!keep.includes(0)) continue;
      taken = true;
      this.#account(track, keep, leftOut[track.kind]);
      samples.retain(keep);
    }
    if (taken) this.#assumeEntryPoint();
    return taken;
  }

  #account(track: Track, keep: Uint8Array, leftOut: LeftOut): void {
    const { samples, timescale, kind } = track;
    const isBroken = new Set(samples === this.#video ? this.#broken : []);
    let time = samples.firstDecodeTime;
    for (let i = 0; i < samples.length; i++) {
      const duration = samples.durations.data[i]!;
      if (keep[i] === 0) {
        const offset = samples.offsets.at(i);
        const length = samples.sizes.at(i);
        noteLeftOut(
          leftOut,
          isBroken.has(i) ? 'unreadable' : 'zeros',
          offset,
          length,
          time / timescale,
          duration / timescale,
        );
        this.#findings.add('media-damaged', `${kind} sample ${i + 1} at ${(time / timescale).toFixed(3)} s`, {
          file: this.#options.file,
          track: kind,
          sample: i + 1,
          offset,
          length,
        });
      }
      time += duration;
    }
  }
}

/** Reads what the chain needs to see. */
async function followChain(chain: NalChain, media: RangeSource, pace: Pace): Promise<void> {
  const block = new Uint8Array(readLength);
  let read = -Infinity;
  for (let next = chain.next; next !== undefined; next = chain.next) {
    const count = media.readInto(block, next, next - read < farApart ? readLength : shortReadLength);
    chain.feed(block.subarray(0, count), next);
    read = next + count;
    // The file has ended.
    if (chain.next === next) return;
    if (pace.isDue) await pace.turn();
  }
}

/** Marks the samples that a hole of zeros reaches into, but for its last bytes where these may be the sample's own. */
function markZeroed(samples: SampleTable, keep: Uint8Array, holes: readonly ByteRange[], ownZeros: number): void {
  let hole = 0;
  for (let i = 0; i < samples.length && hole < holes.length; i++) {
    const start = samples.offsets.data[i]!;
    const end = start + samples.sizes.data[i]!;
    while (hole < holes.length && holes[hole]!.end <= start) hole++;
    const reach = holes[hole];
    if (reach === undefined || reach.start >= end) continue;
    const onlyOwn = reach.start <= start && reach.end <= start + ownZeros;
    if (!onlyOwn) keep[i] = 0;
  }
}
