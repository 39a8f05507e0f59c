/**
 * The codec as `av01.P.LLT.DD`, with what follows where it is not the default (AV1 in ISOBMFF, section 5).
 */
import type { Av1CodecConfiguration } from './codec-configuration.ts';
import { sequenceHeaderOf } from './temporal-unit.ts';

const two = (value: number): string => String(value).padStart(2, '0');

/** The string for RFC 6381; colour is named only where the sequence header states it and it is not the default. */
export function codecString(record: Av1CodecConfiguration, sampleEntryType = 'av01'): string {
  const bitDepth = record.highBitdepth ? (record.twelveBit ? 12 : 10) : 8;
  const level = `${two(record.seqLevelIdx0)}${record.seqTier0 === 1 ? 'H' : 'M'}`;
  const required = [sampleEntryType, String(record.seqProfile), level, two(bitDepth)].join('.');
  const header = sequenceHeaderOf(record.configObus);
  const colour = header?.colourConfig;
  if (colour === undefined) return required;
  const { colourPrimaries, transferCharacteristics, matrixCoefficients } = colour.colour;
  const optional = [
    colour.monochrome ? '1' : '0',
    `${colour.chromaSubsamplingX}${colour.chromaSubsamplingY}${colour.chromaSamplePosition}`,
    two(colourPrimaries),
    two(transferCharacteristics),
    two(matrixCoefficients),
    colour.colourRangeFull ? '1' : '0',
  ].join('.');
  // Colour that nobody stated is best not stated here either: the default would claim BT.709.
  const unspecified = colourPrimaries === 2 && transferCharacteristics === 2 && matrixCoefficients === 2;
  const isUsual = !colour.monochrome && colour.chromaSubsamplingX === 1 && !colour.colourRangeFull;
  return optional === '0.110.01.01.01.0' || (unspecified && isUsual) ? required : `${required}.${optional}`;
}
