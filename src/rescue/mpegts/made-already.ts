/**
 * Whether a file is what `ts-fix` makes of a recording, by every byte: what would be written is held against what is there, and
 * nothing is written. A result of another recording, or of an earlier state of this one, differs.
 */
import type { FileSource } from '../../io/file-source.ts';
import type { Pace } from '../../io/pace.ts';
import { isIntact, plainChoices, type FixChoices, type FixPlan } from './plan.ts';
import { TsRewriter } from './rewrite.ts';
import { surveyForFix } from './survey.ts';

/** What is written differs from what is there: the rest need not be looked at. */
class Difference extends Error {}

/**
 * `made`: the file that may be the result. `options`: words of `ts-fix` with which it was made. Throws a SalvorError where one
 * of the files cannot be read.
 */
export async function isFixedTs(
  made: FileSource,
  recording: FileSource,
  options: readonly string[],
  pace: Pace,
): Promise<boolean> {
  const choices: FixChoices = {
    ...plainChoices,
    fromFirstKey: options.includes('--from-first-key'),
    retime: options.includes('--retime'),
  };
  const ignored = (): void => {};
  const plan = await surveyForFix(recording, choices, pace, ignored);
  if (isIntact(plan, choices)) return false;
  return isWrittenAlready(made, recording, plan, choices, pace);
}

/** The same where the recording has been looked at: whether `made` holds just what `plan` writes. */
export async function isWrittenAlready(
  made: FileSource,
  recording: FileSource,
  plan: FixPlan,
  choices: FixChoices,
  pace: Pace,
): Promise<boolean> {
  const write = (bytes: Uint8Array, offset: number): void => {
    if (Buffer.compare(made.read(offset, bytes.length), bytes) !== 0) throw new Difference();
  };
  const rewriter = new TsRewriter(recording, plan, choices, { write });
  try {
    await rewriter.write(pace, () => {});
  } catch (error) {
    if (error instanceof Difference) return false;
    throw error;
  }
  return rewriter.written > 0 && rewriter.written === made.size;
}
