/**
 * Whether the disk has room for a result: nothing is made that might not fit, and nothing fills what others write to. A
 * recording for which there is no room is looked at all the same: most of a full disk is intact, and needs none.
 */
import { roomAt } from '../../io/free-space.ts';
import type { SweepOutcome } from '../../media/sweep-outcome.ts';
import type { Policy } from './worker-messages.ts';

/**
 * Why nothing is to be made whose result, with all that are under way, may take `bytes`; undefined where there is room. A
 * result is never larger than what it is made of, but for its index. `reserve`: the share of the file system that stays free.
 */
export function lackOfRoom(path: string, bytes: number, policy: Policy, reserve: number): string | undefined {
  if (policy.dryRun) return undefined;
  const room = roomAt(policy.output ?? path);
  if (room.free - bytes * 1.02 >= room.bytes * reserve) return undefined;
  return `there is no room for the result: it may need ${bytes} bytes, and ${room.free} are free, of which --reserve keeps ${Math.ceil(room.bytes * reserve)}`;
}

/**
 * Has a recording worked on that may need more room than there is, as `full` says: it is looked at first. What patches an
 * FLV where it lies needs none and is done; what else would be made fails for that reason, and the answer says `isFull`:
 * it may succeed as soon as there is room.
 */
export async function workWithinRoom<Answer extends { readonly outcome: SweepOutcome }>(
  full: string | undefined,
  policy: Policy,
  work: (policy: Policy) => Promise<Answer>,
): Promise<Answer & { readonly isFull?: true }> {
  if (full === undefined) return work(policy);
  const looked = await work({ ...policy, dryRun: true });
  const { path, result, verb, report } = looked.outcome;
  if (result !== 'would-make') return looked;
  if (report?.inputs.some(({ fate }) => fate === 'to be patched') === true) return work(policy);
  const outcome: SweepOutcome = { path, result: 'failed', ...(verb === undefined ? {} : { verb }), reason: full };
  return { ...looked, outcome, isFull: true };
}
