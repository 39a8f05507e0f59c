/** What yargs finds wrong with a command line, in words that say what to do. Which verbs and options there are, it is told. */
import { closest, distance } from 'fastest-levenshtein';
import { SalvorError } from './media/errors.ts';

/** What yargs was given, and what it would have understood. */
export interface CommandLine {
  readonly words: readonly string[];
  /** The program and the verb. */
  readonly said: string;
  /** The options there are, without dashes; `no-NAME` too, of those that can be denied. */
  readonly options: readonly string[];
}

/** The one of the words that was probably meant, if any is near enough. */
export function nearest(word: string, words: readonly string[]): string | undefined {
  if (words.length === 0) return undefined;
  const meant = closest(word, words);
  return distance(word, meant) <= Math.floor(word.length / 3) ? meant : undefined;
}

/** yargs throws its own errors for command lines it cannot read. */
export function isUsage(error: unknown): boolean {
  return error instanceof Error && error.name === 'YError';
}

/** What is wrong with a command line; what is no matter of usage stays as it is. */
export function usageError(message: string | null, error: unknown, { words, said, options }: CommandLine): unknown {
  if (error !== undefined && error !== null && !isUsage(error)) return error;
  const text = (message ?? (error instanceof Error ? error.message : '')).replaceAll('\n', ' ');
  const advice = `see ${said} --help`;
  const lacking = /^Not enough arguments following: (.*)$/.exec(text)?.[1];
  if (lacking !== undefined) return new SalvorError('usage', `${asTyped(lacking, words)} needs a value`, { advice });
  // An option that there is not takes the word behind it for its value: what is missing then is not the fault.
  const unknown = /^Unknown arguments?: (.*)$/.exec(text)?.[1]?.split(', ') ?? unknownIn(words, options);
  const extra = unknown.filter((name) => words.includes(name));
  if (extra.length > 0 && extra.length === unknown.length) {
    return new SalvorError('usage', `${said} takes only options, not ${extra.join(' ')}`, { advice });
  }
  if (unknown.length > 0) {
    const typed = [...new Set(unknown.map((name) => asTyped(name, words)))];
    const meant = nearest(typed[0]!.replace(/^-+/, ''), options);
    return new SalvorError('usage', `there is no option ${typed.join(', ')}`, {
      advice:
        meant === undefined || typed.length > 1 ? advice : `did you mean ${meant.length > 1 ? '--' : '-'}${meant}?`,
    });
  }
  if (text.startsWith('Not enough non-option arguments')) {
    return new SalvorError('usage', 'nothing to work on was named', { advice });
  }
  return new SalvorError('usage', `${text.charAt(0).toLowerCase()}${text.slice(1)}`, { advice });
}

/**
 * Throws for options that there are not, which yargs lets pass in part: of `-path=x` it takes the `h` for `--help`, and it has
 * `--no-NAME` for options that want a value, and an option for each positional.
 */
export function refuseUnknown(line: CommandLine): void {
  const unknown = unknownIn(line.words, line.options);
  if (unknown.length > 0) throw usageError(`Unknown arguments: ${unknown.join(', ')}`, undefined, line);
}

/** The names of options among the words that are none; letters of a group with one that is none are one name. */
function unknownIn(words: readonly string[], options: readonly string[]): string[] {
  return words.flatMap((word) => {
    const name = /^--([^=]+)/.exec(word)?.[1];
    if (name !== undefined) return options.includes(name) ? [] : [name];
    const letters = /^-([A-Za-z]\w*)/.exec(word)?.[1] ?? '';
    return [...letters].every((letter) => options.includes(letter)) ? [] : [word.slice(1).split('=')[0]!];
  });
}

/** An option as it was typed: yargs names it without dashes, and letters of a group (`-qx`) one by one. */
function asTyped(name: string, words: readonly string[]): string {
  const spelled = new Set([`--${name}`, `--no-${name}`, `-${name}`]);
  const whole = words.find((word) => spelled.has(word.split('=')[0]!));
  if (whole !== undefined) return whole.split('=')[0]!;
  const group = words.find((word) => name.length === 1 && /^-[A-Za-z]/.test(word) && word.includes(name));
  return group?.split('=')[0] ?? (name.length === 1 ? `-${name}` : `--${name}`);
}
