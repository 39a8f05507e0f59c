/**
 * PES packets (ISO/IEC 13818-1, 2.4.3.6): the header with its times, read from the transport packets that carry it, also
 * where it is longer than what the first of them holds. The media in them is for others.
 */

/** Up to `PES_packet_length`. */
const fixedLength = 6;
/** The fixed part, the flags, and as many bytes as `PES_header_data_length` can ask for. */
const maxHeader = 9 + 255;

/** Streams whose packets have no header after the length (Table 2-21): maps, padding, private 2, ECM, EMM, DSM-CC, … */
const withoutHeader = new Set([0xbc, 0xbe, 0xbf, 0xf0, 0xf1, 0xf2, 0xf8, 0xff]);

/** Whether a PES packet begins here (`packet_start_code_prefix`); false also where less than three bytes are left. */
export function startsPes(bytes: Uint8Array, at: number, end: number): boolean {
  return at + 3 <= end && bytes[at] === 0 && bytes[at + 1] === 0 && bytes[at + 2] === 1;
}

/** A time of 33 bits in five bytes with marker bits between. */
function timeAt(bytes: Uint8Array, at: number): number {
  const low = (bytes[at + 1]! << 22) | ((bytes[at + 2]! >>> 1) << 15) | (bytes[at + 3]! << 7) | (bytes[at + 4]! >>> 1);
  return ((bytes[at]! >>> 1) & 7) * 2 ** 30 + low;
}

/** The five bytes of a time. `prefix`: 2 a PTS alone, 3 a PTS before a DTS, 1 that DTS. */
export function timeBytes(prefix: number, time: number): number[] {
  const low = time % 2 ** 30;
  const high = Math.floor(time / 2 ** 30) & 7;
  return [
    (prefix << 4) | (high << 1) | 1,
    (low >>> 22) & 0xff,
    ((low >>> 14) & 0xfe) | 1,
    (low >>> 7) & 0xff,
    ((low << 1) & 0xfe) | 1,
  ];
}

/** A video PES packet of unbounded length with this payload. Times in ticks of 33 bits, -1 for none. */
export function writeVideoPes(ptsTicks: number, dtsTicks: number, payload: Uint8Array): Uint8Array {
  const hasDts = dtsTicks >= 0 && dtsTicks !== ptsTicks;
  const times =
    ptsTicks < 0 ? [] : hasDts ? [...timeBytes(3, ptsTicks), ...timeBytes(1, dtsTicks)] : timeBytes(2, ptsTicks);
  const flags = times.length === 0 ? 0 : hasDts ? 0xc0 : 0x80;
  const header = [0, 0, 1, 0xe0, 0, 0, 0x84, flags, times.length, ...times];
  const bytes = new Uint8Array(header.length + payload.length);
  bytes.set(header);
  bytes.set(payload, header.length);
  return bytes;
}

/** The header of a PES packet of so many bytes of media, which begins with a frame. `ptsTicks`: -1 for none. */
export function writePesHeader(streamId: number, mediaBytes: number, ptsTicks: number): Uint8Array {
  const times = ptsTicks < 0 ? [] : timeBytes(2, ptsTicks);
  const counted = 3 + times.length + mediaBytes;
  const length = counted > 0xffff ? 0 : counted;
  const flags = times.length > 0 ? 0x80 : 0;
  return Uint8Array.of(0, 0, 1, streamId, length >>> 8, length & 0xff, 0x84, flags, times.length, ...times);
}

/** Follows the PES packets of one PID. */
export class PesReader {
  readonly #header = new Uint8Array(maxHeader);
  #filled = 0;
  #inHeader = false;

  /** Of the PES packet begun last whose header has been read. */
  streamId = 0;
  /** `PES_packet_length`: bytes after it, 0 where it is not given (video). */
  packetLength = 0;
  /** Bytes of its header. */
  headerBytes = 0;
  /** Ticks of 33 bits; -1 where there is none. The decode time is the presentation time where only that is there. */
  ptsTicks = -1;
  dtsTicks = -1;
  /** Whether the packet taken last completed a header. */
  begun = false;
  /** Whether the payload belongs to a PES packet that could be read. */
  isOpen = false;

  /** Whether a header has begun and its end has not come yet. */
  get isInHeader(): boolean {
    return this.#inHeader;
  }

  /** Takes the payload of a transport packet, `at` to `end`. Gives where the media in it begins, `end` if there is none. */
  take(bytes: Uint8Array, at: number, end: number, startsUnit: boolean): number {
    this.begun = false;
    if (startsUnit) {
      this.#filled = 0;
      this.#inHeader = true;
      this.isOpen = false;
    } else if (!this.#inHeader) {
      return this.isOpen ? at : end;
    }
    if (this.#filled === 0) {
      const length = headerLength(bytes, at, end);
      if (length < 0) return this.#giveUp(end);
      if (length > 0 && at + length <= end) return this.#complete(bytes, at, at + length);
    }
    const taken = Math.min(end - at, maxHeader - this.#filled);
    const before = this.#filled;
    this.#header.set(bytes.subarray(at, at + taken), before);
    this.#filled += taken;
    const length = headerLength(this.#header, 0, this.#filled);
    if (length < 0) return this.#giveUp(end);
    if (length === 0 || length > this.#filled) return end;
    this.#complete(this.#header, 0, length);
    return at + length - before;
  }

  /** Packets were lost: what comes until the next start has no known offset. */
  interrupt(): void {
    this.#inHeader = false;
    this.isOpen = false;
  }

  #giveUp(end: number): number {
    this.#inHeader = false;
    return end;
  }

  #complete(bytes: Uint8Array, at: number, end: number): number {
    this.#inHeader = false;
    this.begun = true;
    this.isOpen = true;
    this.streamId = bytes[at + 3]!;
    this.headerBytes = end - at;
    this.packetLength = (bytes[at + 4]! << 8) | bytes[at + 5]!;
    const timeFlags = end - at > fixedLength ? bytes[at + 7]! >>> 6 : 0;
    const room = end - at - 9;
    this.ptsTicks = timeFlags >= 2 && room >= 5 ? timeAt(bytes, at + 9) : -1;
    this.dtsTicks = timeFlags === 3 && room >= 10 ? timeAt(bytes, at + 14) : this.ptsTicks;
    return end;
  }
}

/** Bytes of the whole header; 0 if too few are there to tell, -1 if no PES packet begins here. */
function headerLength(bytes: Uint8Array, at: number, end: number): number {
  const there = end - at;
  for (let i = 0; i < Math.min(3, there); i++) if (bytes[at + i] !== (i === 2 ? 1 : 0)) return -1;
  if (there < 4) return 0;
  if (withoutHeader.has(bytes[at + 3]!)) return fixedLength;
  return there < 9 ? 0 : 9 + bytes[at + 8]!;
}
