// Builds dist/: first the plain compiler output that the tests and benchmarks import, then dist/bin, which is what is
// published: both programs, in files of which a verb reads those that it needs, with their source maps; in dist/lib, what
// programs import, with its types; beside them, the licences of the packages in it.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { licencesOf } from './licences.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));

// `npm test` as the first command on a fresh clone.
if (!['esbuild', 'typescript', 'yargs'].every((name) => existsSync(`${root}node_modules/${name}`))) {
  console.log('build: packages are missing: npm ci');
  const words = ['ci', '--no-audit', '--no-fund'];
  const installed = spawnSync('npm', words, { cwd: root, stdio: 'inherit', shell: process.platform === 'win32' });
  if (installed.status !== 0) process.exit(installed.status ?? 1);
}
const { build, transform } = await import('esbuild');

rmSync(`${root}dist`, { recursive: true, force: true });

compile(root);

/** Runs the compiler with a configuration; ends the build where it fails. */
function compile(configuration) {
  const words = [`${root}node_modules/typescript/bin/tsc`, '-p', configuration];
  const { status } = spawnSync(process.execPath, words, { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}

/** Writes the types of what programs import, from this file on what it names, to dist/lib, as those of a script. */
function declare(entry) {
  compile(`${root}.ci/tsconfig.types.json`);
  const declared = `${root}dist/types/`;
  const names = new Set([entry]);
  for (const name of names) {
    const text = readFileSync(declared + name, 'utf8').replaceAll(
      /(from '|import\(')(\.[^']+)\.ts'/g,
      (_, before, path) => {
        names.add(join(dirname(name), `${path}.d.ts`));
        return `${before}${path}.cjs'`;
      },
    );
    const target = `${root}dist/lib/${name.replace(/^src\/(.*)\.d\.ts$/, '$1.d.cts')}`;
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, text);
  }
  rmSync(declared, { recursive: true });
}

/** What a bundle is for, and what stays outside. */
const bundled = {
  absWorkingDir: root,
  bundle: true,
  // Packages of the user's, for who has a queue: found beside the installation.
  external: ['bullmq'],
  platform: 'node',
  target: 'node20',
  sourcesContent: false,
  legalComments: 'none',
  metafile: true,
  logLevel: 'warning',
};

/** Packages that are modules ask where they are. */
const ownUrl = "const programUrl=require('node:url').pathToFileURL(__filename).href;";
const define = { 'import.meta.url': 'programUrl' };

/**
 * yargs lays its texts out by string-width, which reads the Unicode tables of ICU as soon as it is loaded: a quarter of what
 * a start costs. Of text of which every character takes one column it is not needed.
 */
const narrowTextFirst = {
  name: 'narrow-text-first',
  setup(plugin) {
    const real = createRequire(createRequire(import.meta.url).resolve('yargs')).resolve('string-width');
    plugin.onResolve({ filter: /^string-width$/ }, () => ({ path: 'string-width', namespace: 'narrow-text-first' }));
    plugin.onLoad({ filter: /.*/, namespace: 'narrow-text-first' }, () => ({
      contents: `module.exports = (text, options) =>
        typeof text === 'string' && /^[\\x20-\\x7e\u2026]*$/.test(text)
          ? text.length
          : require(${JSON.stringify(real)}).default(text, options);`,
      resolveDir: root,
    }));
  },
};

/**
 * Bundles the programs to dist/bin, cut where something is loaded only when it is asked for: a verb does not read what others
 * need, which took half of a start. Only modules are cut, and modules start later than scripts by a fifth of a short run:
 * so the pieces become scripts. How long each is stands in pieces.json, by which bin/start.js knows a copy that is not whole.
 */
async function bundlePrograms(entry) {
  const pieces = await build({
    ...bundled,
    entryPoints: [entry],
    outdir: 'dist/bin',
    format: 'esm',
    splitting: true,
    chunkNames: '[name]-[hash]',
    plugins: [narrowTextFirst],
    sourcemap: 'inline',
    write: false,
  });
  mkdirSync(`${root}dist/bin`, { recursive: true });
  const lengths = {};
  for (const { path, text } of pieces.outputFiles) {
    const file = path.replace(/\.js$/, '.cjs');
    const { code, map } = await transform(taken(text), {
      format: 'cjs',
      platform: 'node',
      target: 'node20',
      supported: { 'dynamic-import': false },
      define,
      banner: `"use strict";${text.includes('import.meta.url') ? ownUrl : ''}`,
      minify: true,
      sourcemap: 'external',
      sourcesContent: false,
    });
    const named = code.replaceAll(/(\brequire\("\.\/[\w-]+\.)js("\))/g, '$1cjs$2');
    // As it is, what one piece exports is copied behind accessors that are all one function, which V8 cannot see through.
    // What is loaded later takes the default export of a piece that is marked as a module, and else all of it.
    const exported = named.replace(
      /(\bmodule\.exports=)[\w$]+\(([\w$]+)\)/,
      '$1Object.defineProperty($2,"__esModule",{value:!0})',
    );
    const script = `${exported}//# sourceMappingURL=${basename(file)}.map\n`;
    lengths[basename(file)] = Buffer.byteLength(script);
    writeFileSync(file, script);
    writeFileSync(`${file}.map`, map);
  }
  writeFileSync(`${root}dist/bin/pieces.json`, JSON.stringify(lengths));
  return Object.keys(pieces.metafile.inputs);
}

/**
 * A piece that takes what it needs of others once, when it begins, and not at every use: nothing that is exported changes
 * later. The lines stay the lines of the source map.
 */
function taken(text) {
  return text.replaceAll(/^import \{([^}]*)\} from "(\.\/[\w-]+\.js)";$/gm, (_, names, path) => {
    if (names.includes('init_')) throw new Error(`${path}: what is begun late is not to be taken from another piece`);
    return `const {${names.replaceAll(' as ', ': ')}} = require("${path}");`;
  });
}

const inputs = await bundlePrograms('src/programs.ts');
// What programs import is to be read by those who debug theirs: not minified.
await build({
  ...bundled,
  entryPoints: ['src/index.ts'],
  outdir: 'dist/lib',
  format: 'cjs',
  outExtension: { '.js': '.cjs' },
  banner: { js: ownUrl },
  define,
  sourcemap: 'linked',
});
declare('src/index.d.ts');
cpSync(`${root}src/schemas`, `${root}dist/schemas`, { recursive: true });
writeFileSync(`${root}dist/third-party-licences.txt`, licencesOf(root, inputs));
