import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { parseDropInArguments, type DropInArguments } from '../../../src/commands/mp4writer/drop-in-arguments.ts';
import { copyStagingCase } from '../../support/fixtures.ts';
import { runProgram } from '../../support/programs.ts';
import { scratchDirectory } from '../../support/scratch.ts';

const nothing: DropInArguments = {
  path: undefined,
  recovery: false,
  reference: undefined,
  wait: undefined,
  force: false,
  keep: false,
  verbose: false,
  debug: false,
  help: false,
  version: false,
  ignored: [],
  idle: [],
};

const cases: readonly [what: string, argv: readonly string[], expected: Partial<DropInArguments>][] = [
  // The rules of the original.
  ['a path', ['-path=/srv/rec.mp4'], { path: '/srv/rec.mp4' }],
  ['a path and --recovery', ['-path=rec.mp4', '--recovery'], { path: 'rec.mp4', recovery: true }],
  ['any order', ['--recovery', '-path=rec.mp4'], { path: 'rec.mp4', recovery: true }],
  ['--recovery with a value, whatever it is', ['--recovery=0', '-path=a'], { path: 'a', recovery: true }],
  ['the last path wins', ['-path=a', '-path=b', '-path=c'], { path: 'c' }],
  ['an argument is split at its first =', ['-path=/srv/a=b=c.mp4'], { path: '/srv/a=b=c.mp4' }],
  ['a path with blanks, or that looks like an option', ['-path=--recovery x'], { path: '--recovery x' }],
  [
    'anything else is ignored',
    ['-x=1', 'rec.mp4', '-path=a', '', '-'],
    { path: 'a', ignored: ['-x=1', 'rec.mp4', '', '-'] },
  ],
  ['no arguments', [], {}],
  ['an empty path is none', ['-path='], {}],
  [
    '-path is no beginning of other names',
    ['-pathname=a', '-Path=b', 'path=c'],
    { ignored: ['-pathname=a', '-Path=b', 'path=c'] },
  ],
  // And kinder.
  ['two dashes', ['--path=a'], { path: 'a' }],
  ['the value in an argument of its own', ['-path', 'a'], { path: 'a' }],
  ['both', ['--path', 'a', '--recovery'], { path: 'a', recovery: true }],
  ['one dash before recovery', ['-recovery', '-path=a'], { path: 'a', recovery: true }],
  ['-path at the end without a value', ['--recovery', '-path'], { recovery: true, ignored: ['-path'] }],
  [
    'what only people type',
    ['-path=a', '--keep', '--verbose', '--debug', '--recovery', '--force'],
    { path: 'a', keep: true, verbose: true, debug: true, recovery: true, force: true },
  ],
  ['a reference', ['-path=a', '--reference=b.mp4', '--recovery'], { path: 'a', reference: 'b.mp4', recovery: true }],
  [
    'a reference in an argument of its own',
    ['--reference', 'b.mp4', '-path=a', '--recovery'],
    { path: 'a', reference: 'b.mp4', recovery: true },
  ],
  ['an empty reference is none', ['-path=a', '--recovery', '--reference='], { path: 'a', recovery: true }],
  [
    'what means something only with --recovery, without it',
    ['-path=a', '--reference=b.mp4', '--force'],
    { path: 'a', idle: ['--reference', '--force'] },
  ],
  [
    'behind -- nothing counts',
    ['-path=a', '--', '-path=b', '--recovery', '--keep'],
    { path: 'a', ignored: ['--', '-path=b', '--recovery', '--keep'] },
  ],
  ['a path that is two dashes', ['-path', '--', '--recovery'], { path: '--', recovery: true }],
  ['--reference at the end without a value', ['-path=a', '--reference'], { path: 'a', ignored: ['--reference'] }],
  ['a time to wait', ['-path=a', '--wait=30s'], { path: 'a', wait: '30s' }],
  ['a time to wait in an argument of its own', ['--wait', '5m', '-path=a'], { path: 'a', wait: '5m' }],
  ['--wait at the end without a value', ['-path=a', '--wait'], { path: 'a', ignored: ['--wait'] }],
  ['--help', ['--help'], { help: true }],
  ['-h', ['-h'], { help: true }],
  ['--version', ['--version'], { version: true }],
  ['a wrong spelling is ignored and told', ['-path=a', '--kep'], { path: 'a', ignored: ['--kep'] }],
];

describe('the arguments of evo-mp4writer', () => {
  for (const [what, argv, expected] of cases) {
    test(what, () => assert.deepEqual(parseDropInArguments(argv), { ...nothing, ...expected }));
  }

  test('of whatever a script passes, the last -path= counts, and --recovery if it is there', () => {
    const known = /^--?(?:path|recovery)(?:=|$)|^--(?:reference|wait)(?:=|$)|^--$/;
    const other = fc.string({ maxLength: 12 }).filter((argument) => !known.test(argument));
    const argument = fc.oneof(
      other,
      fc.string({ minLength: 1, maxLength: 12 }).map((path) => `-path=${path}`),
      fc.constantFrom('--recovery', '--recovery=no'),
    );
    fc.assert(
      fc.property(fc.array(argument, { maxLength: 10 }), (argv) => {
        const { path, recovery } = parseDropInArguments(argv);
        assert.equal(path, argv.findLast((each) => each.startsWith('-path='))?.slice('-path='.length));
        assert.equal(
          recovery,
          argv.some((each) => each.startsWith('--recovery')),
        );
      }),
      { seed: 12 },
    );
  });
});

describe('evo-mp4writer, called as scripts call it', () => {
  function staged(t: { after(clean: () => void): void }): { directory: string; recording: string } {
    const directory = scratchDirectory(t);
    copyStagingCase('clean', 'short-1s', directory);
    return { directory, recording: join(directory, 'rec.mp4') };
  }

  for (const argv of [
    (path: string) => [`-path=${path}`],
    (path: string) => ['--recovery', `-path=${path}`],
    (path: string) => ['-path', path],
    (path: string) => [`--path=${path}`],
    (path: string) => ['--path', path],
    (path: string) => ['-path=/nonexistent', `-path=${path}`],
  ]) {
    test(`${argv('rec.mp4').join(' ')}: makes the MP4, says nothing, exits with 0`, async (t) => {
      const { directory, recording } = staged(t);
      const result = await runProgram('evo-mp4writer', argv(recording));
      assert.deepEqual([result.status, result.stdout, result.stderr], [0, '', '']);
      assert.deepEqual(readdirSync(directory), ['rec.mp4']);
    });
  }

  test('the name as it was given to the server: with or without .mp4, from its own folder too', async (t) => {
    for (const path of ['rec', 'rec.mp4', './rec', 'rec.mp4.info']) {
      const { directory } = staged(t);
      const result = await runProgram('evo-mp4writer', [`-path=${path}`], { cwd: directory });
      assert.deepEqual([result.status, result.stderr], [0, '']);
      assert.deepEqual(readdirSync(directory), ['rec.mp4']);
    }
  });

  test('an unknown argument gets a warning and nothing else', async (t) => {
    const { directory, recording } = staged(t);
    const result = await runProgram('evo-mp4writer', ['-chunk=3', `-path=${recording}`]);
    assert.deepEqual(
      [result.status, result.stdout, result.stderr],
      [0, '', 'evo-mp4writer: warning: unknown argument ignored: -chunk=3\n'],
    );
    assert.deepEqual(readdirSync(directory), ['rec.mp4']);
  });

  test('without a path it exits with 255 and says how it is used', async () => {
    for (const argv of [[], ['-path='], ['--recovery'], ['rec.mp4']]) {
      const result = await runProgram('evo-mp4writer', argv);
      assert.equal(result.status, 255);
      assert.match(result.stderr, /no recording was named; use -path=/);
      assert.equal(result.stdout, '');
    }
  });

  test('--keep keeps the staging files', async (t) => {
    const { directory, recording } = staged(t);
    const before = readdirSync(directory);
    const result = await runProgram('evo-mp4writer', [`-path=${recording}`, '--keep']);
    assert.equal(result.status, 0, result.stderr);
    assert.deepEqual(readdirSync(directory).sort(), ['rec.mp4', ...before].sort());
  });

  test('--help and --version answer on standard output, whatever else is there', async () => {
    const help = await runProgram('evo-mp4writer', ['-path=/nonexistent', '--help']);
    assert.equal(help.status, 0);
    assert.match(help.stdout, /^evo-mp4writer -path=FILE/);
    for (const argv of [['--version'], ['--version', '-path=/nonexistent']]) {
      const { status, stdout } = await runProgram('evo-mp4writer', argv);
      assert.equal(status, 0);
      assert.match(stdout, /^evo-mp4writer \(salvor\) \d+\.\d+\.\d+\n$/);
    }
    assert.equal(existsSync('/nonexistent'), false);
  });
});
