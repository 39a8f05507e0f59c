/**
 * How much of the long trials is tried: everything where `CI` or SALVOR_TRIALS=all asks for it, and a sample otherwise, which is
 * the same every time. A trial is one of many alike: a place where a file is cut, a mutant, a moment of a kill, a cell of a
 * matrix. What only one test shows is no trial.
 */

/** Whether everything is tried. */
export const triesAll = process.env['CI'] === 'true' || process.env['SALVOR_TRIALS'] === 'all';

/** All of many alike, or every `every`th of them and the first. */
export function trialsOf<T>(all: readonly T[], every = 4): readonly T[] {
  return triesAll ? all : all.filter((_, index) => index % every === 0);
}

/** As many of `all` rounds as are tried. */
export function trialCount(all: number, every = 4): number {
  return triesAll ? all : Math.ceil(all / every);
}

/** By how much a loop over places goes on: 1, or `sampled`. */
export function trialStep(sampled: number, all = 1): number {
  return triesAll ? all : sampled;
}
