/**
 * What stays of a picture of which packets are missing: all up to the gap, and all from the next start code after it on.
 * Parameter sets, other slices and the pictures that refer to it are worth more than its hole costs; nothing that stays lies
 * after bytes that are missing. No packet is made: the bytes before the start code become stuffing of their packet.
 */
import { Column } from '../../media/column.ts';
import { packetLength, payloadOf } from '../../mpegts/packet.ts';
import { unbounded } from './patched-packets.ts';
import type { DroppedRanges, Patches } from './plan.ts';

/** No packet changes. */
function noPatches(): Patches {
  return { offsets: new Column(Float64Array, 16), changes: new Column(Uint8Array, 16) };
}

interface Cut {
  readonly from: number;
  readonly to: number;
}

/** Follows the PES packets of a PID of video. */
export class TrimmedVideo {
  readonly patches = noPatches();
  #cuts: Cut[] = [];
  #resumes: { readonly offset: number; readonly skipped: number }[] = [];
  /** Since which cell nothing stays; -1: all stays. */
  #since = -1;
  #packets = 0;
  /** The packet before, of those that go: a start code may begin at its end. */
  #before: { readonly offset: number; readonly zeros: number; readonly length: number } | undefined;
  /** Whether a gap lies where nothing could stay: in the header of the PES packet. */
  #isHopeless = false;

  /** The next PES packet begins. */
  open(): void {
    this.#cuts = [];
    this.#resumes = [];
    this.#since = -1;
    this.#packets = 0;
    this.#before = undefined;
    this.#isHopeless = false;
  }

  /** Whether packets have to be looked at. */
  get isCutting(): boolean {
    return this.#since >= 0;
  }

  /**
   * Takes a packet after a gap, a faulty one, or one after either. `offset`: offset of its cell. `hasHeader`:
   * the header of the PES packet stands before it.
   */
  take(
    offset: number,
    bytes: Uint8Array,
    at: number,
    isAfterGap: boolean,
    isFaulty: boolean,
    hasHeader: boolean,
  ): void {
    if (!hasHeader) this.#isHopeless = true;
    if (isAfterGap) this.#before = undefined;
    if (this.#since < 0) this.#since = offset;
    const from = payloadOf(bytes, at);
    const end = at + packetLength;
    const before = this.#before;
    this.#before = isFaulty ? undefined : { offset, zeros: zerosBefore(bytes, from, end), length: end - from };
    if (isFaulty) this.#packets++;
    else if (before !== undefined && before.zeros > 0 && endsStartCode(bytes, from, end, before.zeros)) {
      this.#packets--;
      this.#resume(before.offset, before.length - before.zeros);
    } else {
      const code = startCodeIn(bytes, from, end);
      if (code < 0) this.#packets++;
      else this.#resume(offset, code - from);
    }
  }

  /** What stands from an offset on stays, but for so many bytes of payload. */
  #resume(offset: number, skipped: number): void {
    if (offset > this.#since) this.#cuts.push({ from: this.#since, to: offset });
    this.#resumes.push({ offset, skipped });
    this.#since = -1;
    this.#before = undefined;
  }

  /** The gaps from an offset on were none. */
  takeBack(offset: number): void {
    if (this.#since >= offset) this.#since = -1;
    this.#cuts = this.#cuts.filter(({ from }) => from < offset);
    this.#resumes = this.#resumes.filter((resume) => resume.offset < offset);
  }

  /** Whether something of the PES packet that began at an offset can stay. */
  canStay(offset: number): boolean {
    return !this.#isHopeless && this.#since !== offset;
  }

  /**
   * The PES packet is over, and what is whole of it stays; `offset` and `end`: its beginning, and that of the next. Gives the
   * bytes that go, and adds them to the ranges of the PID.
   */
  close(offset: number, end: number, hasLength: boolean, ranges: DroppedRanges): number {
    if (this.#since >= 0) this.#cuts.push({ from: this.#since, to: end });
    for (const { from, to } of this.#cuts) {
      ranges.from.push(from);
      ranges.to.push(to);
    }
    if (hasLength) this.#patch(offset, unbounded);
    for (const resume of this.#resumes) this.#patch(resume.offset, resume.skipped);
    return this.#packets * packetLength + this.#resumes.reduce((sum, { skipped }) => sum + skipped, 0);
  }

  #patch(offset: number, change: number): void {
    this.patches.offsets.push(offset);
    this.patches.changes.push(change);
  }
}

/** How many zero bytes a payload ends with. */
function zerosBefore(bytes: Uint8Array, from: number, end: number): number {
  let at = end;
  while (at > from && bytes[at - 1] === 0) at--;
  return end - at;
}

/** Whether a payload goes on with the end of a start code of which so many zero bytes stand before it. */
function endsStartCode(bytes: Uint8Array, from: number, end: number, zeros: number): boolean {
  let at = from;
  while (at < end && bytes[at] === 0) at++;
  return at + 1 < end && bytes[at] === 1 && zeros + at - from >= 2;
}

/** Where a start code begins, with the zero bytes before it; -1 where none is whole. */
function startCodeIn(bytes: Uint8Array, from: number, end: number): number {
  for (let at = from; at + 3 < end; at++) {
    if (bytes[at] !== 0 || bytes[at + 1] !== 0) continue;
    let one = at + 2;
    while (one < end && bytes[one] === 0) one++;
    if (one + 1 < end && bytes[one] === 1) return at;
    at = one;
  }
  return -1;
}
