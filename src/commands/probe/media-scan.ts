/**
 * Reads all media of an indexed recording once, for what an index cannot tell: NAL units whose lengths do not add up,
 * ranges of zeros, pictures that are marked as key frames and are none.
 */
import { NalUnitType } from '../../codecs/h264/nal-unit.ts';
import { NalChain, type NalChainVisitor } from '../../codecs/nal-chain.ts';
import { ZeroRanges, type ByteRange } from '../../codecs/zero-ranges.ts';
import type { ByteSource } from '../../io/file-source.ts';
import { Pace } from '../../io/pace.ts';
import type { Findings } from '../../media/findings.ts';
import type { SampleTable } from '../../media/sample-table.ts';
import { secondsAt } from '../../mp4/movie-findings.ts';
import type { InspectOptions } from './inspection.ts';

const blockLength = 128 * 1024;

/** A video track whose samples are NAL units with a length before each. */
export interface NalUnitTrack {
  readonly table: SampleTable;
  readonly codec: 'h264' | 'h265';
  readonly lengthSize: number;
  /** Ticks per second of its times; 0 where that is not known. */
  readonly timescale: number;
}

/** What is known of the media that is read. */
export interface ScannedMedia {
  readonly tracks: readonly NalUnitTrack[];
  /** Bytes, in order, in which zeros are a loss: those that no sample owns are padding, and silence may be zeros. */
  readonly owned: readonly ByteRange[];
}

/** Reads the ranges, which are in order, and adds what is found. */
export async function scanMedia(
  source: ByteSource,
  ranges: readonly { readonly start: number; readonly end: number }[],
  { tracks, owned }: ScannedMedia,
  findings: Findings,
  options: InspectOptions,
): Promise<void> {
  const total = ranges.reduce((sum, { start, end }) => sum + end - start, 0);
  const chains = tracks.filter(({ table }) => rises(table)).map((track) => chainOf(track, findings, source.path));
  let done = 0;
  let next = 0;
  const pace = new Pace(options.signal);
  for (const range of ranges) {
    const zeros = new ZeroRanges();
    for (let at = range.start; at < range.end;) {
      // Blocks begin where pages of the file do, from the second one on: those are copied much faster.
      const bytes = source.read(at, Math.min(blockLength - (at % blockLength), range.end - at));
      if (bytes.length === 0) break;
      zeros.feed(bytes, at);
      for (const chain of chains) chain.feed(bytes, at);
      at += bytes.length;
      done += bytes.length;
      if (!pace.isDue) continue;
      options.progress?.(done, total);
      await pace.turn();
    }
    for (const { start, end } of zeros.ranges) {
      while (next < owned.length && owned[next]!.end <= start) next++;
      if (next === owned.length || owned[next]!.start >= end) continue;
      findings.add('mp4-zero-range', `bytes ${start} to ${end} are zero`, {
        file: source.path,
        offset: start,
        length: end - start,
      });
    }
  }
}

/** Follows the NAL units of a track. */
function chainOf({ table, codec, lengthSize, timescale }: NalUnitTrack, findings: Findings, file: string): NalChain {
  let broken = 0;
  const visit: NalChainVisitor = (index, closed, types) => {
    const place = {
      file,
      track: 'video' as const,
      sample: index + 1,
      offset: table.offsets.at(index),
      length: table.sizes.at(index),
    };
    if (!closed) {
      // The first is described, all others are counted.
      const time = timescale > 0 && broken++ === 0 ? { time: secondsAt(table, index, timescale) } : {};
      const message = `the NAL unit lengths of sample ${index + 1} do not end where it does`;
      findings.add('nal-chain-broken', message, { ...place, ...time });
      return;
    }
    const isMarked = table.sync?.at(index) === 1 && index > 0;
    if (codec === 'h264' && isMarked && (types & (1 << NalUnitType.idrSlice)) === 0) {
      findings.add('mp4-sync-sample-doubtful', `sample ${index + 1} has no IDR picture`, place);
    }
  };
  return new NalChain(table.offsets.values(), table.sizes.values(), lengthSize, visit, codec);
}

function rises(table: SampleTable): boolean {
  const offsets = table.offsets.data;
  for (let i = 1; i < table.length; i++) if (offsets[i]! < offsets[i - 1]! + table.sizes.data[i - 1]!) return false;
  return table.length > 0;
}
