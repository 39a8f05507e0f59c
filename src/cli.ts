/**
 * The command line of `salvor`: finds the verb, has yargs read its options, refuses what cannot be meant, runs the verb, and
 * turns whatever goes wrong into one line and an exit code. What a verb does, and which options it has, it does not know.
 */
import yargs, { type Argv } from 'yargs';
import { verbs, type Command, type Verb } from './commands/index.ts';
import { checkEffects, checkValues } from './commands/options.ts';
import { completionRequest, completionScript, shells } from './completion.ts';
import { standardInputPath } from './io/byte-stream.ts';
import { SalvorError } from './media/errors.ts';
import { failureLine } from './ui/failure.ts';
import { refuseClosedOutput, type Terminal } from './ui/terminal.ts';
import { isUsage, nearest, refuseUnknown, usageError } from './usage.ts';
import { version } from './version.ts';

/** The widest a help text gets: long lines are hard to read. */
const widestHelp = 110;

const usageExitCode = 2;

/** Between the options and the files behind `--`: an option that lacks its value may not take a file for it. */
const filesFollow = 'files-follow';

/** Runs `salvor` with the arguments after the program's name; resolves to the exit code. */
export async function run(argv: readonly string[], terminal: Terminal, signal: AbortSignal): Promise<number> {
  try {
    const words = verbFirst(argv);
    const verb = verbNamed(words[0]);
    if (verb !== undefined && !ownWords(words).some(isHelp)) {
      return await runVerb(verb, words.slice(1), terminal, signal);
    }
    await explain(words, verb ?? (words[0] === completionRequest ? verbNamed(words[2]) : undefined), terminal);
    return 0;
  } catch (error) {
    const line = failureLine('salvor', error, terminal, argv.includes('--debug'), !argv.includes('--no-color'));
    terminal.err.write(`${line}\n`);
    return error instanceof SalvorError ? error.exitCode : isUsage(error) ? usageExitCode : 1;
  }
}

function verbNamed(word: string | undefined): Verb | undefined {
  return word === undefined ? undefined : verbs.find(({ name, aliases }) => name === word || aliases.includes(word));
}

/** A verb's code. Of an installation that was copied in part, or on a disk that was full, it may not be there. */
async function codeOf(verb: Verb): Promise<Command> {
  try {
    return await verb.load();
  } catch (error) {
    const fault = (error as Error).message.split('\n')[0]!;
    throw new SalvorError('unreadable', `the installation is damaged (${fault})`, {
      advice: 'install salvor again',
      cause: error,
    });
  }
}

function isHelp(word: string): boolean {
  return word === '--help' || word === '-h';
}

/** `help` is `--help`, and `help VERB` and `--help VERB` are `VERB --help`. Throws for a verb that is none, or comes late. */
function verbFirst(argv: readonly string[]): readonly string[] {
  const [first, second] = argv;
  if (first === undefined || first === completionRequest || first === 'completion') return argv;
  if (first === 'help' || isHelp(first)) {
    if (second === undefined || second.startsWith('-')) return ['--help'];
    if (verbNamed(second) === undefined && second !== 'completion') throw unknownVerb(second);
    return [second, '--help'];
  }
  if (!first.startsWith('-')) {
    if (verbNamed(first) === undefined) throw unknownVerb(first);
    return argv;
  }
  const late = argv.find((word) => verbNamed(word) !== undefined);
  if (late === undefined || argv.some(isHelp)) return argv;
  throw new SalvorError('usage', 'the verb has to come first', { advice: `begin with salvor ${late}` });
}

function unknownVerb(word: string): SalvorError {
  const names = verbs.flatMap(({ name, aliases }) => [name, ...aliases]);
  const meant = nearest(word, [...names, 'completion', 'help']);
  const advice = meant === undefined ? 'see salvor --help' : `did you mean ${meant}?`;
  return new SalvorError('usage', `there is no verb ${word}`, { advice });
}

/** A parser of command lines of ours. It throws what is wrong with one. */
function parserOf(words: readonly string[], said: string, terminal: Terminal): Argv {
  const parser = yargs([...words])
    .scriptName('salvor')
    .locale('en')
    .parserConfiguration({ 'camel-case-expansion': false, 'dot-notation': false })
    .help('help', 'Show this help')
    .alias('help', 'h')
    .version('version', 'Show the version', version)
    .alias('version', 'V')
    .wrap(Math.min(widestHelp, terminal.out.columns))
    .strict()
    .exitProcess(false)
    .fail((message, error: unknown) => {
      throw usageError(message, error, { words, said, options: optionsOf(parser) });
    });
  withoutTypes(parser);
  return parser;
}

/** Answers what is asked about the program or about the verb given: help, version, completion. */
async function explain(words: readonly string[], verb: Verb | undefined, terminal: Terminal): Promise<void> {
  if (words.length === 0) throw new SalvorError('usage', 'no verb was named', { advice: 'see salvor --help' });
  const command = verb === undefined ? undefined : await codeOf(verb);
  const parser = parserOf(words, 'salvor', terminal)
    .usage('$0 <verb> [options]\n\nFinishes and repairs recordings that a media server left unfinished.')
    .epilogue(
      'salvor <verb> --help says more about a verb; man salvor, about all.\nExit codes: 0 done, 1 failed and nothing changed, 2 wrong usage, 3 done but media lost (with --strict), 75 busy, 130 interrupted.',
    );
  for (const { name, aliases, arguments: positional, summary } of verbs) {
    parser.command([`${name} ${positional}`.trim(), ...aliases], summary, (builder) =>
      verb?.name === name && command !== undefined ? command.build(builder) : builder,
    );
  }
  parser.command(
    'completion [shell]',
    'Print what a shell needs to complete lines: salvor completion bash',
    (builder) =>
      builder
        .usage(
          '$0 completion [shell]\n\nPrints a script that has a shell complete verbs, options and files. Without a shell, that of $SHELL is meant.',
        )
        .positional('shell', { choices: shells, description: 'The shell that is to read the script' }),
    ({ shell }) => {
      refuseClosedOutput(terminal);
      terminal.out.write(completionScript(shell, terminal.environment['SHELL']));
    },
  );
  if (!words.some(isHelp) && words[0] !== completionRequest) {
    refuseUnknown({ words: ownWords(words), said: 'salvor', options: optionsOf(parser) });
  }
  await parser.parseAsync();
}

async function runVerb(verb: Verb, typed: readonly string[], terminal: Terminal, signal: AbortSignal): Promise<number> {
  const command = await codeOf(verb);
  const words = command.words?.(typed) ?? typed;
  let exitCode = 0;
  // As the command of the line, not as one of several: for those, yargs composes the help text even where nobody asks.
  const said = `salvor ${verb.name}`;
  const parser = parserOf(yargsWords(words), said, terminal)
    .option(filesFollow, { type: 'boolean', hidden: true })
    .command(
      `$0 ${verb.arguments}`.trim(),
      false,
      (builder) => {
        const built = command.build(builder);
        refuseUnknown({ words: ownWords(words), said, options: optionsOf(built) });
        return built;
      },
      async (options) => {
        checkValues(options);
        checkEffects(options, command.effects);
        exitCode = await command.run(options, terminal, signal, run);
      },
    );
  await parser.parseAsync();
  return exitCode;
}

/** The words before `--`, behind which there are only files. */
function ownWords(words: readonly string[]): readonly string[] {
  return words.includes('--') ? words.slice(0, words.indexOf('--')) : words;
}

/** The words as yargs is to read them: it drops files behind `--`, and swallows a dash that stands alone. */
function yargsWords(words: readonly string[]): string[] {
  const own = ownWords(words);
  const files = words.slice(own.length + 1);
  const asFile = (word: string): string => (word.startsWith('-') && word !== '-' ? `./${word}` : word);
  const read = [...own, ...(files.length > 0 ? [`--${filesFollow}`] : []), ...files.map(asFile)];
  return read.map((word) => (word === '-' ? standardInputPath : word));
}

/** What yargs keeps of the options it is told of. */
interface KnownOptions {
  readonly key: Readonly<Record<string, unknown>>;
  readonly boolean: readonly string[];
}

/** The names of positionals, which yargs takes for options as well, and what is no option for anybody else. */
const hiddenNames = new Set([
  filesFollow,
  ...verbs.flatMap((verb) => [...verb.arguments.matchAll(/\w+/g)].map(([name]) => name)),
]);

/** The names of the options that a parser knows. The types of yargs 17 do not have the method. */
function optionsOf(parser: object): string[] {
  const { key, boolean } = (parser as { getOptions(): KnownOptions }).getOptions();
  const names = new Set([...Object.keys(key), 'help', 'h', 'version', 'V']);
  const denied = boolean.filter((name) => name.length > 1).map((name) => `no-${name}`);
  return [...names, ...denied].filter((name) => !hiddenNames.has(name.replace(/^no-/, '')));
}

/** Leaves `[boolean] [default: false]` out of the help. The types of yargs 17 do not know the method yet. */
function withoutTypes(parser: object): void {
  (parser as { usageConfiguration(options: Record<string, boolean>): void }).usageConfiguration({ 'hide-types': true });
}
