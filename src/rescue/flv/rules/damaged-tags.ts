/** Torn tags, zeros that were never written, holes, and the headers of files that were appended: all of it is left out. */
import type { FixContext } from '../plan.ts';

/** Asks for a rewrite where the survey met gaps between tags or headers within the file. */
export function leaveOutDamage({ survey, rewriteReasons }: FixContext): void {
  if (survey.gapCount > 0) rewriteReasons.push('bytes that are no tags are left out');
  if (survey.innerHeaders > 0) rewriteReasons.push('FLV headers within the file are left out');
}
