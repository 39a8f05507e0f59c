/**
 * Samples of text tracks, of 3GPP (TS 26.245, 5.17) and of QuickTime: a length, so many bytes of text, and boxes with how it is
 * shown. Read is where such a sample ends; UTF-16, which nothing tells from other bytes, is not.
 */

const maxText = 4096;
const minBox = 8;
/** Boxes behind a text are few and small: styles, highlights, colours. */
const maxBoxBytes = 4096;
const decoder = new TextDecoder('utf-8', { fatal: true });

/** Bytes of a sample that says that nothing is shown: its length, which is 0. */
export const emptyTextBytes = 2;

/** Length of the text sample that `bytes` begin with, which may be empty; 0 where they begin with none. */
export function textSampleLength(bytes: Uint8Array): number {
  const length = bytes.length < 2 ? 0 : bytes[0]! * 256 + bytes[1]!;
  if (bytes.length < emptyTextBytes || length > maxText || 2 + length > bytes.length) return 0;
  const text = bytes.subarray(2, 2 + length);
  if (!text.every(isPrintable) || !isUtf8(text)) return 0;
  let at = 2 + length;
  // Boxes of four letters, each with its size.
  while (at + minBox <= bytes.length && bytes.subarray(at + 4, at + minBox).every(isLetter)) {
    const size = bytes[at]! * 2 ** 24 + bytes[at + 1]! * 2 ** 16 + bytes[at + 2]! * 256 + bytes[at + 3]!;
    if (size < minBox || size > maxBoxBytes || at + size > bytes.length) break;
    at += size;
  }
  return at;
}

function isPrintable(byte: number): boolean {
  return byte >= 0x20 ? byte !== 0x7f : byte === 0x0a || byte === 0x0d || byte === 0x09;
}

function isLetter(byte: number): boolean {
  return byte >= 0x61 && byte <= 0x7a;
}

function isUtf8(text: Uint8Array): boolean {
  try {
    decoder.decode(text);
    return true;
  } catch {
    return false;
  }
}
