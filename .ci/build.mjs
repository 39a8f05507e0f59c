// Builds dist/: first the plain compiler output that the tests and benchmarks import, then the two bundled programs.
// The bundle is split, so that `--version` loads one small file and a verb loads yargs but no terminal library.
import { rmSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
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
