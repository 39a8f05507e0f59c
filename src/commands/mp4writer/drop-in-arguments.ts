/**
 * The command line of the media server's `evo-mp4writer`, as scripts have it: every argument is split at its first `=`,
 * only `-path` and `--recovery` count, in any order, the last `-path` wins, anything else is ignored. Kinder than the
 * original: one or two dashes, the value in an argument of its own, and a few options that only people type. A set that a
 * server has closed is never left lying because of an option: what means nothing is ignored, and told.
 */

/** The command line of `evo-mp4writer`, taken apart. */
export interface DropInArguments {
  readonly path: string | undefined;
  readonly recovery: boolean;
  /** A recording of the same stream to take a lost codec configuration from. */
  readonly reference: string | undefined;
  /** How long to wait for a recorder to close the staging files, as it was written. */
  readonly wait: string | undefined;
  /** Make the MP4 again even if it is there already just as it would be made. */
  readonly force: boolean;
  /** Keep the staging files. */
  readonly keep: boolean;
  readonly verbose: boolean;
  readonly debug: boolean;
  readonly help: boolean;
  readonly version: boolean;
  /** Arguments that mean nothing here; behind `--`, all. */
  readonly ignored: readonly string[];
  /** Options given that mean something only with `--recovery`, which is not given. */
  readonly idle: readonly string[];
}

/** Refuses nothing: what it does not understand is in `ignored`. */
export function parseDropInArguments(argv: readonly string[]): DropInArguments {
  let path: string | undefined;
  let reference: string | undefined;
  let wait: string | undefined;
  const ignored: string[] = [];
  const given = new Set<string>();
  for (let i = 0; i < argv.length; i++) {
    const argument = argv[i]!;
    const separator = argument.indexOf('=');
    if (argument === '--') {
      ignored.push(...argv.slice(i));
      break;
    }
    const name = separator < 0 ? argument : argument.slice(0, separator);
    if (name === '-path' || name === '--path') {
      if (separator >= 0) path = argument.slice(separator + 1);
      else if (i + 1 < argv.length) path = argv[++i];
      else ignored.push(argument);
    } else if (name === '--reference') {
      if (separator >= 0) reference = argument.slice(separator + 1);
      else if (i + 1 < argv.length) reference = argv[++i];
      else ignored.push(argument);
    } else if (name === '--wait') {
      if (separator >= 0) wait = argument.slice(separator + 1);
      else if (i + 1 < argv.length) wait = argv[++i];
      else ignored.push(argument);
    } else if (name === '--recovery' || name === '-recovery') {
      given.add('recovery');
    } else if (['--keep', '--force', '--verbose', '--debug', '--help', '--version'].includes(argument)) {
      given.add(argument.slice(2));
    } else if (argument === '-h') {
      given.add('help');
    } else {
      ignored.push(argument);
    }
  }
  const recovery = given.has('recovery');
  return {
    path: path === '' ? undefined : path,
    recovery,
    reference: reference === '' || !recovery ? undefined : reference,
    wait: wait === '' ? undefined : wait,
    force: given.has('force') && recovery,
    keep: given.has('keep'),
    verbose: given.has('verbose'),
    debug: given.has('debug'),
    help: given.has('help'),
    version: given.has('version'),
    ignored,
    idle: recovery
      ? []
      : [...(reference === undefined ? [] : ['--reference']), ...(given.has('force') ? ['--force'] : [])],
  };
}
