/**
 * Finds the sequence and picture parameter set that the recorder puts before SEI messages and IDR pictures, and makes a
 * decoder configuration of them.
 */
import { avcDecoderConfigurationOf, type AvcDecoderConfiguration } from '../codecs/h264/decoder-configuration.ts';
import { NalUnitType } from '../codecs/h264/nal-unit.ts';
import type { ByteSource } from '../io/file-source.ts';
import type { SampleTable } from '../media/sample-table.ts';

/** Samples looked into, and the largest parameter set that is believed. */
const samplesLookedInto = 1500;
const maxParameterSet = 4096;

/** From the first samples with `keep` set that hold both sets; undefined where none does. */
export function inBandAvcConfiguration(
  samples: SampleTable,
  keep: Uint8Array,
  mdat: ByteSource,
): AvcDecoderConfiguration | undefined {
  for (let i = 0; i < Math.min(samples.length, samplesLookedInto); i++) {
    if (keep[i] === 0) continue;
    const found = parameterSetsOf(mdat, samples.offsets.data[i]!, samples.sizes.data[i]!);
    if (found !== undefined) return avcDecoderConfigurationOf(found.sps, found.pps);
  }
  return undefined;
}

function parameterSetsOf(
  mdat: ByteSource,
  offset: number,
  size: number,
): { sps: Uint8Array; pps: Uint8Array } | undefined {
  let sps: Uint8Array | undefined;
  let at = offset;
  while (at + 5 <= offset + size) {
    const header = mdat.read(at, 5);
    if (header.length < 5) return undefined;
    const length = new DataView(header.buffer, header.byteOffset).getUint32(0);
    const type = header[4]! & 0x1f;
    if (length === 0 || at + 4 + length > offset + size) return undefined;
    if (type === NalUnitType.sequenceParameterSet || type === NalUnitType.pictureParameterSet) {
      if (length > maxParameterSet) return undefined;
      const bytes = mdat.read(at + 4, length).slice();
      if (type === NalUnitType.sequenceParameterSet) sps = bytes;
      else if (sps !== undefined) return { sps, pps: bytes };
    } else if (type === NalUnitType.nonIdrSlice || type === NalUnitType.idrSlice) {
      // Parameter sets stand before the slices.
      return undefined;
    }
    at += 4 + length;
  }
  return undefined;
}

/** Whether two configurations have the same first sequence parameter set. */
export function sameSequenceParameterSet(a: AvcDecoderConfiguration, b: AvcDecoderConfiguration): boolean {
  const [first, second] = [a.sequenceParameterSets[0], b.sequenceParameterSets[0]];
  return first !== undefined && second !== undefined && Buffer.from(first).equals(second);
}
