/**
 * Text that is safe to print. File names come from stream names that anybody may choose: a line break in one would make two
 * lines of one recording, an escape sequence would be obeyed by the terminal. What is shown in the place of something else
 * stands for nothing but that.
 */

const unseen = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]/gu;
/** Backslashes of the text itself before what would make the last look like one of ours. */
const lookalike = new RegExp(String.raw`\\+(?=[nt]|x[\da-f]{2}|u[\da-f]{4}|${unseen.source})`, 'gu');

/**
 * The text with every control character shown as `\x1b`, `\n` …, directional formatting as `\u202e` …, and each byte of a
 * name that is no UTF-8 (U+DC80 to U+DCFF in our strings) as `\xff` …
 */
export function printable(text: string): string {
  return text.replaceAll(lookalike, '$&$&').replaceAll(unseen, (character) => {
    if (character === '\n') return '\\n';
    if (character === '\t') return '\\t';
    const code = character.charCodeAt(0);
    const isByte = code >= 0xdc80 && code <= 0xdcff;
    if (code < 0x80 || isByte) return `\\x${(code & 0xff).toString(16).padStart(2, '0')}`;
    return `\\u${code.toString(16).padStart(4, '0')}`;
  });
}

/** The text cut in its middle to at most `width` characters: the end of a file name tells recordings apart. */
export function shortened(text: string, width: number): string {
  const characters = [...text];
  if (characters.length <= width) return text;
  if (width < 3) return '…'.slice(0, Math.max(0, width));
  const head = Math.floor((width - 1) / 3);
  return `${characters.slice(0, head).join('')}…${characters.slice(characters.length - (width - 1 - head)).join('')}`;
}
