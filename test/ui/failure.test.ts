/** A failure is one line: who speaks, which file, where, what, and what to do. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SalvorError } from '../../src/media/errors.ts';
import { failureLine } from '../../src/ui/failure.ts';
import type { Stream, Terminal } from '../../src/ui/terminal.ts';

function terminalOf(isTerminal: boolean): Terminal {
  const stream: Stream = { write: () => {}, isTerminal, columns: 80 };
  return { out: stream, err: stream, environment: {} };
}

const full = new SalvorError('output', 'the disk is full', {
  file: 'rec.mp4',
  offset: 4096,
  advice: 'free space there',
});

test('a known failure names the program, the file, the byte, what happened and what to do', () => {
  assert.equal(
    failureLine('salvor', full, terminalOf(false), false),
    'salvor: rec.mp4 at byte 4096: the disk is full; free space there',
  );
});

test('an unknown failure is called a fault of the program and asks for a report', () => {
  const line = failureLine('salvor', new TypeError('x is undefined'), terminalOf(false), false);
  assert.match(line, /^salvor: x is undefined; this is a fault in salvor: please report it/);
  assert.doesNotMatch(line, /\n/);
});

test('--debug adds the stack', () => {
  assert.match(failureLine('salvor', full, terminalOf(false), true), /\n {4}at /);
});

test('the name of the program is red on a terminal, and plain where no colours are wanted', () => {
  assert.match(failureLine('salvor', full, terminalOf(true), false), /^\p{Cc}\[31msalvor:\p{Cc}\[39m /u);
  assert.match(failureLine('salvor', full, terminalOf(true), false, false), /^salvor: /);
});

test('a file name cannot break the line or send escape sequences', () => {
  const error = new SalvorError('unreadable', 'no such file', { file: 'a\n\x1b[2Jb.mp4' });
  assert.equal(failureLine('salvor', error, terminalOf(true), false, false), 'salvor: a\\n\\x1b[2Jb.mp4: no such file');
});
