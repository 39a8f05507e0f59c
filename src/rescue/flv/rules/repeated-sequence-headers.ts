/** `--dedupe-headers`: sequence headers that say again what is in force are left out. */
import type { FixContext } from '../plan.ts';

/** Does nothing unless the option is given. */
export function leaveOutRepeatedHeaders(context: FixContext): void {
  const { survey, options } = context;
  const repeated = survey.video.repeatedHeaders + survey.audio.repeatedHeaders;
  if (!options.dedupeHeaders || repeated === 0) return;
  context.dedupeHeaders = true;
  context.rewriteReasons.push(`${repeated} repeated sequence headers are left out`);
}
