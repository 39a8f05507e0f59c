/**
 * The one opinion on an FLV recording: what is wrong with it, whether anything has to be written for it, and what stays to be
 * done. `probe` says it, `flv-fix` acts on it; both ask here, so that a file that is called complete is one that `flv-fix`
 * leaves alone.
 */
import type { Pace } from '../../io/pace.ts';
import type { CodecReference } from '../../media/codec-reference.ts';
import { SalvorError } from '../../media/errors.ts';
import type { FindingCode, Findings } from '../../media/findings.ts';
import type { Verdict } from '../../media/probed-recording.ts';
import { flvHeaderLength } from '../../flv/header.ts';
import { parseMetadata, propertyOf } from '../../flv/metadata.ts';
import type { FlvOpening } from '../../flv/opening.ts';
import { recordingTimes } from '../../flv/recording-times.ts';
import type { FlvSurvey } from '../../flv/survey.ts';
import { conclude, concludeRewrite, type Conclusion } from './conclude.ts';
import { layOutTags, layoutOf, shiftedLayout } from './layout.ts';
import { defaultMaxGapSeconds, type FixContext, type FixOptions } from './plan.ts';
import { applyRules, metadataRules, tagRules } from './rules.ts';
import { retime } from './rules/timestamps.ts';

/** What is assessed: a recording that was walked to its end. */
export interface SurveyedFlv {
  readonly opening: FlvOpening;
  readonly survey: FlvSurvey;
  /** Those of the survey; the rules add theirs. */
  readonly findings: Findings;
  readonly references: () => Iterable<CodecReference>;
}

function contextOf({ opening, survey, findings, references }: SurveyedFlv, options: FixOptions): FixContext {
  return {
    source: opening.source,
    survey,
    findings,
    options,
    references,
    opening,
    metadata: survey.metadata === undefined ? undefined : parseMetadata(survey.metadata.data).value,
    firstTag: opening.firstTag,
    rewriteReasons: [],
    patches: [],
    changes: [],
    inserted: [],
    undecodable: new Set(),
    withoutEmptyHeaders: new Set(),
    placed: undefined,
    retime: undefined,
    retimed: undefined,
    dedupeHeaders: false,
    droppedRepeats: undefined,
    companions: new Map(),
    flagsAlong: undefined,
    missing: undefined,
    values: new Map(),
    outputHeader: { version: 1, hasAudio: false, hasVideo: false, reservedFlags: 0, dataOffset: flvHeaderLength },
    layout: layoutOf(survey),
  };
}

/** What the rules were given and found, and what follows. */
export interface Decision {
  readonly context: FixContext;
  readonly conclusion: Conclusion;
}

/** What is to be done with a file. `inPlace`: the file itself is to be right afterwards, not another one. */
export async function decide(
  surveyed: SurveyedFlv,
  options: FixOptions & { readonly inPlace: boolean },
  pace: Pace,
): Promise<Decision> {
  const context = contextOf(surveyed, options);
  const { source } = surveyed.opening;
  const layOutAgain = async (): Promise<void> => {
    const { survey } = surveyed;
    context.layout = shiftedLayout(survey, context) ?? (await layOutTags(source, context, survey, pace));
  };
  await pace.through(applyRules(tagRules, context));
  await retime(context, pace);
  if (context.rewriteReasons.length > 0) await layOutAgain();
  await pace.through(applyRules(metadataRules, context));
  const isLaidOut = context.rewriteReasons.length > 0;
  const concluded = conclude(context, source.size);
  if (concluded === 'rewrite') {
    if (!isLaidOut) await layOutAgain();
    return { context, conclusion: concludeRewrite(context) };
  }
  if (options.inPlace) return { context, conclusion: concluded };
  if (concluded.kind === 'nothing') return { context, conclusion: { kind: 'copy' } };
  // What is left as it is must not be patched: the result is written elsewhere, with the same values.
  context.rewriteReasons.push('the result goes into another file');
  await layOutAgain();
  return { context, conclusion: concludeRewrite(context) };
}

/** What is said of a recording, and the options of `flv-fix` that it takes to make it complete. */
export interface Assessment {
  readonly verdict: Verdict;
  /** Seconds that `onMetaData` claims, where it claims any. */
  readonly claimedSeconds: number | undefined;
  /** Undefined where nothing is to be done, or nothing can be. */
  readonly fixOptions: readonly string[] | undefined;
}

/** What `flv-fix` does unless it is asked for more. */
export const plainFix: FixOptions = {
  index: false,
  retime: undefined,
  maxGapSeconds: defaultMaxGapSeconds,
  dedupeHeaders: false,
  dropRepeats: false,
};

/** Times that players cannot follow, and `--retime` makes rise. */
const brokenTimes: readonly FindingCode[] = [
  'flv-timestamp-backward',
  'flv-timestamp-wrapped',
  'flv-timestamp-still',
  'flv-audio-clock-stalled',
];
/** Media that is not what it was: no verb brings it back. */
const lostMedia: readonly FindingCode[] = ['flv-zero-range', 'nal-chain-broken'];
/** What a recorder leaves that never closed the file. */
const unfinishedCodes: readonly FindingCode[] = ['flv-tag-torn', 'flv-zero-tail'];

/** Judges a recording by what `flv-fix` would do with it, and does nothing. Goes step by step. */
export function* assess(surveyed: SurveyedFlv): Generator<void, Assessment> {
  const { survey, findings } = surveyed;
  const context = contextOf(surveyed, plainFix);
  yield* applyRules([...tagRules, ...metadataRules], context);
  const { source } = context;
  const concluded = conclude(context, source.size);
  const isChanged = concluded === 'rewrite' || concluded.kind !== 'nothing';
  const claimed = claimedDuration(context);
  const times = recordingTimes([survey.video, survey.audio, ...survey.others.values()]);
  const has = (codes: readonly FindingCode[]): boolean => codes.some((code) => findings.has(code));
  const fixOptions = [
    ...(survey.repeats.frames > 0 ? ['--drop-repeats'] : []),
    ...(has(brokenTimes) ? ['--retime'] : []),
  ];
  const canBeFixed = (isChanged || fixOptions.length > 0) && context.undecodable.size === 0 && times !== undefined;
  const verdict = (): Verdict => {
    if (times === undefined) return 'unfinished';
    const isClosed = claimed !== undefined && claimed > 0;
    if (!isClosed && isChanged && times.duration > 0) return 'unfinished';
    if (has(unfinishedCodes)) return isClosed ? 'damaged' : 'unfinished';
    const isWrong = isChanged || fixOptions.length > 0 || context.undecodable.size > 0 || has(lostMedia);
    return isWrong ? 'damaged' : 'complete';
  };
  return { verdict: verdict(), claimedSeconds: claimed, fixOptions: canBeFixed ? fixOptions : undefined };
}

/** Seconds that `onMetaData` claims; undefined where it claims none. */
export function claimedDuration({ metadata }: Pick<FixContext, 'metadata'>): number | undefined {
  const value = metadata === undefined ? undefined : propertyOf(metadata, 'duration')?.value;
  return value?.kind === 'number' && Number.isFinite(value.value) ? value.value : undefined;
}

/** Throws where a file holds no tag that is whole: there is nothing to be decided about it. */
export function refuseWithoutTags({ opening, survey, findings }: SurveyedFlv): void {
  if (survey.tags > 0) return;
  throw new SalvorError('unrecoverable', 'there is not one whole tag in the file', {
    file: opening.source.path,
    findings: findings.list(),
  });
}
