/** The command line of salvor says what is wrong with it: verbs, options, what has no effect, where results cannot go. */
import assert from 'node:assert/strict';
import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { verbs } from '../src/commands/index.ts';
import { copyStagingCase } from './support/fixtures.ts';
import { programPath, runInProcess, runProgram } from './support/programs.ts';
import { fixturesDirectory } from './support/project.ts';
import { runProcess } from './support/run-process.ts';
import { scratchDirectory } from './support/scratch.ts';

const flv = join(fixturesDirectory, 'flv/killed-chunk3.flv');

/** What is said of a command line that cannot be carried out. */
async function refusal(...args: string[]): Promise<string> {
  const { status, stdout, stderr } = await runInProcess('salvor', args);
  assert.deepEqual({ status, stdout }, { status: 2, stdout: '' }, `${args.join(' ')}: ${stderr}`);
  assert.equal(stderr.split('\n').length, 2, stderr);
  return stderr.trimEnd().replace(/^salvor: /, '');
}

test('a verb that does not exist is named, with the one that was probably meant', async () => {
  assert.equal(await refusal('probee', flv), 'there is no verb probee; did you mean probe?');
  assert.equal(await refusal('flvfix', flv), 'there is no verb flvfix; did you mean flv-fix?');
  assert.equal(await refusal('help', 'combin'), 'there is no verb combin; did you mean combine?');
  assert.equal(await refusal('frobnicate', flv), 'there is no verb frobnicate; see salvor --help');
  assert.equal(await refusal('-q', 'probe', flv), 'the verb has to come first; begin with salvor probe');
  assert.equal(await refusal(), 'no verb was named; see salvor --help');
});

test('an option that does not exist is named, with the one that was probably meant', async () => {
  const lines: readonly (readonly [said: string, ...args: string[]])[] = [
    ['there is no option --jsn; did you mean --json?', 'probe', flv, '--jsn'],
    ['there is no option --jsn; did you mean --json?', 'probe', '--jsn', flv],
    ['there is no option --recovry; did you mean --recovery?', 'mp4writer', 'rec.mp4', '--recovry'],
    ...verbs.map(({ name }) => [`there is no option -path; see salvor ${name} --help`, name, '-path=rec.mp4'] as const),
    ['there is no option -path; see salvor --help', '-path=rec.mp4'],
    ['there is no option -bash; see salvor --help', 'completion', '-bash'],
    ['there is no option --path; see salvor probe --help', 'probe', '--path', flv, flv],
    ['there is no option --no-output; did you mean --output?', 'flv-fix', '--no-output', flv],
    ['--output needs a value', 'flv-fix', '--output=', flv],
    ['there is no option -fps; did you mean --fps?', 'repair', '-fps', '30', 'rec.mp4'],
    ['there is no option --wrong, --bad; see salvor ts-split --help', 'ts-split', flv, '--wrong', '--bad'],
    ['there is no option -Z; see salvor flv-fix --help', 'flv-fix', '-Z', flv],
    ['there is no option --versio; did you mean --version?', '--versio'],
    ['salvor work takes only options, not rec; see salvor work --help', 'work', '--queue', 'redis://queue', 'rec'],
    ['--output needs a value; see salvor flv-fix --help', 'flv-fix', flv, '--output'],
    ['-o needs a value; see salvor flv-fix --help', 'flv-fix', '-o', '--', flv, flv],
  ];
  for (const [said, ...args] of lines) assert.equal(await refusal(...args), said);
});

test('help VERB, VERB --help and --help VERB say the same', async () => {
  // What is made of the words is the same for every verb; the help of each is for documentation.test.ts.
  for (const { name } of [verbs[0]!, verbs.at(-1)!]) {
    const [one, two, three] = await Promise.all(
      [
        ['help', name],
        [name, '--help'],
        ['--help', name],
      ].map(async (args) => runProgram('salvor', args)),
    );
    assert.match(one!.stdout, new RegExp(`^salvor ${name} [<-]`));
    assert.deepEqual([two, three], [one, one]);
  }
  assert.equal((await runProgram('salvor', ['help'])).stdout, (await runProgram('salvor', ['--help'])).stdout);
});

test('files behind -- are worked on in every verb, whatever they begin with', async (t) => {
  const folder = scratchDirectory(t);
  for (const name of ['a.flv', '-n', '--json']) copyFileSync(flv, join(folder, name));
  for (const args of [
    ['probe', 'a.flv', '--', '-n', '--json'],
    ['probe', '--', 'a.flv', '-n', '--json'],
  ]) {
    const { status, stdout } = await runInProcess('salvor', args, { cwd: folder });
    assert.equal(status, 0);
    assert.deepEqual(stdout.match(/^\S+(?= )/gm), ['a.flv', './-n', './--json']);
  }
  copyStagingCase('clean', 'short-1s', folder);
  copyFileSync(join(fixturesDirectory, 'go-rtmp/h265_inband_aac_kill193/recording.mp4'), join(folder, 'torn.mp4'));
  copyFileSync(join(fixturesDirectory, 'ems/ts/killed-chunked4-10s/rec_part0001.ts'), join(folder, '-.ts'));
  for (const args of [
    ['mp4writer', '-n', '--', 'rec.mp4'],
    ['flv-fix', '-n', '--', '--json'],
    ['repair', '-n', '--', 'torn.mp4'],
    ['ts-split', '-n', '-d', '2', '--', '-.ts'],
  ]) {
    const { status, stdout, stderr } = await runInProcess('salvor', args, { cwd: folder });
    assert.equal(status, 0, stderr);
    assert.match(stdout, /would /, args.join(' '));
  }
  const command = 'find . -name a.flv -print0 | xargs -0 "$0" "$1" flv-fix -n --';
  const { status, stdout } = await runProcess('sh', ['-c', command, process.execPath, programPath('salvor')], {
    cwd: folder,
  });
  assert.equal(status, 0);
  assert.match(stdout, /\.\/a\.flv/);
});

test('an option that has no effect with the others given is a usage error', async () => {
  const lines: readonly (readonly [said: RegExp, ...args: string[]])[] = [
    [/^--fps has no effect without --recovery; /, 'mp4writer', '--fps', '25', 'rec.mp4'],
    [/^--reference has no effect without --recovery; /, 'combine', '--reference', flv, 'rec.mp4'],
    [/^--strict has no effect without --recovery; /, 'mp4writer', '--strict', 'rec.mp4'],
    [/^--max-gap has no effect without --retime; /, 'flv-fix', '--max-gap', '10', flv],
    [/^--max-gap has no effect with --retime=keep-pauses/, 'flv-fix', '--retime=keep-pauses', '--max-gap=3', flv],
    [/^--backup has no effect with --output; /, 'flv-fix', '--backup', '-o', 'out.flv', flv],
    [/^--output has no effect with --in-place; /, 'repair', '--in-place', '-o', 'out.mp4', 'rec.mp4'],
    [/^--force has no effect with --in-place; /, 'repair', '--in-place', '-f', 'rec.mp4'],
    [/^--fps has no effect with --in-place; /, 'repair', '--in-place', '--fps', '25', 'rec.mp4'],
    [/^--reference has no effect with --in-place; /, 'repair', '--in-place', '--reference', flv, 'rec.mp4'],
    [/^--duration has no effect with --every-idr; /, 'ts-split', '-d', '10', '--every-idr', 'rec.ts'],
    [/^--size has no effect with --every-idr; /, 'ts-split', '--size', '1M', '--every-idr', 'rec.ts'],
    [/^--count has no effect with --every-idr; /, 'ts-split', '--count', '2', '--every-idr', 'rec.ts'],
    [/^--at has no effect with --every-idr; /, 'ts-split', '--at', '2', '--every-idr', 'rec.ts'],
    [/^--by-number has no effect with standard input; /, 'ts-split', '-r', '-d', '1', '-o', 'out', '-'],
    [/^--wait has no effect with standard input; /, 'ts-split', '--wait', '1s', '-d', '1', '-o', 'out', '-'],
    [/--start-number needs a pattern with a number; /, 'ts-split', '--start-number=1', '-d', '1', '-o', '%H%M.ts', '-'],
    [/^--verbose has no effect with --ndjson; /, 'probe', '-v', '--ndjson', flv],
    [/^--quiet has no effect with --samples; /, 'probe', '-q', '--samples', flv],
    [/^--quiet has no effect with --tree; /, 'probe', '-q', '--tree', flv],
    [/^--verbose has no effect with --samples; /, 'probe', '-v', '--samples', flv],
    [/^--verbose has no effect with --tree; /, 'probe', '-v', '--tree', flv],
    [/^--verbose has no effect with --gops; /, 'probe', '-v', '--gops', flv],
    [/^--json has no effect with --ndjson; /, 'probe', '--json', '--ndjson', flv],
    [/^--quiet has no effect with --gops; /, 'probe', '-q', '--gops', flv],
    ...verbs.flatMap(({ name, arguments: taken }) => {
      const others = taken === '' ? ['--queue', 'redis://queue'] : ['rec'];
      return [
        [/^--verbose has no effect with --quiet; /, name, '-qv', ...others],
        [/^--verbose has no effect with --json; /, name, '-v', '--json', ...others],
      ] as const;
    }),
  ];
  for (const [said, ...args] of lines) assert.match(await refusal(...args), said);
});

test('a file of another kind is a failure that says what it is and which verb takes it', async (t) => {
  const folder = scratchDirectory(t);
  const files = {
    'rec.flv': ['an FLV', 'flv-fix', flv],
    'rec.mp4': ['an MP4 or MOV', 'repair', join(fixturesDirectory, 'go-rtmp/aac_only_mp4/recording.mp4')],
    'rec.ts': [
      'an MPEG transport stream',
      'ts-fix',
      join(fixturesDirectory, 'ems/ts/killed-chunked4-10s/rec_part0001.ts'),
    ],
  } as const;
  const wanted = { mp4writer: 'rec.mp4', repair: 'rec.mp4', 'flv-fix': 'rec.flv', 'ts-split': 'rec.ts' } as const;
  for (const [name, [, , source]] of Object.entries(files)) copyFileSync(source, join(folder, name));
  for (const [verb, own] of Object.entries(wanted)) {
    for (const [name, [kind, other]] of Object.entries(files).filter(([each]) => each !== own)) {
      const args = [verb, ...(verb === 'ts-split' ? ['-d', '1'] : []), '-q', name];
      const { status, stdout, stderr } = await runInProcess('salvor', args, { cwd: folder });
      assert.deepEqual({ status, stdout }, { status: 1, stdout: '' }, stderr);
      assert.match(
        stderr,
        new RegExp(`^salvor: ${name}: is ${kind}, not an .*; salvor ${other} .*${name} (takes|cuts) it\\n$`),
      );
    }
  }
});

test('results that cannot be written to standard output are a failure, and a reader that has gone is none', async (t) => {
  const folder = scratchDirectory(t);
  writeFileSync(join(folder, 'list'), '');
  const run = async (words: string, redirection: string, program: 'salvor' | 'evo-mp4writer' = 'salvor') =>
    runProcess('bash', ['-c', `"$0" "$1" ${words} ${redirection}`, process.execPath, programPath(program)]);
  for (const words of [`probe --json ${flv}`, `probe --samples ${flv}`, '--help', 'completion bash']) {
    const full = await run(words, '> /dev/full');
    assert.equal(full.status, 1, words);
    assert.match(full.stderr, /^salvor: standard output cannot be written to: ENOSPC.*\n$/, words);
    const gone = await run(words, String.raw`| true; exit $PIPESTATUS`);
    assert.deepEqual([gone.status, gone.stderr], [0, ''], words);
  }
  assert.equal((await run('--version', '> /dev/full', 'evo-mp4writer')).status, 255);
  for (const words of [`probe --json ${flv}`, `probe --gops ${flv}`, 'completion bash']) {
    const closed = await run(words, '>&-');
    assert.deepEqual([closed.status, closed.stderr.split(';')[0]], [1, 'salvor: standard output is closed'], words);
    assert.equal((await run(words, '> /dev/null')).status, 0, words);
  }
});
