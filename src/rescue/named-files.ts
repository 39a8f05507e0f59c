/**
 * Which files a verb works on that were named on its command line, or that lie in a directory that was, and where the result
 * of each goes. What is in the files, and what is done to them, is not known here.
 */
import { join } from 'node:path';
import { findFiles, pathKind } from '../io/directory.ts';
import type { Pace } from '../io/pace.ts';
import { SalvorError } from '../media/errors.ts';

/** A file to work on; or a path that means none, and why. */
export interface NamedFile {
  readonly path: string;
  readonly failure?: SalvorError;
}

/**
 * The files in the order of the paths, each once. In directories, which are looked into with `recursive` only, they are those
 * that `isWanted`. A path that means nothing does not keep the others from being worked on: it comes with its failure.
 */
export async function namedFiles(
  paths: readonly string[],
  recursive: boolean,
  isWanted: (path: string) => boolean,
  pace: Pace,
): Promise<NamedFile[]> {
  const files = new Map<string, NamedFile>();
  const refuse = (path: string, failure: SalvorError): void => void files.set(path, { path, failure });
  for (const path of paths) {
    if (pathKind(path) !== 'directory') {
      files.set(path, { path });
    } else if (recursive) {
      for (const file of findFiles(path, (error) => refuse(error.file ?? path, error))) {
        if (pace.isDue) await pace.turn();
        if (file !== undefined && isWanted(file)) files.set(file, { path: file });
      }
    } else {
      const advice = 'use --recursive to repair what is in it';
      refuse(path, new SalvorError('unreadable', 'is a directory, expected a file', { file: path, advice }));
    }
  }
  return [...files.values()];
}

/** Whether an output that was named is a directory, there already or by the slash at its end. */
export function isOutputDirectory(output: string): boolean {
  return pathKind(output) === 'directory' || output.endsWith('/');
}

/** The path of a result: `name` in the output if that is a directory, else the output itself. */
export function outputPath(output: string, name: string): string {
  return isOutputDirectory(output) ? join(output, name) : output;
}

/** Throws a usage error if two of the files would have one result. `outputOf`: the path of the result of a file. */
export function refuseSameOutput(files: readonly NamedFile[], outputOf: (path: string) => string): void {
  const outputs = files.filter(({ failure }) => failure === undefined).map(({ path }) => outputOf(path));
  const seen = new Set<string>();
  const twice = outputs.find((each) => seen.size === seen.add(each).size);
  if (twice === undefined) return;
  throw new SalvorError('usage', 'several files would become this one', {
    file: twice,
    advice: 'give a directory to --output, and files of different names',
  });
}
