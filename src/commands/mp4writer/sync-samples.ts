/**
 * Holds the recorder's key-frame list against the NAL units themselves. The media is looked at while it is copied anyway,
 * so that this costs no second reading; what the list said wrong is put right in the sample table, and whoever wrote a
 * container from the table before must write it again.
 */
import { NalChain } from '../../codecs/h264/nal-chain.ts';
import { NalUnitType } from '../../codecs/h264/nal-unit.ts';
import type { ByteObserver } from '../../io/copy-range.ts';
import type { Findings } from '../../media/findings.ts';
import type { SampleTable } from '../../media/sample-table.ts';
import type { Track } from '../../media/track.ts';

export class SyncSampleCheck {
  /** To be shown the media, from its first byte to its last; undefined where no track needs it. */
  readonly observe: ByteObserver | undefined;
  readonly #samples: SampleTable | undefined;
  readonly #findings: Findings;
  readonly #file: string;
  #changed = 0;
  #firstChanged = 0;
  #firstIsIdr = false;
  #entryPointAssumed = false;

  /** `file`: the media file, for the findings. A video track without any sync sample gets its first one as entry point. */
  constructor(tracks: readonly Track[], findings: Findings, file: string) {
    this.#findings = findings;
    this.#file = file;
    const track = tracks.find(({ configuration }) => configuration.codec === 'h264');
    if (track?.configuration.codec !== 'h264' || track.samples.length === 0) return;
    const { samples, configuration } = track;
    this.#samples = samples;
    this.#assumeEntryPoint();
    const chain = new NalChain(
      samples.offsets.values(),
      samples.sizes.values(),
      configuration.record.nalUnitLengthSize,
      (index, closed, types) => {
        this.#visit(samples, index, closed, types);
      },
    );
    this.observe = (bytes, offset) => chain.feed(bytes, offset);
  }

  #visit(samples: SampleTable, index: number, closed: boolean, types: number): void {
    if (!closed) {
      // A broken chain proves nothing: the sample keeps its flag and its bytes.
      this.#findings.add(
        'nal-chain-broken',
        `the NAL unit lengths of video sample ${index + 1} do not end where it does; its bytes are kept as they are`,
        {
          file: this.#file,
          track: 'video',
          sample: index + 1,
          offset: samples.offsets.data[index]!,
          length: samples.sizes.data[index]!,
        },
      );
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
    const sync = this.#samples?.sync;
    if (sync === undefined || sync.values().includes(1)) return;
    sync.data[0] = 1;
    this.#entryPointAssumed = true;
  }

  /**
   * To be called when all media has gone by. Tells whether the table has changed. `listIncomplete`: the list was known to
   * lack numbers, so that missing ones contradict nothing.
   */
  finish(listIncomplete: boolean): boolean {
    const sync = this.#samples?.sync;
    if (sync === undefined) return false;
    const changed = this.#changed;
    if (changed > 0 && !listIncomplete) {
      this.#findings.add(
        'sync-sample-contradicts',
        `${changed} video sample${changed === 1 ? '' : 's'}, the first of them sample ${this.#firstChanged}`,
        {
          file: this.#file,
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
          file: this.#file,
          track: 'video',
        },
      );
    }
    return changed > 0;
  }
}
