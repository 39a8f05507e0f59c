/** The command that is run after each finished recording: an upload, a notice. No shell reads it. */
import { spawn } from 'node:child_process';
import { SalvorError } from '../../media/errors.ts';

/** What stands for the path of the finished recording. */
const placeholder = '{}';

/**
 * The words of a command: apart by spaces, or in quotes of either kind. Throws a `usage` error for an open quote or no word at
 * all. What a shell would make of `$`, `*` or `;` stays as it is.
 */
export function wordsOf(command: string): string[] {
  const words = [...command.matchAll(/(?:[^\s"']+|"[^"]*"|'[^']*')+/g)].map(([word]) => word);
  const isWhole = command.replaceAll(/"[^"]*"|'[^']*'/g, '').search(/["']/) < 0;
  if (words.length === 0 || !isWhole) {
    throw new SalvorError('usage', `'${command}' is no command`, { advice: "write it like --exec 'upload {}'" });
  }
  return words.map((word) =>
    word.replaceAll(/"([^"]*)"|'([^']*)'/g, (_, double?: string, single?: string) => double ?? single ?? ''),
  );
}

/** Runs it with the path, and `input` on its standard input. Gives what went wrong; undefined if it ended with 0. */
export async function runAfter(
  words: readonly string[],
  path: string,
  input: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const [program, ...args] = words.map((word) => word.replaceAll(placeholder, path)) as [string, ...string[]];
  return new Promise((resolve) => {
    const child = spawn(program, args, { stdio: ['pipe', 'ignore', 'pipe'], signal });
    let said = '';
    child.stderr.on('data', (text: Buffer) => void (said = `${said}${text.toString()}`.slice(-500)));
    // It need not read what it is given.
    child.stdin.on('error', () => {});
    child.stdin.end(input);
    child.once('error', (error) => resolve(`${program} cannot be run: ${error.message}`));
    child.once('close', (code, by) => {
      const last = said.trim().split('\n').at(-1) ?? '';
      const how = by === null ? `ended with ${code}` : `was ended by ${by}`;
      resolve(code === 0 ? undefined : `${program} ${how}${last === '' ? '' : `: ${last}`}`);
    });
  });
}
