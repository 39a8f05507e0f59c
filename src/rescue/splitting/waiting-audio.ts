/**
 * Audio that comes while video is announced and has not come. Recorders announce video that never comes, or comes late:
 * after some seconds the audio leads meanwhile. It holds the times of that audio and reads no packets.
 */
import { ticksBetween, ticksPerSecond } from '../../mpegts/clock.ts';
import { count, type PlannedPart } from './planned-part.ts';

/** So long is waited for announced video before the audio leads. */
const patience = 5 * ticksPerSecond;
/** Audio that begins so much before the video is part of the recording, and not what was in the multiplexer's buffer. */
const maxLead = ticksPerSecond / 2;

/** The audio between the first packet and the video, or the time-out. */
export class WaitingAudio {
  /** Times of the first PES packet and the last, ticks of 33 bits; -1 where there is none. */
  #firstPts = -1;
  #lastPts = -1;
  #packets = 0;
  /** Decode time of the first. */
  firstDts = -1;

  /** Whether there is audio that has not been counted. */
  get isThere(): boolean {
    return this.#firstPts >= 0;
  }

  /** Takes a PES packet's times, ticks of 33 bits. True where the video has been waited for long enough. */
  take(ptsTicks: number, dtsTicks: number): boolean {
    if (!this.isThere) {
      this.#firstPts = ptsTicks;
      this.firstDts = dtsTicks;
    }
    this.#packets++;
    this.#lastPts = ptsTicks;
    return ticksBetween(this.#firstPts, ptsTicks) >= patience;
  }

  /** Whether it begins so long before a picture that the recording begins with it. */
  isPartOf(ptsTicks: number): boolean {
    return ticksBetween(this.#firstPts, ptsTicks) > maxLead;
  }

  /** The recording's first part begins with it; none is waiting any more. */
  moveTo(part: PlannedPart): void {
    count(part, this.#firstPts, 0, undefined);
    part.pictures = this.#packets;
    part.lastTicks = Math.max(0, ticksBetween(this.#firstPts, this.#lastPts));
    part.lastPts = this.#lastPts;
    this.drop();
  }

  /** None is waiting any more. */
  drop(): void {
    this.#firstPts = -1;
  }
}
