/**
 * EvoStream's parameters of `record`: words such as `type=mp4`, whose names may be written in any case, beside the options of
 * a command line. It knows words only.
 */
import { SalvorError } from '../../media/errors.ts';

/** The parameters by their own spelling, and the options that mean the same. */
const parameters: Readonly<Record<string, string>> = {
  localStreamName: 'local-stream-name',
  pathToFile: 'path-to-file',
  type: 'type',
  overwrite: 'overwrite',
  keepAlive: 'keep-alive',
  chunkLength: 'chunk-length',
  waitForIDR: 'wait-for-idr',
  winQtCompat: 'win-qt-compat',
  dateFolderStructure: 'date-folder-structure',
};

const optionOf = new Map(Object.entries(parameters).map(([name, option]) => [name.toLowerCase(), option]));

/**
 * The command line with options in place of such words; everything else stays. Throws a usage error for a word with a name
 * that no parameter has, and is no path that contains a `=`.
 */
export function withoutParameterWords(argv: readonly string[]): string[] {
  return argv.map((word) => {
    const match = /^([A-Za-z]+)=(.*)$/s.exec(word);
    if (match === null) return word;
    const option = optionOf.get(match[1]!.toLowerCase());
    if (option !== undefined) return `--${option}=${match[2]!}`;
    throw new SalvorError('usage', `there is no parameter ${match[1]}`, {
      advice: `the parameters are ${Object.keys(parameters).join(', ')}`,
    });
  });
}

/** A parameter that is on or off: 1, true, yes, on, or 0, false, no, off. */
export function switchOf(name: string, text: string | undefined, usual: boolean): boolean {
  if (text === undefined) return usual;
  if (/^(?:1|true|yes|on)$/i.test(text)) return true;
  if (/^(?:0|false|no|off)$/i.test(text)) return false;
  throw new SalvorError('usage', `--${name} is 0 or 1, not '${text}'`);
}
