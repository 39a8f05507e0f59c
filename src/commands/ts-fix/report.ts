/** What was done with a transport stream, as the report that all verbs give. */
import { Findings } from '../../media/findings.ts';
import { roundSeconds, type RecordingReport } from '../../media/report.ts';
import { ticksPerSecond } from '../../mpegts/clock.ts';
import type { FixChoices, FixPlan, Loss } from '../../rescue/mpegts/plan.ts';
import { tableContradictionOf } from '../../rescue/mpegts/tables.ts';
import { tsTracks } from '../../rescue/mpegts/track-reports.ts';

/** What was done with one stream; sizes in bytes. */
export interface TsFixOutcome {
  readonly path: string;
  readonly target: string;
  readonly isRight: boolean;
  readonly isWritten: boolean;
  /** The target was there already, with the same bytes. */
  readonly wasThere: boolean;
  readonly inPlace: boolean;
  readonly inputBytes: number;
  readonly bytes: number;
  readonly elapsedSeconds: number;
}

/** Makes the report; sizes and times are those that the result has, or would have in a dry run. */
export function reportFix(plan: FixPlan, choices: FixChoices, outcome: TsFixOutcome): RecordingReport {
  const { path, target, isRight, isWritten, wasThere, inPlace, inputBytes, bytes, elapsedSeconds } = outcome;
  const isCopied = isRight && target !== path;
  const { start, tracks } = tsTracks(plan, path);
  return {
    recording: path,
    outcome: isRight && !isCopied ? 'untouched' : wasThere ? 'already-made' : isWritten ? 'made' : 'would-make',
    inputs: [{ path, bytes: inputBytes, fate: isWritten && inPlace ? 'replaced' : 'kept' }],
    output: {
      path: target,
      bytes,
      durationSeconds: roundSeconds(plan.durationSeconds),
      replaced: isWritten && inPlace,
    },
    tracks,
    unindexed: plan.junkBytes > 0 ? [{ file: path, offset: 0, length: plan.junkBytes }] : [],
    findings: findingsOf(plan, choices, path, start),
    elapsedSeconds,
    bytesMoved: isWritten ? bytes : 0,
  };
}

const reasons: Readonly<Record<Exclude<Loss['reason'], 'table'>, string>> = {
  torn: 'are not whole',
  trimmed: 'of pictures or audio frames that are not whole lie next to a gap',
  headless: 'lack their beginning',
  scrambled: 'are scrambled',
  head: 'come before the first picture that decoding can begin with',
  missing: 'were not received',
};

/** Seconds from the first media on, which players count from: clock references come before it. */
function secondsInto(startTicks: number, seconds: number): number {
  return Math.max(0, startTicks === Infinity ? seconds : seconds - startTicks / ticksPerSecond);
}

function findingsOf(plan: FixPlan, choices: FixChoices, file: string, start: number): ReturnType<Findings['list']> {
  const findings = new Findings();
  const count = (value: number, one: string): string => `${value} ${one}${value === 1 ? '' : 's'}`;
  if (plan.junkBytes > 0) findings.add('ts-sync-lost', `${plan.junkBytes} bytes are no packets`, { file });
  if (plan.counterGaps > 0) {
    findings.add('ts-counter-gap', `packets are missing in ${count(plan.counterGaps, 'place')}`, { file });
  }
  if (plan.duplicates > 0) findings.add('ts-duplicate', `${count(plan.duplicates, 'packet')} came twice`, { file });
  if (plan.tables !== undefined) {
    const { lost, contradicted } = plan.tables;
    const pids = lost.flatMap(({ streams }) => streams.map(({ pid, codec }) => `PID ${pid} (${codec})`));
    if (pids.length > 0) {
      findings.add('ts-tables-missing', `tables were made of what the media shows: ${pids.join(', ')}`, { file });
    }
    for (const stream of contradicted) {
      const message = `${tableContradictionOf(stream)}; the map was set right`;
      findings.add('ts-stream-type-wrong', message, { file, pid: stream.pid });
    }
  }
  if (plan.jumps > 0 && !(choices.retime && plan.deltas === undefined)) {
    findings.add('ts-clock-jump', `the clock changes in ${count(plan.jumps, 'place')}`, { file });
  }
  for (const { pid, reason, offset, bytes, units, startSeconds, durationSeconds } of plan.losses) {
    if (reason === 'table') continue;
    const what = units > 0 ? `${count(units, 'PES packet')} (${bytes} bytes)` : `${bytes} bytes`;
    const time = `${secondsInto(start, startSeconds).toFixed(2)} s, ${Math.max(0, durationSeconds).toFixed(2)} s long`;
    const code =
      reason === 'head'
        ? 'ts-first-picture'
        : reason === 'scrambled'
          ? 'ts-scrambled'
          : reason === 'missing'
            ? 'ts-media-missing'
            : 'ts-pes-torn';
    const least = reason === 'missing' ? 'at least ' : '';
    findings.add(code, `PID ${pid}: ${least}${what} at ${time} ${reasons[reason]}`, {
      file,
      offset,
      pid,
      length: bytes,
    });
  }
  return findings.list();
}
