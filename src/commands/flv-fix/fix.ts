/**
 * Mends one FLV: looks at all of it, lets the rules decide, and does the least that makes it right. Values are patched
 * where they stand; anything else is written anew beside the file, checked, and put in its place. A sound file is not
 * touched.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { AtomicOutput } from '../../io/atomic-output.ts';
import { copyRange } from '../../io/copy-range.ts';
import { isSameFile, pathKind } from '../../io/directory.ts';
import type { FileSource } from '../../io/file-source.ts';
import { refuseWhileWritten } from '../../io/open-for-writing.ts';
import { Pace } from '../../io/pace.ts';
import { patchFile } from '../../io/patch-file.ts';
import { SalvorError } from '../../media/errors.ts';
import { Findings } from '../../media/findings.ts';
import { roundSeconds, type RecordingReport } from '../../media/report.ts';
import { flvHeaderLength } from '../../flv/header.ts';
import { parseMetadata } from '../../flv/metadata.ts';
import { FlvSurvey, surveyFile } from '../../flv/survey.ts';
import { TagReader } from '../../flv/tag-reader.ts';
import { conclude, type Conclusion } from '../../rescue/flv/conclude.ts';
import { layOut, layoutOf } from '../../rescue/flv/layout.ts';
import { backupEnding, openFlv, type OpenFlv } from './open.ts';
import type { CodecReference, FixContext, FixOptions } from '../../rescue/flv/plan.ts';
import { fixReport } from './fix-report.ts';
import { rewrite } from './rewrite.ts';
import { metadataRules, tagRules } from '../../rescue/flv/rules.ts';

export interface FlvFixOptions extends FixOptions {
  /** Where the result goes; undefined: the file itself is mended. */
  readonly output: string | undefined;
  /** Whether an existing output may be replaced, and a file that is being written to be mended. */
  readonly force: boolean;
  readonly dryRun: boolean;
  /** A copy of the file as it was is kept beside it. */
  readonly backup: boolean;
  readonly references: () => Iterable<CodecReference>;
  readonly signal?: AbortSignal | undefined;
  readonly progress: (done: number, total: number) => void;
}

/** A file that was written to this short a time ago is looked at twice, that far apart: it may still be growing. */
const freshMilliseconds = 2000;
const secondLookMilliseconds = 250;

/** Mends one file. Throws a SalvorError, with everything as it was, where that cannot be done. */
export async function fixFlv(path: string, options: FlvFixOptions): Promise<RecordingReport> {
  const started = performance.now();
  const opened = openFlv(path);
  const { source } = opened;
  try {
    const pace = new Pace(options.signal);
    await pace.turn();
    const inPlace = options.output === undefined || isSameFile(options.output, path);
    const { context, conclusion } = await decide(opened, { ...options, inPlace }, pace);
    const target = options.output ?? path;
    const acts = conclusion.kind !== 'nothing' && !options.dryRun;
    if (conclusion.kind !== 'nothing') refuseExisting(target, inPlace, options);
    if (acts) {
      await refuseGrowing(source, options);
      if (options.backup && inPlace) await copyTo(source, `${path}${backupEnding}`, options);
      await carryOut(context, conclusion, target, inPlace, options);
    }
    return fixReport(context, conclusion, {
      path,
      target,
      inPlace,
      dryRun: options.dryRun,
      inputBytes: source.size,
      elapsedSeconds: roundSeconds((performance.now() - started) / 1000),
    });
  } finally {
    source.close();
  }
}

interface Decision {
  readonly context: FixContext;
  readonly conclusion: Conclusion;
}

async function decide(
  { source, header, firstTag }: OpenFlv,
  options: FlvFixOptions & { readonly inPlace: boolean },
  pace: Pace,
): Promise<Decision> {
  const findings = new Findings();
  const survey = new FlvSurvey(source.path, findings);
  await surveyFile(source, new TagReader(source, firstTag), survey, pace);
  if (survey.tags === 0) {
    throw new SalvorError('unrecoverable', 'there is not one whole tag in the file', {
      file: source.path,
      findings: findings.list(),
    });
  }
  const context: FixContext = {
    source,
    survey,
    findings,
    options,
    references: options.references,
    header,
    metadata: survey.metadata === undefined ? undefined : parseMetadata(survey.metadata.data).value,
    firstTag,
    rewriteReasons: [],
    patches: [],
    changes: [],
    inserted: [],
    retime: undefined,
    dedupeHeaders: false,
    values: new Map(),
    outputHeader: { version: 1, hasAudio: false, hasVideo: false, reservedFlags: 0, dataOffset: flvHeaderLength },
    layout: layoutOf(survey),
  };
  const layOutAgain = async (): Promise<void> => {
    context.layout = await layOut(source, context, survey, pace);
  };
  for (const rule of tagRules) rule(context);
  if (context.rewriteReasons.length > 0) await layOutAgain();
  if (context.retime?.audioStalls === false && context.layout.audio.clock.stalls) {
    // Sounds that had to wait for a clock that was set back stand on one time now, as on a clock that stalls.
    context.retime = { ...context.retime, audioStalls: true };
    await layOutAgain();
  }
  for (const rule of metadataRules) rule(context);
  let conclusion = await conclude(context, source.size, layOutAgain);
  if (conclusion.kind === 'nothing' && !options.inPlace) conclusion = { kind: 'copy' };
  if (conclusion.kind === 'patch' && !options.inPlace) {
    // What is left as it is must not be patched: the result is written elsewhere, with the same values.
    context.rewriteReasons.push('the result goes into another file');
    await layOutAgain();
    conclusion = await conclude(context, source.size, layOutAgain);
  }
  return { context, conclusion };
}

function refuseExisting(target: string, inPlace: boolean, { force }: FlvFixOptions): void {
  if (inPlace || force || pathKind(target) === undefined) return;
  throw new SalvorError('output', 'the file exists already', { file: target, advice: 'use --force to replace it' });
}

/** A recording that goes on would lose what comes; mending it is for later. */
export async function refuseGrowing(source: FileSource, { force }: Pick<FlvFixOptions, 'force'>): Promise<void> {
  if (force) return;
  if (Date.now() - source.modified < freshMilliseconds && !source.hasChanged()) await sleep(secondLookMilliseconds);
  refuseWhileWritten([source], 'use --force');
}

/** A copy of the file as it is: a backup beside it, or a sound one where the result is to be. */
async function copyTo(source: FileSource, target: string, { force, signal, progress }: FlvFixOptions): Promise<void> {
  const copy = new AtomicOutput(target, { replace: force, like: source.path });
  try {
    await copyRange(source, 0, source.size, copy, 0, {
      progress: (done) => progress(done, source.size),
      ...(signal === undefined ? {} : { signal }),
    });
    await copy.syncInBackground(new Pace(signal));
    copy.commit();
  } catch (error) {
    copy.discard();
    throw error;
  }
}

async function carryOut(
  context: FixContext,
  conclusion: Conclusion,
  target: string,
  inPlace: boolean,
  options: FlvFixOptions,
): Promise<void> {
  const source = context.source as FileSource;
  if (conclusion.kind === 'patch') patchFile(source, conclusion.patches, options.force);
  if (conclusion.kind === 'copy') await copyTo(source, target, options);
  if (conclusion.kind !== 'rewrite') return;
  const output = new AtomicOutput(target, { replace: inPlace || options.force });
  try {
    const pace = new Pace(options.signal);
    await rewrite(source, context, conclusion.head, output, { pace, progress: options.progress });
    await pace.turn();
    if (!options.force) refuseWhileWritten([source], 'use --force');
    output.commit();
  } catch (error) {
    output.discard();
    throw error;
  }
}
