/**
 * The progress display, seen through the programs: drawn on a terminal and wiped again, and never a byte of it anywhere
 * else.
 */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeSet } from '../../bench/make-set.ts';
import { openProgress } from '../../src/ui/progress.ts';
import type { Stream, Terminal } from '../../src/ui/terminal.ts';
import { runOnTerminal, runProgram } from '../support/programs.ts';
import { scratchDirectory, type Lifetime } from '../support/scratch.ts';

/** Large enough for a bar, small enough for a test. */
const mediaBytes = 48e6;

function recordingFor(context: Lifetime): { directory: string; recording: string } {
  const directory = scratchDirectory(context);
  const recording = join(directory, 'rec.mp4');
  makeSet({ recording, fixture: 'av-bframes', until: { mediaBytes }, videoBitRate: 5_000_000 });
  return { directory, recording };
}

const spinner = /[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏]/u;
const bar = /╌/u;
const hideCursor = '\x1b[?25l';
const showCursor = '\x1b[?25h';

test('on a terminal a spinner and a bar are drawn, wiped again, and the cursor is back', async (context) => {
  const { recording } = recordingFor(context);
  const { status, stdout } = await runOnTerminal('salvor', ['mp4writer', recording]);
  assert.equal(status, 0, stdout);
  assert.match(stdout, spinner);
  assert.match(stdout, bar);
  assert.ok(stdout.lastIndexOf(showCursor) > stdout.lastIndexOf(hideCursor), 'the cursor is left hidden');
  // What stands on the line of the result after its last carriage return or erasure.
  const result = stdout.split('\n').find((line) => line.includes('made'))!;
  const seen = result.slice(Math.max(result.lastIndexOf('\x1b[1G'), result.lastIndexOf('\x1b[0G'), 0));
  assert.doesNotMatch(seen, spinner);
  assert.doesNotMatch(seen, bar);
});

test('--quiet and --json draw nothing on a terminal', async (context) => {
  const { recording } = recordingFor(context);
  const quiet = await runOnTerminal('salvor', ['mp4writer', '--quiet', recording]);
  assert.equal(quiet.stdout, '');
  const json = await runOnTerminal('salvor', ['mp4writer', '--json', '--force', recording]);
  assert.equal(json.status, 0);
  assert.ok(!json.stdout.includes('\x1b'));
});

test('without a terminal there is no escape sequence and no carriage return', async (context) => {
  const { recording } = recordingFor(context);
  const { status, stdout, stderr } = await runProgram('salvor', ['mp4writer', recording]);
  assert.equal(status, 0, stderr);
  assert.equal(stderr, '');
  assert.match(stdout, /^made {2}\P{Cc}*\n$/u);
});

test('the drop-in says nothing at all when it succeeds without a terminal', async (context) => {
  const { recording } = recordingFor(context);
  const { status, stdout, stderr } = await runProgram('evo-mp4writer', [`-path=${recording}`]);
  assert.deepEqual({ status, stdout, stderr }, { status: 0, stdout: '', stderr: '' });
  assert.ok(existsSync(recording));
});

test('a dumb terminal gets plain text', async (context) => {
  const { recording } = recordingFor(context);
  const { status, stdout } = await runOnTerminal('salvor', ['mp4writer', recording], { env: { TERM: 'dumb' } });
  assert.equal(status, 0, stdout);
  assert.match(stdout, /^made {2}\P{Cc}*\r\n$/u);
});

test('where nobody watches, or the terminal has no width, progress does nothing and loads nothing', async () => {
  for (const [isTerminal, columns] of [
    [false, 80],
    [true, 0],
  ] as const) {
    const stream: Stream = { write: () => assert.fail('something was written'), isTerminal, columns };
    const terminal: Terminal = { out: stream, err: stream, environment: {} };
    const progress = await openProgress(terminal, true);
    progress.busy('reading');
    progress.advance('rec.mp4', 1, 1e9);
    progress.clear();
  }
});
