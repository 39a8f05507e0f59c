/**
 * Where pictures begin in MPEG-1 and MPEG-2 video (ISO/IEC 13818-2, 6.2), and how. It has no IDR pictures; what comes up
 * to one is an I picture behind a sequence header that no B picture follows or whose group says that it is closed.
 */
import type { EntryPoint, PictureSyntax, PictureRole } from './picture-syntax.ts';

/** `start_code` values (Table 6-1). */
const pictureStart = 0x00;
const lastSlice = 0xaf;
const sequenceHeader = 0xb3;
const groupStart = 0xb8;

const extensionStart = 0xb5;
/** `extension_start_code_identifier` (Table 6-2), and `picture_structure` of a frame (Table 6-14). */
const pictureCodingExtension = 8;
const wholeFrame = 3;

/** Extensions of the sequence header (Table 6-2): of the sequence, and of its display. */
const sequenceExtensions = new Set([1, 2]);
/** With both quantiser matrices. */
const maxSequenceHeader = 1 + 7 + 2 * 64;
const maxExtension = 1 + 12;

const intraPicture = 1;
const bidirectionalPicture = 3;

/** Finds I pictures behind a sequence header, of MPEG-1 and MPEG-2. */
export class Mpeg2Pictures implements PictureSyntax {
  #hasSequenceHeader = false;
  #isClosedGroup = false;
  #codingType = 0;
  entry: EntryPoint | undefined;
  isSettled = true;
  hasParameterSets = false;
  readonly isSkippedLeading = false;
  readonly recoveryCount = 0;
  readonly frameStep = 1;
  #temporalReference = -1;
  /** The picture before was a field whose other one may follow. */
  #wasFirstField = false;
  #isSecondField = false;
  /** The sequence header seen last, and its extensions. */
  #sequence: Uint8Array[] = [];

  wanted(firstByte: number): number {
    if (firstByte === pictureStart) return 3;
    if (firstByte === groupStart) return 5;
    if (firstByte === extensionStart) return maxExtension;
    if (firstByte === sequenceHeader) return maxSequenceHeader;
    return firstByte <= lastSlice ? 1 : 0;
  }

  read(head: Uint8Array): PictureRole {
    const start = head[0]!;
    if (start === pictureStart) return this.#readPicture(head);
    if (start <= lastSlice) return 'slice';
    if (start === extensionStart) {
      const identifier = (head[1] ?? 0) >>> 4;
      const isPicture = identifier === pictureCodingExtension;
      if (sequenceExtensions.has(identifier) && this.#sequence.length > 0) this.#sequence.push(head.slice());
      if (isPicture) this.#wasFirstField = !this.#isSecondField && ((head[3] ?? 0) & 3) !== wholeFrame;
      return 'other';
    }
    if (start === sequenceHeader) {
      this.#hasSequenceHeader = true;
      this.#sequence = [head.slice()];
    }
    // 25 bits of time code come before closed_gop.
    else if (start === groupStart) this.#isClosedGroup = ((head[4] ?? 0) & 0x40) !== 0;
    else return 'other';
    return 'prefix';
  }

  endPrefix(): void {
    this.#hasSequenceHeader = false;
    this.#isClosedGroup = false;
  }

  /** A B picture that follows is shown before this one. */
  settled(ended: boolean): EntryPoint | undefined {
    return !ended && this.#codingType === bidirectionalPicture ? 'irap' : 'idr';
  }

  /** The sequence header; it is part of what makes a picture an entry here, so there is never one to repeat. */
  parameterSets(): Uint8Array {
    return Uint8Array.from(this.#sequence.flatMap((unit) => [0, 0, 1, ...unit]));
  }

  #readPicture(head: Uint8Array): PictureRole {
    const temporalReference = ((head[1] ?? 0) << 2) | ((head[2] ?? 0) >>> 6);
    this.#isSecondField = this.#wasFirstField && temporalReference === this.#temporalReference;
    this.#temporalReference = temporalReference;
    this.#wasFirstField = false;
    // Both fields of a frame have its temporal reference (6.3.9).
    if (this.#isSecondField) return 'slice';
    this.#codingType = ((head[2] ?? 0) >>> 3) & 7;
    const isEntry = this.#codingType === intraPicture && this.#hasSequenceHeader;
    this.hasParameterSets = this.#hasSequenceHeader;
    this.entry = isEntry ? 'idr' : undefined;
    this.isSettled = !isEntry || this.#isClosedGroup;
    return 'picture';
  }
}
