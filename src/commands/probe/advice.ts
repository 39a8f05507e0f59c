/** The command that repairs a recording, ready to paste into a shell. It names no verb that there is not. */
import { standardInputName } from '../../io/byte-stream.ts';
import type { Advice } from '../../media/probed-recording.ts';
import { quoted } from '../../media/shell-word.ts';

/** `salvor VERB PATH`, if there is the verb. What came on standard input is gone: no command would find it there. */
export function advise(
  verbs: ReadonlySet<string>,
  verb: string,
  purpose: string,
  path: string,
  ...options: readonly string[]
): Advice[] {
  if (!verbs.has(verb) || path === standardInputName) return [];
  return [
    { command: ['salvor', verb, quoted(path), ...options].join(' '), words: [verb, ...options, '--', path], purpose },
  ];
}
