/** What the strict and the recovering reader of a staging set both do to the times of a track. */
import { samplesPerFrame } from '../codecs/aac/audio-specific-config.ts';
import type { FindingPlace, Findings } from '../media/findings.ts';
import type { SampleTable } from '../media/sample-table.ts';
import { usualDuration } from '../media/timeline.ts';
import type { CodecConfiguration } from '../media/track.ts';

/** Ticks from the first to the last of the first `count` decode times, backward steps counted as such. */
export function sumOfSteps(samples: SampleTable, count: number): number {
  let sum = 0;
  for (let i = 0; i < count - 1; i++) sum += samples.durations.data[i]!;
  return sum;
}

/** Ticks that a frame of audio lasts, as a fraction, where the configuration says it. */
export function frameTicks(configuration: CodecConfiguration, timescale: number): number | undefined {
  if (configuration.codec !== 'aac' || configuration.audio === undefined) return undefined;
  const { audio } = configuration;
  const samples = samplesPerFrame(audio);
  return samples === undefined ? undefined : (samples * timescale) / audio.samplingFrequency.hertz;
}

/**
 * The recorder knows no duration of the last sample and repeats the step before it. Where that was a pause or a step
 * back, the frame length (AAC, `frame` in ticks) or the usual step is taken.
 */
export function settleLastDuration(
  samples: SampleTable,
  frame: number | undefined,
  findings: Findings,
  place: FindingPlace,
): void {
  const last = samples.length - 1;
  if (last < 0) return;
  const recorded = samples.durations.data[last]!;
  const usual = frame === undefined ? usualDuration(samples) : Math.round(frame);
  if (recorded > 0 && recorded <= 2 * usual) return;
  samples.durations.data[last] = usual;
  if (samples.length > 1) {
    findings.add(
      'duration-of-last-assumed',
      `the last sample repeats a step of ${recorded} ticks; ${usual} ticks were taken`,
      { ...place, sample: samples.length },
    );
  }
}

/** Seconds that no picture is held back: a decoder keeps at most 16 of them. */
const maxOffset = 600;

/**
 * Gives composition offsets that were recorded without their sign back theirs: LiveFLV input has the tag's 24 bits of
 * milliseconds not sign-extended and then turned into ticks (16777176 for -40).
 */
export function restoreSigns(samples: SampleTable, timescale: number, findings: Findings, place: FindingPlace): void {
  const offsets = samples.compositionOffsets?.data;
  if (offsets === undefined) return;
  const signless = (2 ** 23 * timescale) / 1000;
  const wrap = (2 ** 24 * timescale) / 1000;
  let restored = 0;
  for (let i = 0; i < samples.length; i++) {
    if (offsets[i]! < signless) continue;
    offsets[i] = Math.round(offsets[i]! - wrap);
    restored++;
  }
  const implausible = maxOffset * timescale;
  let dropped = 0;
  for (let i = 0; i < samples.length; i++) {
    if (Math.abs(offsets[i]!) <= implausible) continue;
    offsets[i] = 0;
    dropped++;
  }
  if (dropped > 0) {
    findings.add('times-assumed', `${dropped} composition offsets of more than ${maxOffset} s are taken as 0`, place);
  }
  if (restored > 0) {
    findings.add('composition-offset-sign', `${restored} negative composition offsets had lost their sign`, place);
  }
}
