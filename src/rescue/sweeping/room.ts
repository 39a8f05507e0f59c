/** Whether the disk has room for a result: nothing is begun that might not fit, and nothing fills what others write to. */
import { roomAt } from '../../io/free-space.ts';
import type { Policy } from './worker-messages.ts';

/**
 * Why nothing is to be begun whose result, with all that are under way, may take `bytes`; undefined where there is room. A
 * result is never larger than what it is made of, but for its index. `reserve`: the share of the file system that stays free.
 */
export function lackOfRoom(path: string, bytes: number, policy: Policy, reserve: number): string | undefined {
  if (policy.dryRun) return undefined;
  const room = roomAt(policy.output ?? path);
  if (room.free - bytes * 1.02 >= room.bytes * reserve) return undefined;
  return `there is no room for the result: it may need ${bytes} bytes, and ${room.free} are free, of which --reserve keeps ${Math.ceil(room.bytes * reserve)}`;
}
