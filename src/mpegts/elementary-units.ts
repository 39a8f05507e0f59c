/**
 * What is common to cutting the media of a PID into access units: the bytes that are held until a unit is whole, and which
 * PES packet each of them came in, whose times belong to the first unit that begins in it. It knows no codec.
 */

/** Times of a PES packet, ticks of 33 bits; -1 where there is none. */
export interface PesTimes {
  readonly ptsTicks: number;
  readonly dtsTicks: number;
}

interface PesMark extends PesTimes {
  at: number;
}

/** An access unit that was cut out: its times are -1 where no PES packet tells them. */
export interface ElementaryUnit extends PesTimes {
  /** A view, valid until the call returns. */
  readonly data: Uint8Array;
  readonly isSync: boolean;
  /** Ticks of 90 kHz that it lasts, where its codec says so; 0 where not. */
  readonly lasts: number;
}

/** Cuts the media of one PID. */
export interface ElementaryCutter {
  /** The media of a whole PES packet. */
  take(media: Uint8Array, times: PesTimes): void;
  /** What is held is followed by something else: it is whole. */
  flush(): void;
  /** Media is missing here: what is held has no end. */
  clear(): void;
}

const noTimes: PesTimes = { ptsTicks: -1, dtsTicks: -1 };

/** Bytes of PES packets, joined. */
export class PesMedia {
  bytes: Buffer = Buffer.alloc(64 * 1024);
  length = 0;
  readonly #marks: PesMark[] = [];

  append(media: Uint8Array, { ptsTicks, dtsTicks }: PesTimes): void {
    if (ptsTicks >= 0) this.#marks.push({ at: this.length, ptsTicks, dtsTicks });
    if (this.length + media.length > this.bytes.length) {
      const grown = Buffer.alloc(2 * (this.length + media.length));
      this.bytes.copy(grown, 0, 0, this.length);
      this.bytes = grown;
    }
    this.bytes.set(media, this.length);
    this.length += media.length;
  }

  /** The times for a unit that begins at a place: of the last PES packet begun by then, once. */
  timesAt(at: number): PesTimes {
    let times = noTimes;
    while (this.#marks.length > 0 && this.#marks[0]!.at <= at) times = this.#marks.shift()!;
    return times;
  }

  /** Forgets the first bytes. */
  forget(count: number): void {
    if (count === 0) return;
    this.bytes.copyWithin(0, count, this.length);
    this.length -= count;
    for (const mark of this.#marks) mark.at = Math.max(0, mark.at - count);
  }

  clear(): void {
    this.length = 0;
    this.#marks.length = 0;
  }
}
