/** Words of commands that people are told to type. */

/**
 * A path as a shell takes it: quoted where it has to be. What would not be seen for what it is (control characters, writing
 * direction, bytes that are no UTF-8, which are U+DC80 to U+DCFF here, and backslashes) is given byte for byte in octal, as
 * bash, zsh and ksh read it: `$'rec\\377.flv'`. Such a word stays as it is wherever it is printed.
 */
export function quoted(path: string): string {
  const safe = path.startsWith('-') ? `./${path}` : path;
  if (/^[\w@%+=:,./-]+$/.test(safe)) return safe;
  if (safe.search(unseen) < 0) return `'${safe.replaceAll("'", String.raw`'\''`)}'`;
  const inOctal = safe.replaceAll(unseen, (unit) =>
    bytesOf(unit)
      .map((byte) => `\\${byte.toString(8).padStart(3, '0')}`)
      .join(''),
  );
  return `$'${inOctal.replaceAll("'", String.raw`\'`)}'`;
}

const unseen = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\udc80-\udcff\\]/gu;

function bytesOf(unit: string): number[] {
  return unit.isWellFormed() ? [...Buffer.from(unit)] : [unit.charCodeAt(0) - 0xdc00];
}
