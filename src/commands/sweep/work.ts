/**
 * What is done to one candidate: the opinion of `probe` on it, the verb that its advice names, the same opinion on the result,
 * and the result's place. It runs verbs by their command lines, as an operator would, so that a sweep never does anything else
 * than they do; how a verb is run it does not know.
 */
import { basename, dirname, extname, join } from 'node:path';
import { isSameFile, makeDirectory } from '../../io/directory.ts';
import { settlePending } from '../../io/journalled-patch.ts';
import { removeFile, syncRemovals } from '../../io/removal.ts';
import { fileStateOf } from '../../io/walk.ts';
import { keepUnder, requireUnchanged, takePlace } from '../../io/take-place.ts';
import { SalvorError } from '../../media/errors.ts';
import type { Finding } from '../../media/findings.ts';
import type { Verdict } from '../../media/probed-recording.ts';
import type { OperationReport, RecordingReport } from '../../media/report.ts';
import { fixedPath, pathByWholeName, repairedPath } from '../../rescue/making/result-names.ts';
import type { Candidate } from '../../rescue/sweeping/candidates.ts';
import type { SweepOutcome } from '../../media/sweep-outcome.ts';
import type { Policy, WorkerJob } from '../../rescue/sweeping/worker-messages.ts';

/** Runs salvor with these words; gives the exit code and what was written to the standard output. */
export type RunSalvor = (words: readonly string[]) => Promise<{ readonly code: number; readonly out: string }>;

/** Of what `probe --json` prints. */
interface Opinion {
  readonly verdict: Verdict | 'busy';
  readonly reason: string;
  readonly words: readonly string[] | undefined;
  readonly finishedAs?: string | undefined;
}

/** Does what is to be done with a candidate. Throws `interrupted` errors; every other failure is an outcome. */
export async function workOn({ candidate, isYoung, policy }: WorkerJob, runSalvor: RunSalvor): Promise<SweepOutcome> {
  const { path, kind, files } = candidate;
  const young: SweepOutcome = { path, result: 'busy', reason: 'was written to lately' };
  // Since it was listed, another sweep, or this one, has put something in its place, or somebody has removed it.
  if (files.every((file) => fileStateOf(file.path) === undefined)) return { path, result: 'nothing' };
  const ended = isYoung || policy.dryRun ? undefined : takenUp(candidate, policy);
  if (ended !== undefined) return ended;
  // A set is never done: however intact it is, an MP4 has to be made of it. Whether one was, its verb knows.
  if (kind === 'staging') return isYoung ? young : finish(candidate, ['mp4writer', '--'], policy, runSalvor);
  const { verdict, reason, words, finishedAs } = await opinionOn(files[0]!.path, runSalvor);
  if (verdict === 'complete') return { path, result: 'intact' };
  if (verdict === 'foreign') return { path, result: 'nothing' };
  if (verdict === 'busy') return { path, result: 'busy', reason };
  if (finishedAs !== undefined && (isYoung || policy.dryRun || policy.keep === undefined)) {
    return { path, result: 'finished', output: finishedAs };
  }
  if (isYoung) return young;
  // An earlier sweep was stopped before it had put the result in its place.
  if (finishedAs !== undefined) {
    return placed({ path, result: 'finished' }, () => replaced(candidate, finishedAs, undefined, policy));
  }
  if (words === undefined) return { path, result: 'failed', reason };
  return finish(candidate, words, policy, runSalvor);
}

/**
 * Goes on with what a killed run had begun to do to the originals themselves. Gives what that came to, where nothing else is to
 * be done with them.
 */
function takenUp(candidate: Candidate, policy: Policy): SweepOutcome | undefined {
  const { path, kind, files } = candidate;
  const finished: SweepOutcome = { path, result: 'finished', output: path };
  try {
    // Values that were being set right where they lie: as it is, no verb takes the file for an input.
    if (kind === 'file') settlePending(files[0]!.path, true, 'salvor flv-fix finishes it');
    // A set begins to go when its result was found intact and all of it was kept.
    else if (isKept(candidate, policy)) return placed(finished, () => replaced(candidate, path, undefined, policy));
    return undefined;
  } catch (error) {
    if (!(error instanceof SalvorError)) throw error;
    return { path, result: error.kind === 'busy' ? 'busy' : 'failed', reason: error.describe() };
  }
}

/** Whether the result of a set is there and all of the set that is left has been kept. */
function isKept({ path, files, place }: Candidate, { replace, keep }: Policy): boolean {
  if (!replace || keep === undefined || fileStateOf(path) === undefined) return false;
  const directory = join(keep, dirname(place));
  return files.every((file) => isSameFile(file.path, join(directory, basename(file.path))));
}

/** What has been made is told even where it could not be put in its place. */
function placed(done: SweepOutcome, place: () => Partial<SweepOutcome>): SweepOutcome {
  try {
    return { ...done, ...place() };
  } catch (error) {
    if (!(error instanceof SalvorError)) throw error;
    return { ...done, result: error.kind === 'busy' ? 'busy' : 'failed', reason: error.describe() };
  }
}

async function finish(
  candidate: Candidate,
  words: readonly string[],
  policy: Policy,
  runSalvor: RunSalvor,
): Promise<SweepOutcome> {
  try {
    return await repaired(candidate, words, policy, runSalvor);
  } catch (error) {
    if (!(error instanceof SalvorError) || error.kind === 'interrupted') throw error;
    return { path: candidate.path, result: error.kind === 'busy' ? 'busy' : 'failed', reason: error.describe() };
  }
}

async function opinionOn(path: string, runSalvor: RunSalvor): Promise<Opinion> {
  const { code, out } = await runSalvor(['probe', '--json', '--check', '--', path]);
  if (code === 130) throw new SalvorError('interrupted', 'interrupted; nothing was changed');
  const said = JSON.parse(out) as {
    readonly error?: { readonly code: string; readonly string: string };
    readonly health?: {
      readonly verdict: Verdict;
      readonly findings: readonly Finding[];
      readonly advice: readonly { readonly words: readonly string[] }[];
      readonly finishedAs?: string;
    };
  };
  if (said.health === undefined) {
    const verdict = said.error?.code === 'busy' ? 'busy' : 'unreadable';
    return { verdict, reason: said.error?.string ?? 'it cannot be looked at', words: undefined };
  }
  const { verdict, findings, advice, finishedAs } = said.health;
  const worst = findings.find(({ severity }) => severity === 'error') ?? findings[0];
  return { verdict, reason: worst?.message ?? `it is ${verdict}`, words: advice[0]?.words, finishedAs };
}

async function repaired(
  candidate: Candidate,
  advised: readonly string[],
  policy: Policy,
  runSalvor: RunSalvor,
): Promise<SweepOutcome> {
  const [verb, ...rest] = advised as [string, ...string[]];
  const { path, files } = candidate;
  const options = new Set(rest.slice(0, rest.indexOf('--')));
  if (verb === 'mp4writer') options.add('--recovery');
  const runWith = async (where: Target): Promise<{ code: number; report: RecordingReport | undefined }> => {
    const { code, out } = await runSalvor([
      verb,
      ...options,
      '--json',
      ...new Set([...(policy.dryRun ? ['--dry-run'] : []), ...where.options]),
      '--',
      files[0]!.path,
    ]);
    if (code === 130) throw new SalvorError('interrupted', 'interrupted; nothing was changed');
    return { code, report: (out === '' ? undefined : (JSON.parse(out) as OperationReport))?.recordings[0] };
  };
  let target = targetOf(candidate, verb, policy);
  if (target === undefined) {
    // Values that are wrong are set right where they lie: everything else of the file stays as it is.
    const planned = await runWith({ options: ['--dry-run'], path: undefined });
    const isPatch = planned.report?.inputs.some(({ fate }) => fate === 'to be patched') === true;
    target = isPatch ? { options: [], path: undefined } : at(fixedPath(path));
  }
  const wasTaken = target.path !== undefined && fileStateOf(target.path) !== undefined;
  // What is done already is left without a lock being laid beside it: a second sweep writes nothing at all.
  const { path: result, options: others } = target;
  const isDone = !policy.dryRun && !policy.replace && result !== undefined && fileStateOf(result) !== undefined;
  const found = isDone ? await runWith({ options: [...others, '--dry-run'], path: result }) : undefined;
  let { code, report } = found?.report?.outcome === 'already-made' ? found : await runWith(target);
  if (report?.failure?.kind === 'output' && target.path !== undefined && fileStateOf(target.path) !== undefined) {
    // Another sweep was quicker, and what it made is known again; or the name is that of another recording's result.
    if (wasTaken) target = withWholeName(candidate, verb, target.path);
    ({ code, report } = await runWith(target));
  }
  if (report === undefined) return { path, result: 'failed', verb, reason: `salvor ${verb} ended with ${code}` };
  const done = { path, verb, report, seconds: report.elapsedSeconds };
  if (report.outcome === 'failed' || code === 75) {
    const { message, advice } = report.failure ?? { message: `${verb} failed` };
    const reason = advice === undefined ? message : `${message}; ${advice}`;
    return { ...done, result: code === 75 ? 'busy' : 'failed', reason };
  }
  if (report.outcome === 'would-make') return { ...done, result: 'would-make' };
  if (report.outcome === 'untouched') return { ...done, result: 'intact' };
  const output = report.output?.path ?? path;
  if (report.outcome === 'already-made') {
    if (!policy.replace || policy.keep === undefined) return { ...done, result: 'finished', output };
    return placed({ ...done, result: 'finished', output }, () => replaced(candidate, output, report, policy));
  }
  const { verdict, reason } = await opinionOn(output, runSalvor);
  if (verdict !== 'complete') {
    return { ...done, result: 'made', output, reason: `the result is not intact: ${reason}` };
  }
  const made: SweepOutcome = { ...done, result: 'made', output };
  return policy.replace ? placed(made, () => replaced(candidate, output, report, policy)) : made;
}

/** Where the result goes. */
interface Target {
  readonly options: readonly string[];
  /** Undefined where a verb works in place. */
  readonly path: string | undefined;
}

/** `rec.mov` → `rec.mov.repaired.mp4`, where `rec.repaired.mp4` was made of another. */
function withWholeName({ path }: Candidate, verb: string, taken: string): Target {
  return at(pathByWholeName(path, taken, verb === 'repair' ? undefined : extname(taken)));
}

function at(path: string): Target {
  return { options: ['--output', path], path };
}

/** Undefined where that depends on what is to be done. */
function targetOf({ path, place }: Candidate, verb: string, policy: Policy): Target | undefined {
  const { output, replace, keep, dryRun } = policy;
  if (output !== undefined) {
    const directory = join(output, dirname(place));
    if (!dryRun) makeDirectory(directory);
    return at(join(directory, verb === 'repair' ? `${basename(path, extname(path))}.mp4` : basename(path)));
  }
  if (verb === 'mp4writer') return { options: replace && keep === undefined ? ['--remove-staging'] : [], path };
  if (verb === 'repair') return { options: [], path: repairedPath(path) };
  if (verb === 'ts-fix') return { options: [], path: fixedPath(path) };
  // What is to be kept must not be patched where it lies.
  return keep === undefined ? undefined : at(fixedPath(path));
}

/** Puts the result in the place of the original, which goes to the directory where such are kept, if there is one. */
function replaced(
  { path, kind, files, place }: Candidate,
  output: string,
  report: RecordingReport | undefined,
  { keep }: Policy,
): Partial<SweepOutcome> {
  if (output === path && kind === 'file') return { output }; // In place.
  if (keep === undefined) {
    if (kind === 'staging') return { output };
    const lost =
      report === undefined ||
      report.unindexed.length > 0 ||
      report.tracks.some(({ lost: { bytes, samples } }) => bytes + samples > 0);
    if (lost) return { output, reason: 'media was lost, so the original stays beside it (--keep puts it elsewhere)' };
    files.forEach(requireUnchanged);
    takePlace(output, path);
    return { output: path };
  }
  files.forEach(requireUnchanged);
  const directory = join(keep, dirname(place));
  keepUnder(files.map(({ path: from }) => ({ from, to: join(directory, basename(from)) })));
  if (kind === 'staging') {
    // The media goes last: as long as it is there, what is left is a set to the next sweep.
    const isMedia = (name: string): boolean => name.endsWith('.mdat');
    const ordered = files.map(({ path: from }) => from).toSorted((a, b) => Number(isMedia(a)) - Number(isMedia(b)));
    ordered.forEach(removeFile);
    syncRemovals(dirname(path));
    return { output, kept: join(directory, basename(path)) };
  }
  takePlace(output, path);
  return { output: path, kept: join(directory, basename(path)) };
}
