/** The size in each tag and the one behind it, by which a file is walked backwards: both are written anew where they are wrong. */
import { previousTagSizeLength } from '../../../flv/tag.ts';
import type { FixContext } from '../plan.ts';

/** Patches a size before the first tag that is not 0; asks for a rewrite where others are wrong or missing. */
export function repairPreviousTagSizes({
  survey,
  rewriteReasons,
  source,
  firstTag,
  opening,
  patches,
  findings,
}: FixContext): void {
  if (survey.wrongSizes > 0) rewriteReasons.push('the sizes in the headers of tags are written anew');
  if (survey.wrongPreviousTagSizes > 0) rewriteReasons.push('the sizes after the tags are written anew');
  if (survey.lastTagOpen) rewriteReasons.push('the size after the last tag is missing');
  if (opening.header === undefined) return;
  if (opening.lacksFirstSize) {
    findings.add('flv-previous-tag-size', 'the size that belongs before the first tag is missing', {
      file: source.path,
      offset: firstTag,
    });
    rewriteReasons.push('the size before the first tag is missing');
    return;
  }
  const first = source.read(firstTag - previousTagSizeLength, previousTagSizeLength);
  if (first.every((byte) => byte === 0)) return;
  const offset = firstTag - previousTagSizeLength;
  findings.add('flv-previous-tag-size', 'expected 0 before the first tag', {
    file: source.path,
    offset,
    length: previousTagSizeLength,
  });
  patches.push({ offset, bytes: new Uint8Array(previousTagSizeLength) });
}
