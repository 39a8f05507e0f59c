/**
 * Repairs one transport stream: finds out what is wrong, does the least that makes it play, and looks at the result as if it
 * were another's before it gets its name. Where only values change the file itself is set right; where anything of it is
 * left out, the result is a file beside it and the recording stays as it is.
 */
import { AtomicOutput } from '../../io/atomic-output.ts';
import { isSameFile, pathKind } from '../../io/directory.ts';
import { FileSource } from '../../io/file-source.ts';
import { refuseWhileWritten } from '../../io/open-for-writing.ts';
import { Pace } from '../../io/pace.ts';
import { existsAlready } from '../../io/system-error.ts';
import { SalvorError } from '../../media/errors.ts';
import { roundSeconds, type RecordingReport } from '../../media/report.ts';
import { packetRuns } from '../../mpegts/packet-stream.ts';
import { refuseOtherKind } from '../../rescue/recording-kind.ts';
import { changesPackets, isIntact, type FixChoices, type FixPlan } from '../../rescue/mpegts/plan.ts';
import { isWrittenAlready } from '../../rescue/mpegts/made-already.ts';
import { reportFix } from './report.ts';
import { TsRewriter } from '../../rescue/mpegts/rewrite.ts';
import { surveyForFix } from '../../rescue/mpegts/survey.ts';

/** What the command line asks for one stream. */
export interface TsFixOptions extends FixChoices {
  /** Where the result goes; undefined: into the file itself, or beside it where packets are left out. */
  readonly output: string | undefined;
  /** The name beside it. */
  readonly beside: string;
  readonly force: boolean;
  readonly dryRun: boolean;
  readonly signal?: AbortSignal | undefined;
  readonly progress: (what: string, done: number, total: number) => void;
}

/** What is looked through for packets. */
const searched = 1024 * 1024;

/** Whether a file holds packets of a transport stream, whatever its name; one that cannot be read does not. */
export function isTransportStream(path: string): boolean {
  let source: FileSource;
  try {
    source = new FileSource(path);
  } catch {
    return false;
  }
  try {
    return hasPackets(source);
  } finally {
    source.close();
  }
}

function hasPackets(source: FileSource): boolean {
  for (const run of packetRuns(source, 0, Math.min(source.size, searched))) if (run.format !== undefined) return true;
  return false;
}

/** Repairs one file. Throws a SalvorError, with everything as it was, where that cannot be done. */
export async function fixTs(path: string, options: TsFixOptions): Promise<RecordingReport> {
  const started = performance.now();
  const source = new FileSource(path);
  try {
    refuseOtherKind(source, 'mpegts');
    if (!hasPackets(source)) {
      const message = source.size === 0 ? 'the file is empty' : 'is not an MPEG transport stream';
      throw new SalvorError('unreadable', message, { file: path, advice: 'salvor probe tells what it is' });
    }
    const pace = new Pace(options.signal);
    const plan = await surveyForFix(source, options, pace, (done, total) => options.progress('reading', done, total));
    const isRight = isIntact(plan, options);
    const inPlace = options.output === undefined ? !changesPackets(plan, options) : isSameFile(options.output, path);
    const target = options.output ?? (inPlace ? path : options.beside);
    const isKept = isRight && (options.output === undefined || inPlace);
    let bytes = source.size;
    let wasThere = false;
    if (!isKept) {
      const there = inPlace || options.force ? undefined : pathKind(target);
      if (there !== undefined && there !== 'file') throw existsAlready(target);
      // What an earlier run made of the same recording is known by its bytes: here, or when they have been written.
      if (!options.dryRun) ({ bytes, wasThere } = await write(source, plan, target, inPlace, pace, options));
      else if (there !== undefined) bytes = await sizeOfEarlier(source, plan, target, pace, options);
      wasThere ||= options.dryRun && there !== undefined;
    }
    return reportFix(plan, options, {
      path,
      target: isKept ? path : target,
      isRight,
      isWritten: !isKept && !options.dryRun && !wasThere,
      wasThere,
      inPlace,
      inputBytes: source.size,
      bytes,
      elapsedSeconds: roundSeconds((performance.now() - started) / 1000),
    });
  } finally {
    source.close();
  }
}

/** Bytes of the result that an earlier run has made of the recording; throws where another file has its name. */
async function sizeOfEarlier(
  source: FileSource,
  plan: FixPlan,
  target: string,
  pace: Pace,
  choices: FixChoices,
): Promise<number> {
  const made = new FileSource(target);
  try {
    if (!(await isWrittenAlready(made, source, plan, choices, pace))) throw existsAlready(target);
    return made.size;
  } finally {
    made.close();
  }
}

/** What became of the target. */
interface Written {
  readonly bytes: number;
  /** An earlier run had made the very same, which was left as it is. */
  readonly wasThere: boolean;
}

async function write(
  source: FileSource,
  plan: FixPlan,
  target: string,
  inPlace: boolean,
  pace: Pace,
  options: TsFixOptions,
): Promise<Written> {
  if (!options.force) refuseWhileWritten([source], 'use --force');
  const output = new AtomicOutput(target, {
    replace: inPlace || options.force,
    like: source,
    replaced: inPlace ? source : undefined,
    mayBeThere: 'any',
  });
  try {
    const rewriter = new TsRewriter(source, plan, options, output);
    await rewriter.write(pace, (done, total) => options.progress('writing', done, total));
    if (rewriter.written === 0) {
      throw new SalvorError('unrecoverable', 'nothing of it could be kept', {
        file: source.path,
        advice: 'run it again with --torn keep or --keep-scrambled',
      });
    }
    await output.syncInBackground(pace);
    await verify(output, source, plan, pace, options);
    if (!options.force) refuseWhileWritten([source], 'use --force');
    pace.check();
    output.commit();
    return { bytes: rewriter.written, wasThere: output.wasThere };
  } catch (error) {
    output.discard();
    throw error;
  }
}

/** What was written is looked at as if it came from elsewhere: nothing may be left to do, and all that stays is there. */
async function verify(
  output: AtomicOutput,
  source: FileSource,
  plan: FixPlan,
  pace: Pace,
  options: TsFixOptions,
): Promise<void> {
  const written = new FileSource(output.temporaryPath, output.target);
  try {
    const again = await surveyForFix(written, options, pace, (done, total) =>
      options.progress('checking', done, total),
    );
    const missing = [...plan.streams].find(
      ([pid, { units }]) =>
        plan.tables?.pids.has(pid) !== true && isMedia(plan, pid) && (again.streams.get(pid)?.units ?? 0) !== units,
    );
    if (missing === undefined && isIntact(again, options)) return;
    if (missing === undefined && !changesPackets(again, options) && again.wrongCounters === 0) {
      const message = `no single timeline could be made of its clocks, which change in ${plan.jumps} places; nothing was changed`;
      throw new SalvorError('unrecoverable', message, {
        file: output.target,
        advice: 'run it again without --retime',
      });
    }
    const [turned] = plan.turned;
    if (turned !== undefined) {
      const [pid, offset] = turned;
      const message = `PID ${pid} carries a program map in one part of it and media in another, which changes at byte ${offset}, and no single stream could be made of both; nothing was changed`;
      throw new SalvorError('unrecoverable', message, {
        file: source.path,
        advice: `cut it before byte ${offset} and repair the two parts one by one`,
      });
    }
    const what = missing === undefined ? 'something is left to do' : `PID ${missing[0]} is not whole`;
    throw new SalvorError('output', `what was written does not read back right (${what}); nothing was changed`, {
      file: output.target,
      advice: 'check the disk and the memory of this machine, then run again',
    });
  } finally {
    written.close();
  }
}

function isMedia(plan: FixPlan, pid: number): boolean {
  return plan.described.some((stream) => stream.pid === pid && (stream.kind === 'video' || stream.kind === 'audio'));
}
