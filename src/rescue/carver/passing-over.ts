/**
 * Finds out whether samples of tracks that are not looked for stand between those that are, and has the carver pass over
 * them: camera data behind every picture, timecodes, audio of a codec that is not read. Media without such is carved once,
 * as it always was.
 */
import type { ByteSource } from '../../io/file-source.ts';
import { firstOf } from './tried-media.ts';
import { carve, type CarveOptions, type CarveRange, type Carving } from './carver.ts';
import { learnRecords, type ByteGap, type RecordRule } from './records.ts';
import type { SampleSyntax } from './sample-syntax.ts';

/** Ranges that cannot be read from which on they are taken for samples of another track. */
const minGaps = 3;
/** Where no sample is proven by its neighbour all are one. */
const minShareLost = 0.3;
/** Media from which it is learnt how such samples look. */
const learntFrom = 16 * 1024 * 1024;
/** Part of long media that is tried first without passing over anything, and the least that shows something. */
const shareTriedFirst = 0.05;
const minTriedFirst = 1024 * 1024;
/** Learning goes on while it finds more. */
const maxRounds = 3;

/** Looks for samples of the streams, passing over what is of others where that finds more. */
export async function carvePassingOver(
  source: ByteSource,
  ranges: readonly CarveRange[],
  streams: readonly SampleSyntax[],
  options: CarveOptions,
): Promise<Carving> {
  const isUnmarked = streams.some(({ unmarked }) => unmarked !== undefined);
  const total = lengthOf(ranges);
  let isBegun = false;
  const plainly = async (where: readonly CarveRange[]): Promise<Carving> => {
    if (isBegun) for (const syntax of streams) syntax.interrupt?.();
    isBegun = true;
    return await carve(source, where, streams, { ...options, passOver: undefined });
  };
  // There other tracks are streams like those that are looked for.
  if (isUnmarked) return await carve(source, ranges, streams, options);
  // Where a reference has others, or the beginning of much media shows them, all of it need not be gone through in vain.
  const isTold = options.passOver !== undefined;
  const bytesShown = isTold ? learntFrom : Math.min(learntFrom, Math.floor(total * shareTriedFirst));
  const isLong = bytesShown >= minTriedFirst && (options.known ?? []).every((each) => each === undefined);
  const beginning = isLong ? await firstOf(source, ranges, bytesShown, options.pace) : ranges;
  let plain = isTold && isLong ? undefined : await plainly(beginning);
  let isWhole = !isLong;
  if (isLong && plain !== undefined && !showsOthers(plain, lengthOf(beginning), options)) {
    plain = await plainly(ranges);
    isWhole = true;
  }
  if (isWhole && !showsOthers(plain!, total, options)) return plain!;
  const again = async (
    where: readonly CarveRange[],
    passOver: readonly RecordRule[],
    isLearning: boolean,
  ): Promise<Carving> => {
    for (const syntax of streams) syntax.interrupt?.();
    return await carve(source, where, streams, { ...options, passOver, isLearning });
  };
  const learning = await firstOf(source, ranges, learntFrom, options.pace);
  let rules: readonly RecordRule[] = options.passOver ?? [];
  let best = await again(learning, rules, true);
  for (let round = 0; round < maxRounds; round++) {
    const learnt = [...(options.passOver ?? []), ...learnRecords(source, inner(best))];
    if (learnt.length === 0) break;
    const next = await again(learning, learnt, true);
    if (round > 0 && bytesFound(next) <= bytesFound(best)) break;
    rules = learnt;
    best = next;
  }
  if (isWhole) {
    const whole = await again(ranges, rules, false);
    return bytesFound(whole) > bytesFound(plain!) ? whole : plain!;
  }
  // Of long media what was found in its beginning decides.
  const isBetter =
    plain === undefined
      ? (best.passed?.count ?? 0) > 0
      : bytesFound(await again(beginning, rules, true)) > bytesFound(plain);
  return isBetter ? await again(ranges, rules, false) : await plainly(ranges);
}

/** Whether what is left between samples is of other tracks, in so many bytes of media. */
function showsOthers({ skipped }: Carving, total: number, { passOver }: CarveOptions): boolean {
  const gaps = skipped.filter(({ reason }) => reason === 'unreadable');
  return passOver !== undefined || gaps.length >= minGaps || lengthOf(gaps) > minShareLost * total;
}

function lengthOf(ranges: readonly { readonly length: number }[]): number {
  return ranges.reduce((sum, { length }) => sum + length, 0);
}

function bytesFound({ samples }: Carving): number {
  return samples.sizes.values().reduce((sum, size, i) => sum + (samples.known.data[i] === 1 ? 0 : size), 0);
}

/** Ranges passed over between samples: before the first and behind the last anything may stand. */
function inner({ passed, samples: { offsets, length } }: Carving): readonly ByteGap[] {
  const [first, last] = [offsets.data[0] ?? 0, offsets.data[length - 1] ?? 0];
  return (passed?.ranges ?? []).filter(({ offset }) => offset > first && offset < last);
}
