/**
 * Progress of one piece of work after the other: a bar where the size is known, a spinner where it is not, and nothing at
 * all where nobody is watching. The libraries that draw are loaded only then.
 */
import type { Terminal } from './terminal.ts';
import { formatBytes, formatDuration } from './units.ts';

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
const smallestShown = 32 * 1024 * 1024;

/** A progress display on standard error. `wanted`: false under --quiet and --json. */
export async function openProgress(terminal: Terminal, wanted: boolean): Promise<Progress> {
  if (!wanted || !terminal.err.isTerminal) return silent;
  const [{ default: cliProgress }, { default: ora }] = await Promise.all([import('cli-progress'), import('ora')]);
  const spinner = ora({ stream: process.stderr, discardStdin: false, isEnabled: true });
  let bar: InstanceType<typeof cliProgress.SingleBar> | undefined;
  let started = 0;
  const clear = (): void => {
    spinner.stop();
    bar?.stop();
    bar = undefined;
  };
  return {
    busy(text) {
      clear();
      spinner.start(text);
      spinner.render();
    },
    advance(name, done, total) {
      if (total < smallestShown) return;
      if (bar === undefined) {
        clear();
        started = performance.now();
        bar = new cliProgress.SingleBar({
          stream: process.stderr,
          format: `${name}  {bar}  {percentage} %  {rate}  {left}`,
          barCompleteChar: '━',
          barIncompleteChar: '╌',
          barsize: 24,
          hideCursor: true,
          clearOnComplete: true,
          stopOnComplete: false,
          fps: 8,
          // Bytes are copied without leaving the thread for long; the bar is drawn when we say so, not by a timer.
          noTTYOutput: false,
          gracefulExit: false,
        });
        bar.start(total, 0, { rate: '', left: '' });
      }
      const seconds = (performance.now() - started) / 1000;
      const rate = seconds > 0 ? done / seconds : 0;
      bar.update(done, {
        rate: rate > 0 ? `${formatBytes(rate)}/s` : '',
        left: rate > 0 ? `${formatDuration(Math.ceil((total - done) / rate))} left` : '',
      });
    },
    clear,
  };
}
