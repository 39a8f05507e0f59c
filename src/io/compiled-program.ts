/**
 * Loads a program that was bundled into one CommonJS file, with what V8 made of its source when it was built: a third of a
 * short run would go into compiling the same functions again. The code cache is an offer: V8 checks that it is of its own
 * version and flags and of a source of this length, and compiles as always where it is not; that it is of this source, its
 * name has to say. This file knows nothing of what the program does.
 */
import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { Script } from 'node:vm';

/** What a program's file exports. Resolves when the program has ended; sets the exit code of the process. */
export interface Program {
  readonly main: (argv: readonly string[]) => Promise<void>;
}

export interface CompiledProgram extends Program {
  /** Whether V8 took the code cache it was offered. */
  readonly fromCache: boolean;
  /** What V8 has compiled of the program so far, for `codeCache` of a later process. */
  readonly codeCache: () => Uint8Array;
}

/** Throws the error of the file system if there is no program at `path`; a `codeCache` file that is missing is none. */
export function loadProgram(path: string, codeCache?: string): CompiledProgram {
  // The bundler escapes everything beyond ASCII. A Latin-1 string takes a byte a character, and no decoding.
  const source = `(function(exports,require,module,__filename,__dirname){${readFileSync(path, 'latin1')}\n})`;
  const cachedData = codeCache === undefined ? undefined : readIfPresent(codeCache);
  const script = new Script(source, cachedData === undefined ? { filename: path } : { filename: path, cachedData });
  const commonJs = { exports: {} as Program };
  script.runInThisContext()(commonJs.exports, process.getBuiltinModule, commonJs, path, dirname(path));
  return {
    main: commonJs.exports.main,
    fromCache: script.cachedDataRejected === false,
    codeCache: () => script.createCachedData(),
  };
}

function readIfPresent(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}
