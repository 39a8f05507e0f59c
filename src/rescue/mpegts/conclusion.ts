/** What the walk over a stream has found out about its PIDs, as the plan has it. */
import { ticksPerSecond } from '../../mpegts/clock.ts';
import { packetLength } from '../../mpegts/packet.ts';
import { packetsIn } from './dropped-ranges.ts';
import { isLeftWhole, type FollowedPid } from './followed-pid.ts';
import type { AudioPatch, DroppedRanges, FixChoices, FixPlan, StreamPlan } from './plan.ts';

type OfPids = Pick<
  FixPlan,
  | 'streams'
  | 'dropped'
  | 'oddCounters'
  | 'audioPatches'
  | 'patches'
  | 'renumbered'
  | 'counterGaps'
  | 'wrongCounters'
  | 'turned'
>;

/** A last picture or frame lasts no longer than so many ticks; other streams come now and then. */
const maxStep = ticksPerSecond / 10;

/**
 * Concludes. `whole`: PIDs of which nothing may be left out, whatever was decided on the way; `lastStep`: how long what comes
 * last lasts, in ticks.
 */
export function concludePids(
  pids: ReadonlyMap<number, FollowedPid>,
  torn: FixChoices['torn'],
  stride: number,
): OfPids & { readonly whole: ReadonlySet<number>; readonly lastStep: number } {
  const whole = new Set<number>();
  const dropped = new Map<number, DroppedRanges>();
  const streams = new Map<number, StreamPlan>();
  const audioPatches = new Map<number, ReadonlyMap<number, AudioPatch>>();
  let wrongCounters = 0;
  let counterGaps = 0;
  for (const [pid, followed] of pids) {
    const { plan, gaps, apparentGaps, clear, scrambled, audio } = followed;
    // Where most do not follow, nothing was counted.
    if (apparentGaps <= (clear + scrambled) / 2) counterGaps += gaps;
    streams.set(pid, plan);
    if (!isLeftWhole(followed)) {
      dropped.set(pid, followed.dropped);
      wrongCounters += followed.wrongCounters;
      if (audio !== undefined) audioPatches.set(pid, audio.patches);
      continue;
    }
    whole.add(pid);
    // What the receiver marked as faulty goes by itself.
    if (followed.faulty.from.length > 0 && torn !== 'keep') dropped.set(pid, followed.faulty);
    const faulty = dropped.has(pid) ? packetLength * packetsIn(followed.faulty, stride) : 0;
    plan.bytes += followed.droppedBytes - faulty;
    plan.lostBytes -= followed.droppedBytes - faulty;
    plan.units += followed.droppedUnits;
    plan.lostUnits -= followed.droppedUnits;
    wrongCounters += followed.wholeWrongCounters;
  }
  return {
    whole,
    lastStep: Math.max(0, ...[...pids.values()].map(({ step }) => (step < maxStep ? step : 0))),
    turned: new Map([...pids].flatMap(([pid, { turned }]) => (turned < 0 ? [] : [[pid, turned] as const]))),
    streams,
    dropped,
    audioPatches,
    oddCounters: new Map([...pids].map(([pid, { odd }]) => [pid, odd.offsets] as const)),
    patches: new Map([...pids].map(([pid, { trimmed }]) => [pid, trimmed.patches] as const)),
    renumbered: new Map([...pids].map(([pid, { renumbered }]) => [pid, renumbered] as const)),
    counterGaps,
    wrongCounters,
  };
}
