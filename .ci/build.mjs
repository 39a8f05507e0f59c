// Builds dist/: first the plain compiler output that the tests and benchmarks import, then the two bundled programs.
// The bundle is split, so that `--version` loads one small file and a verb loads yargs but no terminal library.
import { existsSync, rmSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

// `npm test` as the first command on a fresh clone.
if (!['esbuild', 'typescript', 'yargs'].every((name) => existsSync(`${root}node_modules/${name}`))) {
  console.log('build: packages are missing: npm install');
  // Without scripts: the one there is would build, too.
  const words = ['install', '--no-audit', '--no-fund', '--ignore-scripts'];
  const installed = spawnSync('npm', words, { cwd: root, stdio: 'inherit', shell: process.platform === 'win32' });
  if (installed.status !== 0) process.exit(installed.status ?? 1);
}
const { build } = await import('esbuild');

rmSync(`${root}dist`, { recursive: true, force: true });

const compiled = spawnSync(process.execPath, [`${root}node_modules/typescript/bin/tsc`, '-p', root], {
  stdio: 'inherit',
});
if (compiled.status !== 0) process.exit(compiled.status ?? 1);

await build({
  absWorkingDir: root,
  entryPoints: { salvor: 'src/main-salvor.ts', 'evo-mp4writer': 'src/main-evo-mp4writer.ts' },
  outdir: 'dist/bin',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  chunkNames: 'chunks/[name]-[hash]',
  minifyWhitespace: true,
  minifySyntax: true,
  keepNames: false,
  legalComments: 'linked',
  // cli-progress is CommonJS and asks for Node's own modules with require().
  banner: {
    js: "import{createRequire as salvorRequire}from'node:module';const require=salvorRequire(import.meta.url);",
  },
  logLevel: 'warning',
});
