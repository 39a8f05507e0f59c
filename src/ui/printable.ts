/**
 * Text that is safe to print. File names come from stream names that strangers chose: a line break in one would make two
 * lines of one recording, an escape sequence would be obeyed by the terminal.
 */

/** The text with every control character shown as `\x1b`, `\n` … and directional formatting as `\u202e` …. */
export function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu, (character) => {
    if (character === '\n') return '\\n';
    if (character === '\t') return '\\t';
    const code = character.charCodeAt(0).toString(16);
    return code.length <= 2 ? `\\x${code.padStart(2, '0')}` : `\\u${code.padStart(4, '0')}`;
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
