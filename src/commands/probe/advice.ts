/** The command that mends a recording, ready to paste into a shell. It names no verb that there is not. */
import { standardInputName } from '../../io/byte-stream.ts';
import type { Advice } from '../../media/probed-recording.ts';

/** A path as a shell takes it: quoted where it has to be. */
export function quoted(path: string): string {
  const safe = path.startsWith('-') ? `./${path}` : path;
  return /^[\w@%+=:,./-]+$/.test(safe) ? safe : `'${safe.replaceAll("'", String.raw`'\''`)}'`;
}

/** `salvor VERB PATH`, if there is the verb. What came on standard input is gone: no command would find it there. */
export function advise(
  verbs: ReadonlySet<string>,
  verb: string,
  purpose: string,
  path: string,
  ...options: readonly string[]
): Advice[] {
  if (!verbs.has(verb) || path === standardInputName) return [];
  return [{ command: ['salvor', verb, quoted(path), ...options].join(' '), purpose }];
}
