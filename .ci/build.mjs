// Builds dist/: first the plain compiler output that the tests and benchmarks import, then dist/bin, which is what is
// published: both programs in one file with its source map; in dist/lib, what programs import, with its types; beside them,
// the licences of the packages in it.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
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
const { build } = await import('esbuild');

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

/** Every script is of this kind: measured, modules start later by a fifth of a short run, in one file or split by verb. */
const script = {
  absWorkingDir: root,
  bundle: true,
  // Packages of the user's, for who has a queue: found beside the installation.
  external: ['bullmq'],
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  outExtension: { '.js': '.cjs' },
  // Packages that are modules ask where they are.
  banner: { js: "const programUrl=require('node:url').pathToFileURL(__filename).href;" },
  define: { 'import.meta.url': 'programUrl' },
  sourcemap: 'linked',
  sourcesContent: false,
  legalComments: 'none',
  metafile: true,
  logLevel: 'warning',
};
const { metafile } = await build({ ...script, entryPoints: ['src/programs.ts'], outdir: 'dist/bin', minify: true });
// What programs import is to be read by those who debug theirs: not minified.
await build({ ...script, entryPoints: ['src/index.ts'], outdir: 'dist/lib' });
declare('src/index.d.ts');
writeFileSync(`${root}dist/third-party-licences.txt`, licencesOf(root, Object.keys(metafile.inputs)));
