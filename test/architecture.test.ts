/**
 * The lint rules that hold the architecture, tried on deliberate violations: a small project with this project's lint
 * configuration, one file a case.
 */
import assert from 'node:assert/strict';
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import { projectRoot } from './support/project.ts';
import { runProcess } from './support/run-process.ts';
import { scratchDirectory, type Lifetime } from './support/scratch.ts';

const oxlint = join(projectRoot, 'node_modules/.bin/oxlint');

interface Diagnostic {
  readonly message: string;
  readonly code: string;
  readonly filename: string;
}

/** Lints files, by path and content, as if they were part of this project. */
async function lint(t: Lifetime, files: Readonly<Record<string, string>>): Promise<readonly Diagnostic[]> {
  const directory = scratchDirectory(t);
  for (const path of ['.oxlintrc.json', '.ci/oxlint-house.mjs']) {
    cpSync(join(projectRoot, path), join(directory, path), { recursive: true });
  }
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), content);
  }
  const { stdout, stderr } = await runProcess(oxlint, ['--format', 'json', '.'], { cwd: directory });
  assert.equal(stderr, '');
  return (JSON.parse(stdout) as { diagnostics: readonly Diagnostic[] }).diagnostics;
}

/** Every way to name another module, types only too. */
const ways: readonly ((specifier: string) => string)[] = [
  (specifier) => `import { thing } from '${specifier}';\nexport const other = thing;\n`,
  (specifier) => `import type { Thing } from '${specifier}';\nexport type Other = Thing;\n`,
  (specifier) => `export { thing } from '${specifier}';\n`,
  (specifier) => `export * from '${specifier}';\n`,
  (specifier) => `export const thing = await import('${specifier}');\n`,
  (specifier) => `export type Other = import('${specifier}').Thing;\n`,
];

const forbidden: readonly (readonly [file: string, specifier: string, message: string])[] = [
  ['src/bytes/byte-reader.ts', '../codecs/parsed.ts', 'bytes may not use codecs'],
  ['src/bytes/byte-reader.ts', 'chalk', "bytes may use no package, 'chalk' neither"],
  ['src/codecs/h264/nal.ts', '../../media/track.ts', 'codecs may not use media'],
  ['src/media/track.ts', '../io/file-source.ts', 'media may not use io'],
  ['src/media/track.ts', '../cli.ts', 'media may not use cli.ts'],
  ['src/io/file-source.ts', '../mp4/box.ts', 'io may not use mp4'],
  ['src/mp4/boxes/stsz.ts', '../../staging/info.ts', 'mp4 may not use staging'],
  ['src/staging/info.ts', '../mp4/box.ts', 'staging may not use mp4'],
  ['src/flv/tag.ts', '../mpegts/packet.ts', 'flv may not use mpegts'],
  ['src/mpegts/packet.ts', '../commands/repair/engine.ts', 'mpegts may not use engine'],
  ['src/mp4/movie.ts', '../ui/style.ts', 'mp4 may not use ui'],
  ['src/mp4/movie.ts', '../rescue/carver/carver.ts', 'mp4 may not use rescue'],
  ['src/rescue/carver/carver.ts', '../../commands/repair/engine.ts', 'rescue may not use engine'],
  ['src/mp4/movie.ts', '../../test/support/truth.ts', 'mp4 may not use what lies outside src'],
  ['src/ui/style.ts', '../mp4/box.ts', 'ui may not use mp4'],
  ['src/ui/style.ts', '../commands/options.ts', 'ui may not use commands/options.ts'],
  ['src/commands/repair/engine.ts', '../../ui/progress.ts', 'the engine of repair may not use ui'],
  ['src/commands/repair/engine.ts', './command.ts', 'the engine of repair may not use its command'],
  ['src/commands/repair/engine.ts', '../options.ts', 'the engine of repair may not use commands/options.ts'],
  ['src/commands/repair/engine.ts', '../../cli.ts', 'the engine of repair may not use cli.ts'],
  ['src/commands/repair/engine.ts', '../probe/engine.ts', 'the engine of repair may not use the verb probe'],
  ['src/commands/repair/command.ts', '../probe/engine.ts', 'the command of repair may not use the verb probe'],
  ['src/commands/repair/rules/times.ts', '../../probe/command.ts', 'the engine of repair may not use the verb probe'],
  ['src/commands/repair/engine.ts', 'yargs', "the engine of repair may not use 'yargs'"],
  ['src/commands/repair/engine.ts', 'yargs/helpers', "the engine of repair may not use 'yargs'"],
  ['src/commands/repair/engine.ts', 'cli-progress', "the engine of repair may not use 'cli-progress'"],
  ['src/commands/repair/engine.ts', 'ora', "the engine of repair may not use 'ora'"],
  ['src/commands/repair/engine.ts', 'node:process', 'the engine of repair may not know the process'],
  ['src/commands/repair/engine.ts', 'node:fs', 'the engine of repair may not touch the file system, only io may'],
  ['src/commands/repair/command.ts', 'node:fs', 'the command of repair may not touch the file system, only io may'],
  ['src/ui/style.ts', 'node:fs/promises', 'ui may not touch the file system, only io may'],
  ['src/io/file-source.ts', 'node:fs', 'names may be any bytes: import from io/file-system.ts'],
  ['src/io/file-source.ts', 'node:fs/promises', 'names may be any bytes: import from io/file-system.ts'],
  ['src/programs.ts', 'node:fs', 'start may not touch the file system, only io may'],
  ['src/media/probed.ts', './ffprobe/ratio.ts', 'media/ffprobe has one door, media/ffprobe/ffprobe.ts'],
  ['src/commands/probe/e.ts', '../../media/ffprobe/ratio.ts', 'media/ffprobe has one door, media/ffprobe/ffprobe.ts'],
  ['src/utils/things.ts', '../bytes/byte-reader.ts', "the room 'utils' is not in the plan (.ci/oxlint-house.mjs)"],
];

const allowed: readonly (readonly [file: string, specifier: string])[] = [
  ['src/bytes/byte-reader.ts', './byte-sink.ts'],
  ['src/codecs/h264/nal.ts', '../../bytes/byte-reader.ts'],
  ['src/media/track.ts', '../codecs/parsed.ts'],
  ['src/io/file-system.ts', 'node:fs'],
  ['src/io/file-source.ts', '../media/errors.ts'],
  ['src/mp4/boxes/stsz.ts', '../box.ts'],
  ['src/mpegts/packet.ts', '../io/file-source.ts'],
  ['src/media/probed.ts', './ffprobe/ffprobe.ts'],
  ['src/media/ffprobe/audio-fields.ts', './ratio.ts'],
  ['src/ui/style.ts', 'chalk'],
  ['src/ui/report.ts', '../media/report.ts'],
  ['src/commands/repair/engine.ts', './rules/times.ts'],
  ['src/commands/repair/rules/times.ts', '../../../mp4/box.ts'],
  ['src/commands/repair/command.ts', './engine.ts'],
  ['src/commands/repair/command.ts', '../options.ts'],
  ['src/commands/repair/command.ts', '../../ui/progress.ts'],
  ['src/commands/repair/command.ts', 'yargs'],
  ['src/commands/index.ts', './repair/command.ts'],
  ['src/cli.ts', './commands/index.ts'],
];

/** A file name of its own in the same place, so that no case hides another, where the name itself does not count. */
function casePath(file: string, id: string): string {
  if (/\/(index|options|cli|file-system)\.ts$/.test(file)) return file;
  return file.replace(/(command)?\.ts$/, (ending) => `-${id}-${ending.replace(/^\./, 'case.')}`);
}

describe('the lint rule that holds the import rule', () => {
  test('every import that goes upwards, sideways or outside is refused, however it is written', async (t) => {
    const files: Record<string, string> = {};
    const expected: Record<string, string> = {};
    for (const [number, [file, specifier, message]] of forbidden.entries()) {
      for (const [way, write] of ways.entries()) {
        const path = casePath(file, `${number}-${way}`);
        files[path] = write(specifier);
        expected[path] = message;
      }
    }
    const found = (await lint(t, files)).filter(({ code }) => code === 'house(imports)');
    assert.deepEqual(Object.fromEntries(found.map(({ filename, message }) => [filename, message])), expected);
    assert.equal(found.length, forbidden.length * ways.length);
  });

  test('every import that goes downwards as planned is allowed, however it is written', async (t) => {
    for (const write of ways) {
      const files = Object.fromEntries(
        allowed.map(([file, specifier], number) => [casePath(file, `${number}`), write(specifier)]),
      );
      const faults = (await lint(t, files)).filter(({ code }) => code === 'house(imports)');
      assert.deepEqual(faults, []);
    }
  });

  test('an import that does not say what it imports is refused', async (t) => {
    const files = {
      'src/mp4/box.ts': 'export const load = async (name: string): Promise<unknown> => import(name);\n',
      'src/mp4/movie.ts': 'export const load = (name: string): unknown => require(name);\n',
    };
    const messages = (await lint(t, files))
      .filter(({ code }) => code === 'house(imports)')
      .map(({ message }) => message);
    assert.deepEqual(messages.sort(), ['an import has to say what it imports', 'import instead']);
  });
});

/** Everything that a module may export by a declaration of its own. */
const exports: readonly string[] = [
  'export function thing(): void {}',
  'export async function thing(): Promise<void> {}',
  'export function* thing(): Generator<void> {}',
  'export class Thing {}',
  'export abstract class Thing {}',
  'export const thing = 1;',
  'export const { thing } = { thing: 1 };',
  'export interface Thing {\n  readonly a: number;\n}',
  'export type Thing = number;',
];

describe('the lint rule that holds the doc comments', () => {
  async function undocumented(t: Lifetime, contents: readonly string[], room = 'src/mp4'): Promise<number> {
    const files = Object.fromEntries(contents.map((content, n) => [`${room}/case-${n}.ts`, `${content}\n`]));
    return (await lint(t, files)).filter(({ code }) => code === 'house(documented)').length;
  }

  test('an export without a doc comment is refused, whatever it exports', async (t) => {
    assert.equal(await undocumented(t, exports), exports.length);
  });

  test('a comment that is no doc comment, is empty, or does not stand directly in front is none', async (t) => {
    const wrong = ['// What it is.\n', '/* What it is. */\n', '/** */\n', '/** What the module is. */\n\n'];
    const between = '/** What the other is. */\nconst other = 1;\n';
    const contents = [...wrong, between].map((before) => `${before}export const thing = 1;`);
    assert.equal(await undocumented(t, contents), contents.length);
  });

  test('an export with a doc comment is allowed, and so are others of one function, and exports of what is elsewhere', async (t) => {
    const contents = [
      ...exports.map((line) => `/** What it is. */\n${line}`),
      '/**\n * What it is,\n * at length.\n */\nexport const thing = 1;',
      '/** What it is. */\nexport function thing(a: number): void;\nexport function thing(a: string): void;\nexport function thing(): void {}',
      "export { thing } from './thing.ts';",
      'export {};',
    ];
    assert.equal(await undocumented(t, contents), 0);
  });

  test('tests need none', async (t) => {
    assert.equal(await undocumented(t, exports, 'test/mp4'), 0);
  });
});

describe('the other lint rules of the architecture', () => {
  test('a circle of imports is refused, of types too', async (t) => {
    const files = {
      'src/media/track.ts': "import type { B } from './table.ts';\nexport interface A {\n  readonly b: B;\n}\n",
      'src/media/table.ts': "import type { A } from './track.ts';\nexport interface B {\n  readonly a: A;\n}\n",
    };
    const circles = (await lint(t, files)).filter(({ code }) => code === 'import(no-cycle)');
    assert.ok(circles.length > 0);
  });

  test('an engine, a format and a parser may not know the process; a command, ui and the launchers may', async (t) => {
    const content = 'export const platform = process.platform;\n';
    const paths = {
      no: [
        'src/commands/repair/engine.ts',
        'src/rescue/carver/carver.ts',
        'src/commands/repair/rules/times.ts',
        'src/mp4/box.ts',
        'src/bytes/a.ts',
      ],
      yes: [
        'src/commands/repair/command.ts',
        'src/commands/repair/drop-in-command.ts',
        'src/ui/style.ts',
        'src/cli.ts',
      ],
    };
    const files = Object.fromEntries([...paths.no, ...paths.yes].map((path) => [path, content]));
    const diagnostics = (await lint(t, files)).filter(({ code }) => code !== 'house(documented)');
    assert.deepEqual(diagnostics.map(({ filename }) => filename).sort(), paths.no.sort());
    assert.ok(diagnostics.every(({ code }) => code === 'eslint(no-restricted-globals)'));
  });

  for (const [rule, content] of [
    ['typescript(no-explicit-any)', 'export const thing = (value: any): void => value.run();\n'],
    ['eslint(eqeqeq)', 'export const same = (a: number, b: number): boolean => a == b;\n'],
    ['eslint(no-console)', "console.log('hello');\nexport {};\n"],
    ['import(no-default-export)', 'export default 1;\n'],
    ['unicorn(prefer-node-protocol)', "export { join } from 'path';\n"],
    ['typescript(consistent-type-imports)', "import { Box } from './box.ts';\nexport type Other = Box;\n"],
    ['eslint(max-lines)', `export {};\n${'void 0;\n'.repeat(401)}`],
  ] as const) {
    test(`${rule} is in force`, async (t) => {
      const codes = (await lint(t, { 'src/mp4/movie.ts': content })).map(({ code }) => code);
      assert.ok(codes.includes(rule), codes.join(' '));
    });
  }
});
