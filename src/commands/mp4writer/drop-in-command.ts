/** `evo-mp4writer`: combines one recording exactly where the media server expects it, with the original's exit codes. */
import { basename } from 'node:path';
import { SalvorError } from '../../media/errors.ts';
import { failureLine } from '../../ui/failure.ts';
import { printable } from '../../ui/printable.ts';
import { openProgress } from '../../ui/progress.ts';
import { findingLine, lossLine, summaryLine, trackLines } from '../../ui/report-text.ts';
import { styleFor } from '../../ui/style.ts';
import type { Terminal } from '../../ui/terminal.ts';
import { version } from '../../version.ts';
import { secondsToWait } from '../options.ts';
import { combine } from './combine.ts';
import { parseDropInArguments } from './drop-in-arguments.ts';
import { referencesFor } from '../../rescue/references/references.ts';
import { findRecordings } from './staging-files.ts';

const program = 'evo-mp4writer';

/** The only exit code the original has for failures. */
const failed = 255;

const help = `evo-mp4writer -path=FILE [options]

Makes the MP4 of a recording from the staging files (FILE.info, FILE.mdat,
FILE.track1, FILE.track2) that the media server left, and removes them once the
MP4 is complete, checked and on the disk. A drop-in for the media server's own
program of this name; salvor mp4writer does the same with more options.

Options:
  -path=FILE   The recording as it was named to the server, with or without
               .mp4; the name of a chunked recording means all its parts
  --recovery   Keep what can be kept of a set that a crash left incomplete; the staging
               files stay if anything in them is left unused
  --reference FILE
               With --recovery: an MP4, FLV or staging set of the same stream, to
               take a lost codec configuration from
  --wait DURATION
               Wait so long (30s, 5m) for a recorder to close the staging files
  --force      With --recovery: make FILE again though it is there already
  --keep       Keep the staging files
  --verbose    Print what was made, and all findings
  --debug      Show where in the program an error arose
  -h, --help   Show this help
  --version    Show the version

Other arguments are ignored with a warning, and so is all behind --, and what
needs --recovery without it. An existing FILE is replaced.
Exit codes: 0 done; 255 failed, and everything is as it was; 130 interrupted.
`;

/** Runs the drop-in; resolves to 0 or 255, or to 130 where it was asked to stop. */
export async function runDropIn(argv: readonly string[], terminal: Terminal, signal: AbortSignal): Promise<number> {
  const options = parseDropInArguments(argv);
  const note = (text: string): void => terminal.err.write(`${text}\n`);
  if (options.help) {
    terminal.out.write(help);
    return 0;
  }
  if (options.version) {
    terminal.out.write(`${program} (salvor) ${version}\n`);
    return 0;
  }
  for (const argument of options.ignored) note(`${program}: warning: unknown argument ignored: ${printable(argument)}`);
  for (const option of options.idle) note(`${program}: warning: ${option} has no effect without --recovery`);
  if (options.path === undefined) {
    note(`${program}: no recording was named; use -path=/path/to/file.mp4 (see --help)`);
    return failed;
  }
  const style = styleFor(terminal, terminal.err);
  const talkative = options.verbose || terminal.err.isTerminal;
  const progress = await openProgress(terminal, true);
  let exitCode = 0;
  try {
    const references = referencesFor(options.reference);
    const wait = secondsToWait(options);
    for (const recording of findRecordings(options.path)) {
      try {
        progress.busy(`reading ${recording}`);
        const report = await combine(recording, {
          output: recording,
          replace: true,
          again: options.force,
          removeStaging: !options.keep,
          dryRun: false,
          recovery: options.recovery ? { references: references(recording).all } : undefined,
          wait,
          signal,
          progress: (done, total) => progress.advance(basename(recording), done, total),
        });
        progress.clear();
        const loss = lossLine(report, style);
        // Silence where nothing is new: cron would mail the same two lines every night.
        if (!talkative && (loss === undefined || report.outcome === 'already-made')) continue;
        note(summaryLine(report, style));
        if (loss !== undefined) note(loss);
        if (!talkative) continue;
        if (options.verbose) trackLines(report).forEach(note);
        for (const finding of report.findings) {
          if (options.verbose || finding.severity === 'warning') note(findingLine(finding, style));
        }
      } catch (error) {
        progress.clear();
        note(failureLine(program, error, terminal, options.debug));
        const isInterrupted = error instanceof SalvorError && error.kind === 'interrupted';
        exitCode = isInterrupted ? error.exitCode : failed;
        if (isInterrupted) break;
      }
    }
  } catch (error) {
    note(failureLine(program, error, terminal, options.debug));
    exitCode = failed;
  }
  return exitCode;
}
