/** The command that repairs a recording, ready to paste into a shell. */
import { standardInputName } from '../../io/byte-stream.ts';
import type { Advice } from '../../media/probed-recording.ts';
import { quoted } from '../../media/shell-word.ts';

/** `salvor VERB PATH`. What came on standard input is gone: no command would find it there. */
export function advise(verb: string, purpose: string, path: string, ...options: readonly string[]): Advice[] {
  if (path === standardInputName) return [];
  return [
    { command: ['salvor', verb, quoted(path), ...options].join(' '), words: [verb, ...options, '--', path], purpose },
  ];
}
