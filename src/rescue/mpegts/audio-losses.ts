/**
 * What of audio is not in the result, from the last frame before it to the first behind it. When that is shows only when the
 * next PES packet says its time. It knows no packets.
 */
import { ticksBetween, ticksPerSecond } from '../../mpegts/clock.ts';

/** A stretch of the recording that is not in the result; bytes, and ticks of the timeline. */
export interface AudioLoss {
  readonly offset: number;
  /** Of packets that are there and go. */
  bytes: number;
  /** Of packets that never came, as far as it is known. */
  missingBytes: number;
  /** PES packets of which nothing stays. */
  units: number;
  readonly ticks: number;
  durationTicks: number;
}

/** When a PES packet is. */
export interface AudioTime {
  /** 33 bits, -1 for none. */
  readonly ptsTicks: number;
  /** On the timeline of the recording. */
  readonly ticks: number;
  /** Of which clock it is, as the plan numbers them. */
  readonly line: number;
  readonly epoch: number;
  readonly streamId: number;
}

const wrap = 2 ** 33;
/** What would be longer is no loss but another clock. */
const maxLossTicks = 10 * ticksPerSecond;

/** The losses of one PID, one after the other. */
export class AudioLosses {
  readonly #tell: (loss: AudioLoss) => void;
  #loss: AudioLoss | undefined;
  /** Presentation time of the first frame that is lost. */
  #ptsTicks = -1;

  /** `tell` receives each when it is over. */
  constructor(tell: (loss: AudioLoss) => void) {
    this.#tell = tell;
  }

  /**
   * Bytes are lost at an offset. `time`: of the last PES packet that said one; `clock`: when the first frame that is lost
   * would be, -1 where that is not known; `frameTicks`: how long a frame lasts.
   */
  note(
    offset: number,
    bytes: number,
    missingBytes: number,
    { ptsTicks, ticks }: AudioTime,
    clock: number,
    frameTicks: number,
  ): void {
    if (this.#loss === undefined) {
      this.#ptsTicks = ptsTicks >= 0 && clock >= 0 ? Math.round(clock) % wrap : ptsTicks;
      const behind = this.#ptsTicks < 0 ? 0 : ticksBetween(ptsTicks, this.#ptsTicks);
      this.#loss = { offset, bytes: 0, missingBytes: 0, units: 0, ticks: ticks + behind, durationTicks: frameTicks };
    }
    this.#loss.bytes += bytes;
    this.#loss.missingBytes += missingBytes;
  }

  /** Of the PES packet that the bytes noted last are of nothing stays. */
  countUnit(): void {
    if (this.#loss !== undefined) this.#loss.units++;
  }

  /** Audio goes on. `resumed`: when, 33 bits; -1 where that is not known. */
  end(resumed: number): void {
    const loss = this.#loss;
    if (loss === undefined) return;
    this.#loss = undefined;
    const passed = this.#ptsTicks >= 0 && resumed >= 0 ? ticksBetween(this.#ptsTicks, resumed) : -1;
    if (passed >= 0 && passed < maxLossTicks) loss.durationTicks = passed;
    this.#tell(loss);
  }
}
