/**
 * The parameter sets of H.264 as they stand in media: most encoders repeat them before every key picture, and the carver meets
 * each several times. What was read once is not read again.
 */
import { NalUnitType, nalUnitType } from '../../codecs/h264/nal-unit.ts';
import { parsePictureParameterSet, type PictureParameterSet } from '../../codecs/h264/picture-parameter-set.ts';
import { parseSequenceParameterSet, type SequenceParameterSet } from '../../codecs/h264/sequence-parameter-set.ts';
import type { ParameterSets } from '../../codecs/h264/slice-header.ts';

/** Sets that are remembered; a stream has one or two of each kind. */
const maxRemembered = 64;

interface Read {
  readonly sequence: SequenceParameterSet | undefined;
  readonly picture: PictureParameterSet | undefined;
}

/** Reads parameter sets of one stream. */
export class RepeatedParameterSets {
  readonly #read = new Map<string, Read>();

  /** Takes an SPS or PPS NAL unit into `sets`. Returns whether it can be read. */
  take(sets: ParameterSets, nalUnit: Uint8Array): boolean {
    const { sequence, picture } = this.#of(nalUnit);
    if (sequence !== undefined) sets.sequence.set(sequence.seqParameterSetId, sequence);
    if (picture !== undefined) sets.picture.set(picture.picParameterSetId, picture);
    return sequence !== undefined || picture !== undefined;
  }

  #of(nalUnit: Uint8Array): Read {
    const key = Buffer.from(nalUnit.buffer, nalUnit.byteOffset, nalUnit.length).toString('latin1');
    const known = this.#read.get(key);
    if (known !== undefined) return known;
    const isSequence = nalUnitType(nalUnit) === NalUnitType.sequenceParameterSet;
    const read = {
      sequence: isSequence ? parseSequenceParameterSet(nalUnit).value : undefined,
      picture: isSequence ? undefined : parsePictureParameterSet(nalUnit).value,
    };
    if (this.#read.size >= maxRemembered) this.#read.clear();
    this.#read.set(key, read);
    return read;
  }
}
