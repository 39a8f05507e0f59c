/** `salvor probe`: flags and help, and how what was found is shown. */
import { basename } from 'node:path';
import type { Argv } from 'yargs';
import { Pace } from '../../io/pace.ts';
import { SalvorError } from '../../media/errors.ts';
import type { ProbeReport } from '../../media/probe-report.ts';
import { probeVersion, type ProbedRecording } from '../../media/probed-recording.ts';
import { failedRecording } from '../../media/report.ts';
import { failureLine } from '../../ui/failure.ts';
import { printable } from '../../ui/printable.ts';
import { shareLine } from '../../ui/kept-share.ts';
import { adviceLines, headLine, probedFindingLines, probedTrackLines } from '../../ui/probe-text.ts';
import { openProgress, type Progress } from '../../ui/progress.ts';
import { styleFor } from '../../ui/style.ts';
import { refuseClosedOutput, type Terminal } from '../../ui/terminal.ts';
import { version } from '../../version.ts';
import type { Command, RunSalvor } from '../index.ts';
import {
  lastValues,
  withPageOption,
  withReportOptions,
  type PageReportOptions,
  type ReportOptions,
} from '../options.ts';
import { openPages } from '../open-pages.ts';
import { withExpected } from './expected-command.ts';
import { withoutFfprobeWords } from './ffprobe-words.ts';
import { finishedBeside } from './finished-beside.ts';
import { showListing, type ListingKind } from './listing-command.ts';
import type { Inspection } from './inspection.ts';
import { jsonForm } from './json-form.ts';
import { probeTarget } from './probe.ts';
import { findTargets, type Target } from './targets.ts';

interface ProbeOptions extends ReportOptions, PageReportOptions {
  path: string[];
  recursive: boolean;
  deep: boolean;
  check: boolean;
  ndjson: boolean;
  samples: boolean;
  tree: boolean;
  gops: boolean;
}

function build(yargs: Argv): Argv {
  return withPageOption(
    withReportOptions(
      yargs
        .usage(
          '$0 probe <path..> [options]\n\nSays what a recording is, whether it is intact, and what to do about it: MP4 and MOV, FLV, MPEG transport streams, and the staging files of a media server. The content decides, never the name.',
        )
        .positional('path', {
          type: 'string',
          array: true,
          demandOption: true,
          description:
            'Files, directories (with -r), staging sets by any of their files, or - for standard input (FLV, TS)',
        })
        .option('recursive', {
          alias: 'r',
          type: 'boolean',
          default: false,
          description: 'Look at every recording in the directories given',
          group: 'What to look at:',
        })
        .option('deep', {
          alias: 'd',
          type: 'boolean',
          default: false,
          description: 'Read all of the media, not only index, head and tail',
          group: 'What to look at:',
        })
        .option('check', {
          alias: 'c',
          type: 'boolean',
          default: false,
          description: 'Print findings and nothing else; exit with 1 if a recording is not complete',
          group: 'What to show:',
        })
        .option('samples', {
          alias: 'packets',
          type: 'boolean',
          default: false,
          description: 'List the samples: track, times, size, offset',
          group: 'What to show:',
        })
        .option('tree', {
          type: 'boolean',
          default: false,
          description: 'List the structure: boxes, tags, tables, with offsets and sizes',
          group: 'What to show:',
        })
        .option('gops', {
          type: 'boolean',
          default: false,
          description: 'List the groups of pictures: time, duration, frames, bytes',
          group: 'What to show:',
        }),
    ),
  )
    .example('$0 probe rec.mp4', 'says what it is and whether it is intact')
    .example('$0 probe -r --check /srv/rec', 'for cron: says what is wrong, exits with 1 if anything is')
    .example('$0 probe --json rec.flv', 'format and streams as ffprobe names them, and health');
}

async function run(
  parsed: Record<string, unknown>,
  terminal: Terminal,
  signal: AbortSignal,
  runSalvor: RunSalvor,
): Promise<number> {
  const options = lastValues(parsed, ['path']) as unknown as ProbeOptions;
  const listing = listingOf(options);
  // Text is for people, and --check has an exit status: a program that asks for data and gets none must be told.
  const isData = options.json || options.ndjson || listing !== undefined;
  if (isData && !options.check) refuseClosedOutput(terminal);
  const pages = await openPages({
    operation: 'probe',
    report: options.report,
    isIndex: options.recursive || options.path.length > 1,
    recordings: options.path,
  });
  const progress = await openProgress(terminal, !options.quiet && !options.json && !options.ndjson);
  const show = new Show(options, terminal);
  const codes: number[] = [];
  const fail = (error: SalvorError): void => {
    progress.clear();
    terminal.err.write(`${failureLine('salvor', error, terminal, options.debug, options.color)}\n`);
    if (error.file !== undefined) {
      show.failure(error.file, error);
      pages?.add(failedRecording(error.file, error, []));
    }
    codes.push(error.exitCode);
  };
  const pace = new Pace(signal);
  for (const target of findTargets(options.path, options.recursive, fail)) {
    try {
      if (pace.isDue) await pace.turn();
      if (target === undefined) continue;
      const name = target.kind === 'stdin' ? 'standard input' : basename(target.path);
      const inspect = {
        deep: options.deep,
        signal,
        progress: (done: number, total: number) => progress.advance(name, done, Math.max(total, done + 1)),
      };
      const use = async (inspection: Inspection): Promise<ProbedRecording> => {
        progress.clear();
        if (listing !== undefined) await list(inspection, listing, options, terminal, progress);
        return options.check ? withFinished(inspection.recording, target, signal) : inspection.recording;
      };
      const looked = await probeTarget(target, inspect, use);
      // When what was read of it is let go: another verb reads it again.
      const isAsked = options.deep && !options.check && listing === undefined && target.kind !== 'stdin';
      const recording = isAsked ? await withExpected(looked, runSalvor, terminal.environment, signal) : looked;
      // A signal that came while the last bytes were read is heard only now.
      await pace.wholeTurn();
      pages?.addProbed(recording);
      const { verdict, finishedAs } = recording.health;
      if (options.check && verdict !== 'complete' && finishedAs === undefined) codes.push(1);
      if (listing === undefined) show.recording(recording);
    } catch (error) {
      if (!(error instanceof SalvorError)) throw error;
      fail(error);
      if (error.kind === 'interrupted') break;
    }
  }
  show.finish();
  try {
    pages?.finish();
  } catch (error) {
    if (!(error instanceof SalvorError)) throw error;
    terminal.err.write(`${failureLine('salvor', error, terminal, options.debug, options.color)}\n`);
    codes.push(error.exitCode);
  }
  return [130, 1, 2, 75].find((code) => codes.includes(code)) ?? 0;
}

/** The recording with what was made of it, where it is not complete itself. */
async function withFinished(recording: ProbedRecording, target: Target, signal: AbortSignal): Promise<ProbedRecording> {
  if (recording.health.verdict === 'complete') return recording;
  const finishedAs = await finishedBeside(target, recording, signal);
  return finishedAs === undefined ? recording : { ...recording, health: { ...recording.health, finishedAs } };
}

function listingOf(options: ProbeOptions): ListingKind | undefined {
  const asked = (['samples', 'tree', 'gops'] as const).filter((kind) => options[kind]);
  if (asked.length > 1 || (asked.length === 1 && options.check)) {
    throw new SalvorError('usage', 'only one of --samples, --tree, --gops and --check can be shown', {
      advice: 'run it again for the other',
    });
  }
  return asked[0];
}

async function list(
  inspection: Inspection,
  kind: ListingKind,
  options: ProbeOptions,
  terminal: Terminal,
  progress: Progress,
): Promise<void> {
  progress.clear();
  await showListing(inspection, kind, options.json || options.ndjson, terminal);
}

/** Shows recordings as they come; JSON of several is one array, which is closed by `finish`. */
class Show {
  readonly #options: ProbeOptions;
  readonly #terminal: Terminal;
  readonly #objects: unknown[] = [];

  constructor(options: ProbeOptions, terminal: Terminal) {
    this.#options = options;
    this.#terminal = terminal;
  }

  recording(recording: ProbedRecording): void {
    const { check, json, ndjson, quiet, color, verbose } = this.#options;
    const { out } = this.#terminal;
    if (ndjson) {
      out.write(`${JSON.stringify(jsonForm(recording, version))}\n`);
      return;
    }
    if (json) {
      this.#objects.push(jsonForm(recording, version));
      return;
    }
    const style = styleFor(this.#terminal, out, color);
    const { findings } = recording.health;
    const worse = findings.filter(({ severity }) => severity !== 'note');
    const shown = verbose || (worse.length === 0 && !check) ? findings : worse;
    if (quiet) return;
    const { verdict, finishedAs } = recording.health;
    if (check && !verbose && (verdict === 'complete' || finishedAs !== undefined)) return;
    if (check && finishedAs !== undefined) {
      out.write(`${printable(recording.path)}: ${verdict}, and finished as ${printable(finishedAs)}\n`);
      return;
    }
    if (check) {
      for (const line of probedFindingLines(shown, style)) out.write(`${line.trimStart()}\n`);
      return;
    }
    const lines = [
      headLine(recording, style),
      ...probedTrackLines(recording),
      ...probedFindingLines(shown, style),
      ...adviceLines(recording, style),
      ...expectedLines(recording),
    ];
    out.write(`${lines.join('\n')}\n`);
  }

  /** In JSON a file that cannot be looked at is an object too, with an error as ffprobe gives it. */
  failure(file: string, { kind, message }: SalvorError): void {
    const { json, ndjson } = this.#options;
    if ((!json && !ndjson) || listingOf(this.#options) !== undefined) return;
    const value: ProbeReport = { probeVersion, salvorVersion: version, file, error: { code: kind, string: message } };
    if (ndjson) this.#terminal.out.write(`${JSON.stringify(value)}\n`);
    else this.#objects.push(value);
  }

  finish(): void {
    if (!this.#options.json || this.#options.ndjson || listingOf(this.#options) !== undefined) return;
    const value =
      this.#objects.length === 1 && this.#options.path.length <= 1 && !this.#options.recursive
        ? this.#objects[0]
        : this.#objects;
    this.#terminal.out.write(`${JSON.stringify(value, null, 2)}\n`);
  }
}

/** What would come back, where that was asked. */
function expectedLines({ expected }: ProbedRecording): string[] {
  const line = expected === undefined ? undefined : shareLine({ ...expected, outcome: 'would-make' });
  return line === undefined ? [] : [`  ${line}`];
}

const listings = ['samples', 'tree', 'gops'];

const effects: Command['effects'] = [
  { option: 'quiet', without: listings },
  { option: 'report', without: listings },
  { option: 'verbose', without: listings },
];

/** Loaded by the table of verbs when `probe` is asked for. */
export const command: Command = { build, effects, words: withoutFfprobeWords, run };
