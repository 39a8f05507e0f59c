/**
 * The arguments of the command line with every byte they have: a shell expands `*.flv` to whatever names there are, and Node
 * puts U+FFFD in the place of bytes that are no UTF-8. Linux tells the bytes; where nothing does, arguments stay as they are.
 */
import { nameOf, readFileSync } from './file-system.ts';

/** `words`: the last arguments of this process, as Node gives them. Bytes that are no UTF-8 become what `nameOf` makes of them. */
export function rawArguments(words: readonly string[]): readonly string[] {
  if (!words.some((word) => word.includes('\ufffd'))) return words;
  let line: Buffer;
  try {
    line = readFileSync('/proc/self/cmdline');
  } catch {
    return words;
  }
  const all = line.toString('latin1').split('\0').slice(0, -1);
  const own = all.slice(-words.length).map((word) => Buffer.from(word, 'latin1'));
  // The system may tell less than there is, and a process may call itself something else.
  const isSame = own.length === words.length && own.every((bytes, index) => bytes.toString() === words[index]);
  return isSame ? own.map(nameOf) : words;
}
