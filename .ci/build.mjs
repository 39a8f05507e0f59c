// Builds dist/: first the plain compiler output that the tests and benchmarks import, then dist/bin, which is what is
// published: both programs in one file with its source map; beside it, the licences of the packages in it.
import { spawnSync } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
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

const compiled = spawnSync(process.execPath, [`${root}node_modules/typescript/bin/tsc`, '-p', root], {
  stdio: 'inherit',
});
if (compiled.status !== 0) process.exit(compiled.status ?? 1);

const { metafile } = await build({
  absWorkingDir: root,
  entryPoints: ['src/programs.ts'],
  outdir: 'dist/bin',
  bundle: true,
  platform: 'node',
  target: 'node20',
  // Measured: modules, in one file or split by verb, start later than one script by a fifth of a short run.
  format: 'cjs',
  outExtension: { '.js': '.cjs' },
  // Packages that are modules ask where they are.
  banner: { js: "const programUrl=require('node:url').pathToFileURL(__filename).href;" },
  define: { 'import.meta.url': 'programUrl' },
  minify: true,
  sourcemap: 'linked',
  sourcesContent: false,
  legalComments: 'none',
  metafile: true,
  logLevel: 'warning',
});
writeFileSync(`${root}dist/third-party-licences.txt`, licencesOf(root, Object.keys(metafile.inputs)));
