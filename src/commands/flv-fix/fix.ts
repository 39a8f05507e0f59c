/**
 * Mends one FLV: looks at all of it, lets the rules decide, and does the least that makes it right. Values are patched
 * where they stand; anything else is written anew beside the file, checked, and put in its place. A sound file is not
 * touched.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { AtomicOutput } from '../../io/atomic-output.ts';
import { copyRange } from '../../io/copy-range.ts';
import { isSameFile, pathKind } from '../../io/directory.ts';
import { FileSource } from '../../io/file-source.ts';
import { Pace } from '../../io/pace.ts';
import { refuseWhileWritten } from '../../io/open-for-writing.ts';
import { patchFile } from '../../io/patch-file.ts';
import { SalvorError } from '../../media/errors.ts';
import { roundSeconds, type RecordingReport } from '../../media/report.ts';
import type { CodecReference } from '../../media/codec-reference.ts';
import { decide } from '../../rescue/flv/assess.ts';
import type { Conclusion } from '../../rescue/flv/conclude.ts';
import type { FixContext, FixOptions } from '../../rescue/flv/plan.ts';
import { backupEnding, surveyRecording } from './open.ts';
import { fixReport } from './fix-report.ts';
import { rewrite } from './rewrite.ts';

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
  const source = new FileSource(path);
  try {
    const pace = new Pace(options.signal);
    await pace.turn();
    const inPlace = options.output === undefined || isSameFile(options.output, path);
    const surveyed = await surveyRecording(source, options.references, pace);
    const { context, conclusion } = await decide(surveyed, { ...options, inPlace }, pace);
    const target = options.output ?? path;
    const acts = conclusion.kind !== 'nothing' && !options.dryRun;
    if (conclusion.kind !== 'nothing') refuseExisting(target, inPlace, options);
    if (acts) {
      await refuseGrowing(source, options);
      if (options.backup && inPlace) await copyTo(source, `${path}${backupEnding}`, options);
      await carryOut(source, context, conclusion, target, inPlace, options, pace);
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
  source: FileSource,
  context: FixContext,
  conclusion: Conclusion,
  target: string,
  inPlace: boolean,
  options: FlvFixOptions,
  pace: Pace,
): Promise<void> {
  if (conclusion.kind === 'patch') patchFile(source, conclusion.patches, options.force);
  if (conclusion.kind === 'copy') await copyTo(source, target, options);
  if (conclusion.kind !== 'rewrite') return;
  const output = new AtomicOutput(target, { replace: inPlace || options.force });
  try {
    await rewrite(source, context, conclusion.head, output, { progress: options.progress, pace });
    await pace.turn();
    if (!options.force) refuseWhileWritten([source], 'use --force');
    output.commit();
  } catch (error) {
    output.discard();
    throw error;
  }
}
