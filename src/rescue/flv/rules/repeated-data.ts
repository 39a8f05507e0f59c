/** `--drop-repeats`: frames that come a second time, byte for byte, are left out. */
import type { FixContext } from '../plan.ts';

/** Does nothing unless the option is given. */
export function leaveOutRepeatedData(context: FixContext): void {
  const { survey, options } = context;
  const { repeats } = survey;
  if (!options.dropRepeats || repeats.frames === 0) return;
  context.droppedRepeats = repeats;
  context.rewriteReasons.push(`${repeats.frames} repeated frames are left out`);
}
