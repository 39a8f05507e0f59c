/** A failure in one line; with `debug`, or where it is a bug, with its stack. */
import { SalvorError } from '../media/errors.ts';
import { printable } from './printable.ts';
import { styleFor } from './style.ts';
import type { Terminal } from './terminal.ts';

/** `coloured`: false where the user asked for no colours. */
export function failureLine(
  program: string,
  error: unknown,
  terminal: Terminal,
  debug: boolean,
  coloured = true,
): string {
  const style = styleFor(terminal, terminal.err, coloured);
  const known = error instanceof SalvorError || (error instanceof Error && error.name === 'YError');
  const message =
    error instanceof SalvorError ? error.describe() : error instanceof Error ? error.message : String(error);
  const line = `${style.red(`${program}:`)} ${printable(withoutPasswords(message))}`;
  if (debug && error instanceof Error) return `${line}\n${error.stack ?? ''}`;
  return known ? line : `${line}; this is a fault in ${program}: please report it with the output of --debug`;
}

/** An address that was typed where none belongs may be repeated, but not the password in it. */
function withoutPasswords(text: string): string {
  return text.replaceAll(/(\b[a-z][a-z+.-]*:\/\/[^\s:/@]*):[^\s/]*@/gi, '$1:***@');
}
