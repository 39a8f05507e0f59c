/**
 * The rules, in the order in which they are applied.
 *
 * First what tags the result will have: the header, what is left out, what is put in, which times they get. Each of these
 * may make a rewrite necessary, and none looks at `onMetaData`'s values. Then, when the tags of the result are known, what
 * `onMetaData` says of them: codecs before times, because a missing sequence header may have been found. Where things lie
 * (the size of the file, the key-frame index) comes last of all, in `conclude.ts`: it depends on the length of everything
 * that the other rules write.
 */
import type { FixContext } from './plan.ts';
import { leaveOutDamage } from './rules/damaged-tags.ts';
import { repairFileHeader } from './rules/file-header.ts';
import { repairCodecValues } from './rules/metadata-codecs.ts';
import { placeMetadata } from './rules/metadata-place.ts';
import { repairTimeValues } from './rules/metadata-times.ts';
import { insertSequenceHeaders } from './rules/missing-sequence-headers.ts';
import { repairPreviousTagSizes } from './rules/previous-tag-sizes.ts';
import { leaveOutRepeatedData } from './rules/repeated-data.ts';
import { leaveOutRepeatedHeaders } from './rules/repeated-sequence-headers.ts';

/** A rule reads what was surveyed and adds findings, patches and reasons for a rewrite to the context; one that may last gives steps. */
type Rule = (context: FixContext) => void | Generator<void, void>;

/** Applies rules in their order, step by step. */
export function* applyRules(rules: readonly Rule[], context: FixContext): Generator<void, void> {
  for (const rule of rules) {
    const steps = rule(context);
    if (steps !== undefined) yield* steps;
  }
}

/** The rules that decide which tags the result has. */
export const tagRules: readonly Rule[] = [
  repairFileHeader,
  leaveOutDamage,
  repairPreviousTagSizes,
  insertSequenceHeaders,
  leaveOutRepeatedHeaders,
  leaveOutRepeatedData,
  placeMetadata,
];

/** The rules that run once the layout of the result is known. */
export const metadataRules: readonly Rule[] = [repairCodecValues, repairTimeValues];
