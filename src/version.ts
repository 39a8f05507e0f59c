/** The program's version, from package.json and nowhere else. */
import manifest from '../package.json' with { type: 'json' };

export const version: string = manifest.version;
