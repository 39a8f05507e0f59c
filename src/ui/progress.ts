/**
 * Progress of one piece of work after the other: a bar where the size is known, a spinner where it is not, and nothing at
 * all where nobody is watching. The libraries that draw are loaded only then.
 */
import { printable, shortened } from './printable.ts';
import type { Terminal } from './terminal.ts';
import { formatBytes, formatTimeLeft } from './units.ts';

/** Shows one piece of work at a time; all of it goes to standard error. */
export interface Progress {
  /** Work of unknown size begins. */
  busy(text: string): void;
  /** `done` of `total` bytes of the work so named. */
  advance(name: string, done: number, total: number): void;
  /** The piece of work is over: what was drawn is wiped and the cursor is back. */
  clear(): void;
}

const silent: Progress = { busy: () => {}, advance: () => {}, clear: () => {} };

/** Shorter work than this is over before anyone could read a bar. */
const minShown = 32 * 1024 * 1024;

const barWidth = 20;
/** What stands beside the name: the bar, `100 %`, `1.23 GB/s`, `1:02:03 left`, and two blanks before each. */
const besideName = barWidth + 5 + 9 + 12 + 4 * 2;
/** A spinner and the blank behind it. */
const besideText = 2;

/**
 * A progress display on standard error. `wanted`: false under --quiet and --json. A terminal that does not know its width
 * (as `script` opens one without a terminal of its own) gets none: ora would wipe lines for ever there.
 */
export async function openProgress(terminal: Terminal, wanted: boolean): Promise<Progress> {
  if (!wanted || !terminal.err.isTerminal || terminal.err.columns === 0) return silent;
  const [{ default: cliProgress }, { default: ora }] = await Promise.all([import('cli-progress'), import('ora')]);
  const { columns } = terminal.err;
  const spinner = ora({ stream: process.stderr, discardStdin: false, isEnabled: true });
  let bar: InstanceType<typeof cliProgress.SingleBar> | undefined;
  let started = 0;
  const clear = (): void => {
    spinner.stop();
    bar?.stop();
    bar = undefined;
  };
  const busy = (text: string): void => {
    clear();
    spinner.start(shortened(printable(text), columns - besideText - 1));
    // The work may not let go of the thread for a while.
    spinner.render();
  };
  const openBar = (name: string, total: number): InstanceType<typeof cliProgress.SingleBar> => {
    clear();
    started = performance.now();
    const opened = new cliProgress.SingleBar({
      stream: process.stderr,
      // Braces in a name would be taken for fields of the format: the name is given as a value.
      format: '{name}  {bar}  {percent} %  {rate}  {left}',
      barCompleteChar: '━',
      barIncompleteChar: '╌',
      barsize: barWidth,
      hideCursor: true,
      clearOnComplete: true,
      stopOnComplete: false,
      fps: 8,
      noTTYOutput: false,
      // Our own way to end at a signal is taken, not the library's.
      gracefulExit: false,
    });
    opened.start(total, 0, {
      name: shortened(printable(name), Math.max(8, columns - besideName)),
      percent: '  0',
      rate: '',
      left: '',
    });
    return opened;
  };
  return {
    busy,
    advance(name, done, total) {
      if (total < minShown) return;
      if (done >= total) {
        busy(`bringing ${name} to the disk and checking it`);
        return;
      }
      bar ??= openBar(name, total);
      const seconds = (performance.now() - started) / 1000;
      const rate = seconds > 0 ? done / seconds : 0;
      bar.update(done, {
        percent: String(Math.floor((done / total) * 100)).padStart(3),
        rate: rate > 0 ? `${formatBytes(rate)}/s` : '',
        left: rate > 0 ? `${formatTimeLeft((total - done) / rate)} left` : '',
      });
    },
    clear,
  };
}
