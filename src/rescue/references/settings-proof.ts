/**
 * Holds the settings that x264 or x265 left in media against parameter sets that another recording lends: what decides on
 * sample values alone (bits per sample, quantisers, numbers of references) shows in no block that is read, but it does here.
 * An encoder of another build may have other habits: what the recording that lends contradicts as well is no evidence.
 */
import type { EncoderSettings, SettingsRule } from '../../codecs/encoder-settings.ts';
import { parameterSetsOf as h264SetsOf } from '../../codecs/h264/slice-header.ts';
import { x264Rules } from '../../codecs/h264/x264-settings.ts';
import { parameterSetsOf as h265SetsOf } from '../../codecs/h265/slice-segment-header.ts';
import { x265Rules } from '../../codecs/h265/x265-settings.ts';
import type { ByteSource } from '../../io/file-source.ts';
import { settingsIn, settingsOfFile } from './encoder-fingerprint.ts';
import type { CodedPictures } from './picture-proof.ts';

/** What the settings in media say of parameter sets. */
export interface SettingsProof {
  /** What contradicts them, as a clause. */
  readonly contradiction: string | undefined;
  /** Whether the encoder left settings that tell of them. */
  readonly isTold: boolean;
}

/**
 * Compares what is said at the places where media may begin with the parameter sets. `lender`: the recording that lends them,
 * in which the same encoder may have left its settings too.
 */
export function settingsProof(
  source: ByteSource,
  offsets: Iterable<number>,
  pictures: CodedPictures,
  lender: string | undefined,
): SettingsProof {
  for (const offset of offsets) {
    const settings = settingsIn(source, offset);
    if (settings === undefined) continue;
    const rules = rulesOf(settings, pictures);
    if (rules.length === 0) continue;
    const contradictions = rules.filter((rule) => !isKept(rule));
    const own = contradictions.length === 0 || lender === undefined ? undefined : settingsOfFile(lender);
    const habits = own === undefined ? [] : rulesOf(own, pictures).filter((rule) => !isKept(rule));
    const real = contradictions.find(({ field }) => habits.every((habit) => habit.field !== field));
    return { contradiction: real === undefined ? undefined : clauseOf(settings, real), isTold: true };
  }
  return { contradiction: undefined, isTold: false };
}

function rulesOf(settings: EncoderSettings, { codec, parameterSets }: CodedPictures): SettingsRule[] {
  if (codec === 'h264' && settings.encoder === 'x264') {
    const { sequence, picture } = h264SetsOf(parameterSets);
    const [pps] = picture.values();
    const sps = pps === undefined ? undefined : sequence.get(pps.seqParameterSetId);
    return pps === undefined || sps === undefined ? [] : [...x264Rules(settings, sps, pps)];
  }
  if (codec === 'h265' && settings.encoder === 'x265') {
    const { sequence, picture } = h265SetsOf(parameterSets);
    const [pps] = picture.values();
    const sps = pps === undefined ? undefined : sequence.get(pps.seqParameterSetId);
    return pps === undefined || sps === undefined ? [] : [...x265Rules(settings, sps, pps)];
  }
  return [];
}

function isKept({ expected, found }: SettingsRule): boolean {
  return expected.includes(found);
}

function clauseOf({ encoder }: EncoderSettings, { field, option, expected, found }: SettingsRule): string {
  return `${encoder} left ${option} in the media, with which ${field} is ${expected.join(' or ')} and not ${found}`;
}
