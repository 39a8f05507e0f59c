/**
 * Repairs one FLV: looks at all of it, lets the rules decide, and does the least that makes it right. Values are patched
 * where they stand; anything else is written anew beside the file, checked, and put in its place. An intact file is not
 * touched.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { AtomicOutput } from '../../io/atomic-output.ts';
import { copyRange } from '../../io/copy-range.ts';
import { fileSize, isSameFile, pathKind } from '../../io/directory.ts';
import { FileSource } from '../../io/file-source.ts';
import { patchFile, settlePending, syncBeforePatch } from '../../io/journalled-patch.ts';
import { refuseWhileWritten } from '../../io/open-for-writing.ts';
import { Pace } from '../../io/pace.ts';
import { existsAlready } from '../../io/system-error.ts';
import { SalvorError } from '../../media/errors.ts';
import type { Findings } from '../../media/findings.ts';
import { roundSeconds, type RecordingReport } from '../../media/report.ts';
import type { CodecReference } from '../../media/codec-reference.ts';
import { decide } from '../../rescue/flv/assess.ts';
import type { Conclusion } from '../../rescue/flv/conclude.ts';
import type { FixContext, FixOptions } from '../../rescue/flv/plan.ts';
import { isFileWrittenAlready } from '../../rescue/flv/made-already.ts';
import { surveyRecording } from '../../rescue/flv/survey-recording.ts';
import { backupEnding } from './open.ts';
import { fixReport } from './fix-report.ts';
import { rewrite } from './rewrite.ts';

/** What the command line asks for one file. */
export interface FlvFixOptions extends FixOptions {
  /** Where the result goes; undefined: the file itself is repaired. */
  readonly output: string | undefined;
  /** Whether an existing output may be replaced, and a file that is being written to be repaired. */
  readonly force: boolean;
  readonly dryRun: boolean;
  /** A copy of the file as it was is kept beside it. */
  readonly backup: boolean;
  readonly references: () => Iterable<CodecReference>;
  readonly signal?: AbortSignal | undefined;
  readonly progress: (done: number, total: number) => void;
  /** The file is one that this run has made: this is what it is called, and nobody else writes to it. */
  readonly ownName?: string;
}

/** A file that was written to this short a time ago is looked at twice, that far apart: it may still be growing. */
const freshMilliseconds = 2000;
const secondLookMilliseconds = 250;

/** Repairs one file. Throws a SalvorError, with everything as it was, where that cannot be done. */
export async function fixFlv(path: string, options: FlvFixOptions): Promise<RecordingReport> {
  const started = performance.now();
  const inPlace = options.output === undefined || isSameFile(options.output, path);
  settlePending(path, inPlace && !options.dryRun, finishFirst);
  const source = new FileSource(path, options.ownName);
  try {
    const pace = new Pace(options.signal);
    await pace.turn();
    const surveyed = await surveyRecording(source, options.references, pace);
    const { context, conclusion } = await decide(surveyed, { ...options, inPlace }, pace);
    const target = options.output ?? path;
    let wasThere = false;
    const acts = conclusion.kind !== 'nothing' && !options.dryRun;
    if (!inPlace) {
      refuseExisting(target, bytesOf(conclusion, context, source), options);
      if (options.dryRun && conclusion.kind !== 'nothing' && !options.force && pathKind(target) !== undefined) {
        wasThere = await holdsResult(target, source, context, conclusion, pace);
        if (!wasThere) throw existsAlready(target);
      }
    }
    if (acts) {
      if (options.ownName === undefined) await refuseGrowing(source, options);
      if (options.backup && inPlace) await copyTo(source, `${path}${backupEnding}`, options, context.findings);
      try {
        wasThere = await carryOut(source, context, conclusion, target, inPlace, options, pace);
      } catch (error) {
        throw options.backup && inPlace ? besideBackup(error, `${path}${backupEnding}`) : error;
      }
    }
    return fixReport(context, conclusion, {
      path,
      target,
      inPlace,
      dryRun: options.dryRun,
      wasThere,
      inputBytes: source.size,
      elapsedSeconds: roundSeconds((performance.now() - started) / 1000),
    });
  } finally {
    source.close();
  }
}

/** How what an earlier run began is finished, for those who must not change the file. */
export const finishFirst = 'run salvor flv-fix on the file itself first, which finishes it';

/** The failure of a run that has made a backup: that stays, for the next run takes it for its own. */
function besideBackup(error: unknown, backup: string): unknown {
  if (!(error instanceof SalvorError)) return error;
  const asItWas = `the file is as it was, with a copy of it in ${backup}`;
  return error.withMessage(error.message.replace('nothing was changed', asItWas));
}

/** Bytes that the result will have. */
function bytesOf(conclusion: Conclusion, { layout }: FixContext, source: FileSource): number {
  return conclusion.kind === 'rewrite' ? conclusion.head.length + layout.bytes : source.size;
}

/** A file of just so many bytes may be what an earlier run made: whether it is shows when the result is there. */
function refuseExisting(target: string, bytes: number, { force }: FlvFixOptions): void {
  if (force || pathKind(target) === undefined || fileSize(target) === bytes) return;
  throw existsAlready(target);
}

/** Whether the file of the result's name is what would be made, so that nothing is left to do. */
async function holdsResult(
  target: string,
  source: FileSource,
  context: FixContext,
  conclusion: Conclusion,
  pace: Pace,
): Promise<boolean> {
  const made = new FileSource(target);
  try {
    return await isFileWrittenAlready(made, source, context, conclusion, pace);
  } finally {
    made.close();
  }
}

/** A recording that goes on would lose what comes; repairing it is for later. */
export async function refuseGrowing(source: FileSource, { force }: Pick<FlvFixOptions, 'force'>): Promise<void> {
  if (force) return;
  if (Date.now() - source.modified < freshMilliseconds && !source.hasChanged()) await sleep(secondLookMilliseconds);
  refuseWhileWritten([source], 'use --force');
}

/**
 * A copy of the file as it is: a backup beside it, or one of an intact file where the result is to be. Gives whether it was
 * there already.
 */
async function copyTo(
  source: FileSource,
  target: string,
  { force, signal, progress }: FlvFixOptions,
  findings: Findings,
): Promise<boolean> {
  const copy = new AtomicOutput(target, { replace: force, like: source, mayBeThere: source.size });
  try {
    await copyRange(source, 0, source.size, copy, 0, {
      progress: (done) => progress(done, source.size),
      ...(signal === undefined ? {} : { signal }),
    });
    await copy.syncInBackground(new Pace(signal));
    copy.commit(findings);
    return copy.wasThere;
  } catch (error) {
    copy.discard();
    throw error;
  }
}

/** Gives whether the result was there already, made by an earlier run. */
async function carryOut(
  source: FileSource,
  context: FixContext,
  conclusion: Conclusion,
  target: string,
  inPlace: boolean,
  options: FlvFixOptions,
  pace: Pace,
): Promise<boolean> {
  if (conclusion.kind === 'patch') {
    await syncBeforePatch(source, pace);
    patchFile(source, conclusion.patches, { force: options.force });
  }
  if (conclusion.kind === 'copy') return copyTo(source, target, options, context.findings);
  if (conclusion.kind !== 'rewrite') return false;
  const output = new AtomicOutput(target, {
    replace: inPlace || options.force,
    replaced: inPlace ? source : undefined,
    mayBeThere: bytesOf(conclusion, context, source),
  });
  try {
    await rewrite(source, context, conclusion.head, output, { progress: options.progress, pace });
    await pace.turn();
    if (!options.force && options.ownName === undefined) refuseWhileWritten([source], 'use --force');
    output.commit(context.findings);
    return output.wasThere;
  } catch (error) {
    output.discard();
    throw error;
  }
}
