/**
 * Reads all media of an MP4 or MOV once, for what its tables cannot tell: NAL units whose lengths do not add up, ranges of
 * zeros, pictures that are marked as key frames and are none.
 */
import { setImmediate as turn } from 'node:timers/promises';
import { parseAvcDecoderConfiguration } from '../../codecs/h264/decoder-configuration.ts';
import { NalUnitType } from '../../codecs/h264/nal-unit.ts';
import { parseHevcDecoderConfiguration } from '../../codecs/h265/decoder-configuration.ts';
import { NalChain, type NalChainVisitor } from '../../codecs/nal-chain.ts';
import { ZeroRanges } from '../../codecs/zero-ranges.ts';
import { throwIfInterrupted } from '../../media/errors.ts';
import type { Findings } from '../../media/findings.ts';
import type { SampleTable } from '../../media/sample-table.ts';
import type { SampleEntry } from '../../mp4/sample-entry.ts';
import type { MovieFile } from '../../mp4/movie-reader.ts';
import type { MovieSamples } from '../../mp4/movie-samples.ts';
import type { InspectOptions } from './inspection.ts';

const blockLength = 512 * 1024;
/** Bytes after which signals and the progress bar get their turn. */
const turnEvery = 8 * 1024 * 1024;

export async function scanMovieMedia(
  file: MovieFile,
  samples: MovieSamples,
  findings: Findings,
  options: InspectOptions,
): Promise<void> {
  const { source, boxes } = file.layout;
  const media = boxes.filter(({ type }) => type === 'mdat');
  const total = media.reduce((sum, { body, end }) => sum + end - body, 0);
  const chains = chainsOf(samples, findings, source.path);
  let done = 0;
  let turned = 0;
  for (const box of media) {
    const zeros = new ZeroRanges();
    for (let at = box.body; at < box.end;) {
      const bytes = source.read(at, Math.min(blockLength, box.end - at));
      if (bytes.length === 0) break;
      zeros.feed(bytes, at);
      for (const chain of chains) chain.feed(bytes, at);
      at += bytes.length;
      done += bytes.length;
      if (done - turned < turnEvery) continue;
      turned = done;
      options.progress?.(done, total);
      await turn();
      throwIfInterrupted(options.signal);
    }
    for (const { start, end } of zeros.ranges) {
      findings.add('mp4-zero-range', `bytes ${start} to ${end} are zero`, {
        file: source.path,
        offset: start,
        length: end - start,
      });
    }
  }
}

/** What follows the NAL units of each track whose samples lie one behind the other. */
function chainsOf(samples: MovieSamples, findings: Findings, file: string): NalChain[] {
  const chains: NalChain[] = [];
  for (const { track, samples: read } of samples.tracks) {
    const { table } = read;
    const lengthSize = nalUnitLengthSize(track.entries[0]);
    if (lengthSize === undefined || !rises(table)) continue;
    const isAvc = track.entries[0]?.configuration?.type === 'avcC';
    const visit: NalChainVisitor = (index, closed, types) => {
      const place = {
        file,
        track: 'video' as const,
        sample: index + 1,
        offset: table.offsets.at(index),
        length: table.sizes.at(index),
      };
      if (!closed) {
        findings.add('nal-chain-broken', `the NAL unit lengths of sample ${index + 1} do not end where it does`, place);
      } else if (isAvc && table.sync?.at(index) === 1 && (types & (1 << NalUnitType.idrSlice)) === 0 && index > 0) {
        findings.add('mp4-sync-sample-doubtful', `sample ${index + 1} has no IDR picture`, place);
      }
    };
    chains.push(new NalChain(table.offsets.values(), table.sizes.values(), lengthSize, visit, isAvc ? 'h264' : 'h265'));
  }
  return chains;
}

function nalUnitLengthSize(entry: SampleEntry | undefined): number | undefined {
  const configuration = entry?.configuration;
  if (configuration === undefined) return undefined;
  const { type, bytes } = configuration;
  if (type === 'avcC') return parseAvcDecoderConfiguration(bytes).value?.nalUnitLengthSize;
  return type === 'hvcC' ? parseHevcDecoderConfiguration(bytes).value?.nalUnitLengthSize : undefined;
}

function rises(table: SampleTable): boolean {
  const offsets = table.offsets.data;
  for (let i = 1; i < table.length; i++) if (offsets[i]! < offsets[i - 1]! + table.sizes.data[i - 1]!) return false;
  return table.length > 0;
}
