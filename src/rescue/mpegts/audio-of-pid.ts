/** Which PIDs carry audio whose frames tell where they end, so that those that are whole can be kept. */
import { audioFrameSyntax } from '../../codecs/audio-frame.ts';
import { packetLength } from '../../mpegts/packet.ts';
import type { TransportSurvey } from '../../mpegts/survey.ts';
import type { FollowedPid } from './followed-pid.ts';
import type { Losses } from './losses.ts';
import { TrimmedAudio } from './trimmed-audio.ts';

/** What follows the audio of a PID, once its media and its tables agree on what it is. `stride`: bytes of a cell. */
export function audioOf(
  survey: TransportSurvey,
  pid: number,
  { plan, dropped, isTable }: FollowedPid,
  stride: number,
  losses: Losses,
): TrimmedAudio | undefined {
  const found = survey.content.codecOf(pid);
  if (isTable || found?.kind !== 'audio') return undefined;
  const name = found.codec === 'aac-latm' ? 'aac_latm' : found.codec;
  const described = survey.streams.find((stream) => stream.pid === pid);
  if (audioFrameSyntax(name) === undefined || described?.codec !== found.codec) return undefined;
  return new TrimmedAudio(
    name,
    plan,
    dropped,
    stride,
    ({ offset, bytes, missingBytes, units, ticks, durationTicks }) => {
      if (bytes > 0) losses.add(pid, 'trimmed', offset, bytes, units, ticks, durationTicks);
      else losses.add(pid, 'missing', offset, Math.max(packetLength, missingBytes), units, ticks, durationTicks);
    },
  );
}
