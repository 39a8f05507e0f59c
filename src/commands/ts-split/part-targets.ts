/**
 * Where the parts go: the directory and the names that the command line asks for, checked before anything is written. A part
 * never replaces one of the files it is made of.
 */
import { basename, dirname, join } from 'node:path';
import { isSameFile, listDirectory, makeDirectory, pathKind } from '../../io/directory.ts';
import { SalvorError } from '../../media/errors.ts';
import { defaultPattern, extensionOf, PartNames, streamNameOf } from './part-names.ts';

export interface TargetOptions {
  /** A directory, or a path with a pattern as its last name. Undefined: the directory of the first input. */
  readonly output: string | undefined;
  /** The pattern of the names in that directory. */
  readonly pattern: string | undefined;
  readonly startNumber: number;
  readonly force: boolean;
  /** Paths of the inputs; empty for standard input. */
  readonly inputs: readonly string[];
}

/** Name of a stream that has none. */
const namelessStream = 'stream';

export class PartTargets {
  readonly directory: string;
  readonly names: PartNames;
  readonly #options: TargetOptions;

  constructor(options: TargetOptions) {
    const { output, inputs } = options;
    this.#options = options;
    const first = inputs[0];
    if (output === undefined && first === undefined) {
      throw new SalvorError('usage', 'a stream from standard input has no directory of its own', {
        advice: 'say where the parts go with --output',
      });
    }
    const place = placeOf(output ?? dirname(first!), options.pattern);
    this.directory = place.directory;
    const stream = first === undefined ? namelessStream : streamNameOf(first);
    const pattern = place.pattern ?? `${defaultPattern}${first === undefined ? '.ts' : extensionOf(first)}`;
    this.names = new PartNames(pattern, stream);
    if (!this.names.hasNumber && !this.names.hasTime) {
      throw new SalvorError('usage', 'all parts would get the same name', {
        file: join(this.directory, pattern),
        advice: 'give the pattern a number, such as %04d, or name a directory',
      });
    }
  }

  /** Makes the directory where there is none, and refuses to touch what is there already. */
  prepare(dryRun: boolean): void {
    const { force, inputs } = this.#options;
    const kind = pathKind(this.directory);
    if (kind !== undefined && kind !== 'directory') {
      throw new SalvorError('output', 'is not a directory', { file: this.directory });
    }
    if (kind === undefined && !dryRun) makeDirectory(this.directory);
    const expression = this.names.expression();
    for (const name of listDirectory(this.directory)) {
      if (!expression.test(name)) continue;
      const path = join(this.directory, name);
      if (inputs.some((input) => isSameFile(input, path))) throw replacesInput(path);
      if (!force) {
        throw new SalvorError('output', 'the file exists already', { file: path, advice: 'use --force to replace it' });
      }
    }
  }

  pathOf(index: number, time: Date): string {
    return join(this.directory, this.names.name(this.#options.startNumber + index, time));
  }
}

function placeOf(output: string, pattern: string | undefined): { directory: string; pattern: string | undefined } {
  if (pathKind(output) === 'directory' || output.endsWith('/')) return { directory: output, pattern };
  if (basename(output).includes('%')) {
    if (pattern !== undefined) {
      throw new SalvorError('usage', 'both --output and --pattern have a pattern', {
        advice: 'give a directory to --output',
      });
    }
    return { directory: dirname(output), pattern: basename(output) };
  }
  if (/\.[A-Za-z0-9]{2,4}$/.test(basename(output))) {
    throw new SalvorError('usage', 'this is one file, and there may be several parts', {
      file: output,
      advice: 'name a directory, or give the name a number, such as rec_%04d.ts',
    });
  }
  return { directory: output, pattern };
}

function replacesInput(path: string): SalvorError {
  return new SalvorError('usage', 'a part could replace this file, which it is to be made of', {
    file: path,
    advice: 'write to another directory or give another --pattern',
  });
}
