/** The options that verbs share, spelled once. */
import type { Argv } from 'yargs';
import { SalvorError } from '../media/errors.ts';
import { parseSeconds } from './quantities.ts';

/** `--output`, `--force`, `--dry-run`. */
export interface OutputOptions {
  output: string | undefined;
  force: boolean;
  'dry-run': boolean;
}

/** `--json`, `--ndjson`, `--quiet`, `--verbose`, `--color`, `--debug`. */
export interface ReportOptions {
  json: boolean;
  ndjson: boolean;
  quiet: boolean;
  verbose: boolean;
  color: boolean;
  debug: boolean;
}

/** What has to be given, or must not be, for an option to mean something. Options are named without dashes. */
export interface Effect {
  readonly option: string;
  /** One of these has to be given. */
  readonly with?: readonly string[];
  /** None of these may be given. */
  readonly without?: readonly string[];
}

const sharedEffects: readonly Effect[] = [
  { option: 'verbose', without: ['quiet', 'json', 'ndjson'] },
  { option: 'json', without: ['ndjson'] },
];

/** Throws a usage error for an option given with an empty value (`--output=`), which none can use. */
export function checkValues(options: Readonly<Record<string, unknown>>): void {
  const empty = Object.keys(options).find(
    (name) => name !== '$0' && (options[name] === '' || Number.isNaN(options[name])),
  );
  if (empty === undefined) return;
  const typed = `${empty.length > 1 ? '--' : '-'}${empty}`;
  const what = options[empty] === '' ? 'a value' : 'a number';
  throw new SalvorError('usage', `${typed} needs ${what}`);
}

/** Throws a usage error for the first option given that has no effect with the others. Options given are neither undefined nor false. */
export function checkEffects(options: Readonly<Record<string, unknown>>, effects: readonly Effect[]): void {
  const isGiven = (name: string): boolean => options[name] !== undefined && options[name] !== false;
  for (const { option, with: needed = [], without = [] } of [...sharedEffects, ...effects]) {
    if (!isGiven(option)) continue;
    if (needed.length > 0 && !needed.some(isGiven)) {
      const names = needed.map((name) => `--${name}`).join(' or ');
      throw new SalvorError('usage', `--${option} has no effect without ${names}`, {
        advice: `add ${names}, or leave out --${option}`,
      });
    }
    const against = without.find(isGiven);
    if (against === undefined) continue;
    throw new SalvorError('usage', `--${option} has no effect with --${against}`, { advice: 'leave out one of them' });
  }
}

/**
 * The parsed options with the last value of each that was given more than once, as in most programs; yargs gives an array.
 * `lists`: options that are meant to have several values.
 */
export function lastValues(parsed: Record<string, unknown>, lists: readonly string[]): Record<string, unknown> {
  const last = (name: string, value: unknown): unknown =>
    Array.isArray(value) && !lists.includes(name) ? value.at(-1) : value;
  return Object.fromEntries(Object.entries(parsed).map(([name, value]) => [name, last(name, value)]));
}

/** Adds the options of the group "Output". */
export function withOutputOptions<T>(yargs: Argv<T>): Argv<T & OutputOptions> {
  return yargs
    .option('output', {
      alias: 'o',
      type: 'string',
      requiresArg: true,
      description: 'Where the result goes: a file, or a directory for several',
      group: 'Output:',
    })
    .option('force', {
      alias: 'f',
      type: 'boolean',
      default: false,
      description: 'Replace a file that exists already',
      group: 'Output:',
    })
    .option('dry-run', {
      alias: 'n',
      type: 'boolean',
      default: false,
      description: 'Say what would be done, and do nothing',
      group: 'Output:',
    });
}

/** Of verbs that need their inputs closed. */
export interface WaitOptions {
  wait: string | undefined;
}

/** Adds `--wait`, as text: `parseDuration` makes seconds of it. */
export function withWaitOption<T>(yargs: Argv<T>): Argv<T & WaitOptions> {
  return yargs.option('wait', {
    type: 'string',
    requiresArg: true,
    description: 'Wait so long (30s, 5m) for a recorder to close a recording that is still being written',
    group: 'Input:',
  });
}

/** Seconds that the user would wait for a recording to be closed; 0 where nothing was said. Throws `usage` errors. */
export function secondsToWait({ wait }: WaitOptions): number {
  return wait === undefined ? 0 : parseSeconds(wait);
}

/** Of verbs whose report can be a page. */
export interface PageReportOptions {
  report: string | undefined;
}

/** Adds `--report`. */
export function withPageOption<T>(yargs: Argv<T>): Argv<T & PageReportOptions> {
  return yargs.option('report', {
    type: 'string',
    requiresArg: true,
    description: 'Also write the report as a page with pictures, for a browser: FILE.html',
    group: 'Report:',
  });
}

/** Adds `--strict`. */
export function withStrictOption<T>(yargs: Argv<T>): Argv<T & { strict: boolean }> {
  return yargs.option('strict', {
    type: 'boolean',
    default: false,
    description: 'Exit with 3 if any media was lost',
    group: 'Report:',
  });
}

/** Adds the options of the group "Report". */
export function withReportOptions<T>(yargs: Argv<T>): Argv<T & ReportOptions> {
  return yargs
    .option('json', {
      type: 'boolean',
      default: false,
      description: 'Print the report as JSON on standard output',
      group: 'Report:',
    })
    .option('ndjson', {
      type: 'boolean',
      default: false,
      description: 'Print the report as JSON, one object a line, as each recording is done',
      group: 'Report:',
    })
    .option('quiet', {
      alias: 'q',
      type: 'boolean',
      default: false,
      description: 'Print nothing but errors',
      group: 'Report:',
    })
    .option('verbose', {
      alias: 'v',
      type: 'boolean',
      default: false,
      description: 'Print tracks and all findings',
      group: 'Report:',
    })
    .option('color', {
      type: 'boolean',
      default: true,
      description: 'Use colours on a terminal (--no-color: never)',
      group: 'Report:',
    })
    .option('debug', {
      type: 'boolean',
      default: false,
      description: 'Show where in the program an error arose',
      group: 'Report:',
    });
}

/** Of verbs that finish whatever they find. */
export interface FinishingOptions {
  output: string | undefined;
  replace: boolean;
  keep: string | undefined;
  exec: string | undefined;
  jobs: number;
  timeout: string;
  'max-memory': string;
  reserve: string;
}

/** What those mean something with, and without. */
export const finishingEffects: readonly Effect[] = [
  { option: 'keep', with: ['replace'] },
  { option: 'replace', without: ['output'] },
];

/** Adds where results go, what is run after each, and what one recording may take. */
export function withFinishingOptions<T>(yargs: Argv<T>): Argv<T & FinishingOptions> {
  return yargs
    .option('output', {
      alias: 'o',
      type: 'string',
      requiresArg: true,
      description: 'A directory for the results, each at its place below it; otherwise they lie beside the originals',
      group: 'Results:',
    })
    .option('replace', {
      type: 'boolean',
      default: false,
      description:
        'Put results that are verified in the place of the originals; without --keep only where nothing was lost',
      group: 'Results:',
    })
    .option('keep', {
      type: 'string',
      requiresArg: true,
      description: 'With --replace: the directory, on the same file system, to which originals go',
      group: 'Results:',
    })
    .option('exec', {
      type: 'string',
      requiresArg: true,
      description: 'A command to run after each finished recording, {} standing for its path; no shell reads it',
      group: 'Results:',
    })
    .option('jobs', {
      alias: 'j',
      type: 'number',
      default: 1,
      requiresArg: true,
      description: 'Recordings at a time, each by a process of its own',
      group: 'Limits:',
    })
    .option('timeout', {
      type: 'string',
      default: '1h',
      requiresArg: true,
      description: 'The longest that one recording may take',
      group: 'Limits:',
    })
    .option('max-memory', {
      type: 'string',
      default: '1GiB',
      requiresArg: true,
      description: 'The most memory that one recording may take',
      group: 'Limits:',
    })
    .option('reserve', {
      type: 'string',
      default: '5%',
      requiresArg: true,
      description: 'Share of the file system that stays free',
      group: 'Limits:',
    }) as Argv<T & FinishingOptions>;
}
