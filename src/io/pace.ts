/**
 * How long work stays interruptible: signals, timers and progress bars are served only when the event loop turns, and a loop
 * over a file never lets it. Whatever can last carries a `Pace` and asks it between blocks of work whether it is time for a
 * turn. It knows neither what the work is nor how far it has come.
 *
 *     for (…) {
 *       … a block of work, some microseconds at least, some 100 ms at most …
 *       if (pace.isDue) await pace.turn();
 *     }
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { throwIfInterrupted } from '../media/errors.ts';

/** Between turns: a progress bar is drawn eight times a second, and a signal is to be obeyed within half a second. */
const turnEveryMilliseconds = 50;

/** Whether the event loop is to be given a turn; one for each piece of work. */
export class Pace {
  readonly signal: AbortSignal | undefined;
  #turned = performance.now();

  /** `signal`: what asks the work to stop; without one it only lets others have their turns. */
  constructor(signal?: AbortSignal) {
    this.signal = signal;
  }

  /** Whether the event loop has not turned for a while. Asking costs about 50 ns: of loops over rows, ask once in a thousand. */
  get isDue(): boolean {
    return performance.now() - this.#turned >= turnEveryMilliseconds;
  }

  /** Lets the event loop turn. Throws `interrupted` if the work is to stop. */
  async turn(): Promise<void> {
    await nextTurn();
    this.#turned = performance.now();
    throwIfInterrupted(this.signal);
  }

  /**
   * Lets the event loop turn once around: whatever came up to now has been heard then. Asked once, before a result is told.
   * One turn does not do: work that goes on from a read's callback waits behind that look for events already.
   * Throws `interrupted` if the work is to stop.
   */
  async wholeTurn(): Promise<void> {
    await nextTurn();
    await this.turn();
  }

  /** Takes the steps of work that is written as a generator, with turns between them. Throws `interrupted` if it is to stop. */
  async through<T>(steps: Generator<void, T>): Promise<T> {
    for (;;) {
      const step = steps.next();
      if (step.done === true) return step.value;
      if (this.isDue) await this.turn();
    }
  }

  /** Waits for what goes on elsewhere, in the thread pool say. Throws `interrupted` as soon as the work is to stop. */
  async during<T>(work: Promise<T>): Promise<T> {
    const { signal } = this;
    if (signal === undefined) return work;
    // Nobody waits for it any more where the work is stopped, or was before it began; what it uses may be closed then.
    work.catch(() => {});
    throwIfInterrupted(signal);
    let stop: (() => void) | undefined;
    const stopped = new Promise<void>((resolve) => {
      stop = resolve;
      signal.addEventListener('abort', resolve as () => void, { once: true });
    });
    try {
      await Promise.race([work, stopped]);
      throwIfInterrupted(signal);
      return await work;
    } finally {
      signal.removeEventListener('abort', stop as () => void);
      this.#turned = performance.now();
    }
  }

  /** Throws `interrupted` if the work is to stop, as far as that has been heard. */
  check(): void {
    throwIfInterrupted(this.signal);
  }
}

/** Takes all steps of work that is written as a generator at once: for what is small. */
export function atOnce<T>(steps: Generator<void, T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}
