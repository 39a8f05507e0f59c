// Builds dist/: first the plain compiler output that the tests and benchmarks import, then the two bundled programs.
// A program is an entry, which answers `--version`, and one file with all the rest and with code caches of what each verb
// runs through; terminal libraries are in that file, and are run when there is a terminal.
import { copyFileSync, cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The programs, and for each code cache of theirs the runs it is made by. WORK is a folder with the recordings below. */
const programs = {
  salvor: {
    '': [['--help']],
    mp4writer: [
      ['mp4writer', '--help'],
      ['mp4writer', 'WORK/short-1s/rec.mp4', '--output', 'WORK/out.mp4'],
    ],
    'flv-fix': [
      ['flv-fix', '--help'],
      ['flv-fix', 'WORK/flv/killed-chunk3.flv', '--output', 'WORK/fixed.flv', '--index'],
    ],
    'ts-split': [
      ['ts-split', '--help'],
      ['ts-split', 'WORK/killed-chunked4-10s/rec_part0000.ts', '--output', 'WORK/parts', '--duration', '4s'],
    ],
    probe: [
      ['probe', '--help'],
      [
        'probe',
        'WORK/short-1s/rec.mp4',
        'WORK/h265_segments_clean/recording.mp4',
        'WORK/flv/killed-chunk3.flv',
        'WORK/killed-chunked4-10s/rec_part0000.ts',
      ],
      [
        'probe',
        '--json',
        'WORK/h265_segments_clean/recording.mp4',
        'WORK/flv/killed-chunk3.flv',
        'WORK/killed-chunked4-10s/rec_part0000.ts',
      ],
      [
        'probe',
        '--deep',
        'WORK/h265_segments_clean/recording.mp4',
        'WORK/flv/av-bframes.flv',
        'WORK/killed-chunked4-10s/rec_part0000.ts',
      ],
    ],
    repair: [
      ['repair', '--help'],
      ['repair', 'WORK/h265_inband_aac_kill193/recording.mp4', '--output', 'WORK/repaired.mp4'],
    ],
  },
  'evo-mp4writer': { '': [['-path=WORK/short-1s/rec.mp4', '--keep']] },
};
const warmUpRecordings = [
  'ems/clean/short-1s',
  'ems/ts/killed-chunked4-10s',
  'flv',
  'go-rtmp/h265_segments_clean',
  'go-rtmp/h265_inband_aac_kill193',
];
const aliases = { mp4writer: ['combine'] };

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

/**
 * The libraries that lay text out for the terminal measure it with string-width, which reads the Unicode tables of ICU as
 * soon as it is loaded: a third of the time it takes to show a help text, which is plain ASCII. It is loaded for other text.
 */
const asciiWidthFirst = {
  name: 'ascii-width-first',
  setup(plugin) {
    const real = createRequire(fileURLToPath(import.meta.resolve('yargs'))).resolve('string-width');
    plugin.onResolve({ filter: /^string-width$/ }, () => ({ path: 'string-width', namespace: 'ascii-width-first' }));
    plugin.onLoad({ filter: /.*/, namespace: 'ascii-width-first' }, () => ({
      contents: `module.exports = (text, options) =>
        typeof text === 'string' && /^[\\x20-\\x7e]*$/.test(text)
          ? text.length
          : require(${JSON.stringify(real)}).default(text, options);`,
      resolveDir: root,
    }));
  },
};

const shared = {
  absWorkingDir: root,
  outdir: 'dist/bin',
  bundle: true,
  platform: 'node',
  target: 'node20',
  // Measured: a module starts later than a script by a twentieth of a short run.
  format: 'cjs',
  outExtension: { '.js': '.cjs' },
  // Packages that are modules ask where they are.
  banner: { js: "const programUrl=require('node:url').pathToFileURL(__filename).href;" },
  define: { 'import.meta.url': 'programUrl' },
  minifyWhitespace: true,
  minifySyntax: true,
  keepNames: false,
  legalComments: 'linked',
  logLevel: 'warning',
};

for (const [name, warmUps] of Object.entries(programs)) {
  const { metafile } = await build({
    ...shared,
    entryPoints: { [name]: `src/program-${name}.ts` },
    // The name tells one source from another: see src/io/compiled-program.ts.
    entryNames: '[name]-[hash]',
    metafile: true,
    plugins: [asciiWidthFirst],
  });
  const program = Object.keys(metafile.outputs).find((path) => path.endsWith('.cjs'));
  const programName = basename(program, '.cjs');
  for (const [verb, runs] of Object.entries(warmUps)) {
    const cache = `dist/bin/${programName}${verb === '' ? '' : `.${verb}`}.cache`;
    makeCodeCache(program, cache, runs);
    for (const alias of aliases[verb] ?? []) {
      copyFileSync(root + cache, `${root}dist/bin/${programName}.${alias}.cache`);
    }
  }
  await build({
    ...shared,
    entryPoints: { [name]: `src/main-${name}.ts` },
    define: { ...shared.define, programName: JSON.stringify(programName) },
  });
}

/** Has a process of its own do the runs, for nothing but what V8 compiles on the way. */
function makeCodeCache(program, cache, runs) {
  const work = mkdtempSync(join(tmpdir(), 'salvor-build-'));
  const words = runs.map((argv) => argv.map((word) => word.replace('WORK', work)));
  for (const recording of warmUpRecordings) {
    cpSync(`${root}test/fixtures/${recording}`, join(work, basename(recording)), { recursive: true });
  }
  const made = spawnSync(process.execPath, [`${root}.ci/make-code-cache.mjs`, program, cache, JSON.stringify(words)], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  rmSync(work, { recursive: true, force: true });
  if (made.status === 0) return;
  process.stderr.write(made.stderr);
  process.exit(made.status ?? 1);
}
