/**
 * The command line of `salvor`: finds the verb, has yargs read its options, runs it, and turns whatever goes wrong into one
 * line and an exit code.
 */
import yargs from 'yargs';
import { verbs, type Command, type Verb } from './commands/index.ts';
import { standardInputPath } from './io/byte-stream.ts';
import { SalvorError } from './media/errors.ts';
import { failureLine } from './ui/failure.ts';
import type { Terminal } from './ui/terminal.ts';
import { version } from './version.ts';

/** The widest a help text gets: long lines are hard to read. */
const widestHelp = 110;

const usageExitCode = 2;

/** Runs `salvor` with the arguments after the program's name; resolves to the exit code. */
export async function run(argv: readonly string[], terminal: Terminal, signal: AbortSignal): Promise<number> {
  const named = verbWord(argv);
  const verb = verbs.find(({ name, aliases }) => name === named || aliases.includes(named));
  const command = await verb?.load();
  let exitCode = 0;
  const words = command?.words?.(argv) ?? argv;
  const parser = yargs(words.map((word) => (word === '-' ? standardInputPath : word)))
    .scriptName('salvor')
    .locale('en')
    .usage('$0 <verb> [options]\n\nFinishes and repairs recordings that a media server left unfinished.')
    .parserConfiguration({ 'camel-case-expansion': false, 'dot-notation': false })
    .help('help', 'Show this help')
    .alias('help', 'h')
    .version('version', 'Show the version', version)
    .alias('version', 'V')
    .completion('completion', 'Print a completion script for the shell: salvor completion >> ~/.bashrc')
    .epilogue(
      'salvor <verb> --help tells more about a verb; man salvor, about all.\nExit codes: 0 done, 1 failed and nothing changed, 2 wrong usage, 3 done but media lost (with --strict), 75 busy, 130 interrupted.',
    )
    .wrap(Math.min(widestHelp, terminal.out.columns))
    .strict()
    .demandCommand(1, 'no verb was named')
    .exitProcess(false)
    .fail((message, error: unknown) => {
      throw usageError(message, error, argv[0], verb);
    });
  withoutTypes(parser);
  withoutHelpInAdvance(parser);
  for (const { name, aliases, arguments: positional, summary } of verbs) {
    parser.command(
      [`${name} ${positional}`, ...aliases],
      summary,
      (builder) => (verb?.name === name && command !== undefined ? command.build(builder) : builder),
      async (options) => {
        exitCode = await runCommand(command, options, terminal, signal);
      },
    );
  }
  try {
    await parser.parseAsync();
    return exitCode;
  } catch (error) {
    return report(error, terminal, argv);
  }
}

/** The word that names the verb: the first, and where a shell asks how to complete a line, the first of that line. */
function verbWord(argv: readonly string[]): string {
  return (argv[0] === '--get-yargs-completions' ? argv[2] : argv[0]) ?? '';
}

async function runCommand(
  command: Command | undefined,
  options: Record<string, unknown>,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<number> {
  if (command === undefined) throw new SalvorError('usage', 'no verb was named first', { advice: 'see salvor --help' });
  return command.run(options, terminal, signal);
}

function report(error: unknown, terminal: Terminal, argv: readonly string[]): number {
  const line = failureLine('salvor', error, terminal, argv.includes('--debug'), !argv.includes('--no-color'));
  terminal.err.write(`${line}\n`);
  return error instanceof SalvorError ? error.exitCode : isUsage(error) ? usageExitCode : 1;
}

/** What yargs found wrong with the command line, in words that say what to do; what is no matter of usage stays as it is. */
function usageError(
  message: string | null,
  error: unknown,
  first: string | undefined,
  verb: Verb | undefined,
): unknown {
  if (error !== undefined && error !== null && !isUsage(error)) return error;
  const said = (message ?? (error instanceof Error ? error.message : '')).replaceAll('\n', ' ');
  const advice = `see salvor ${verb === undefined ? '' : `${verb.name} `}--help`;
  if (said === `Unknown argument: ${first}`) return new SalvorError('usage', `there is no verb ${first}`, { advice });
  if (said.startsWith('Not enough non-option arguments')) {
    return new SalvorError('usage', 'nothing to work on was named', { advice });
  }
  return new SalvorError('usage', `${said.charAt(0).toLowerCase()}${said.slice(1)}`, { advice });
}

/** Leaves `[boolean] [default: false]` out of the help. The types of yargs 17 do not know the method yet. */
function withoutTypes(parser: object): void {
  (parser as { usageConfiguration(options: Record<string, boolean>): void }).usageConfiguration({ 'hide-types': true });
}

/**
 * yargs composes the help of a verb whenever it runs one, in case it fails: a tenth of the time a short run takes. Ours is
 * shown when it is asked for.
 */
function withoutHelpInAdvance(parser: object): void {
  const { getInternalMethods } = parser as {
    getInternalMethods(): { getUsageInstance(): { cacheHelpMessage(): void } };
  };
  getInternalMethods.call(parser).getUsageInstance().cacheHelpMessage = () => {};
}

/** yargs throws its own errors for command lines it cannot read. */
function isUsage(error: unknown): boolean {
  return error instanceof Error && error.name === 'YError';
}
