/** The program's version, from package.json and nowhere else. */
import manifest from '../package.json' with { type: 'json' };

/** The version of the package, without a leading `v`. */
export const version: string = manifest.version;
