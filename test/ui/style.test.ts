/** Who gets colours: the rules of no-color.org and force-color.org, and --no-color. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { styleFor } from '../../src/ui/style.ts';
import type { Stream, Terminal } from '../../src/ui/terminal.ts';

function terminalOf(isTerminal: boolean, environment: Terminal['environment']): Terminal {
  const stream: Stream = { write: () => {}, isTerminal, columns: 80 };
  return { out: stream, err: stream, environment };
}

const cases: [
  name: string,
  isTerminal: boolean,
  environment: Terminal['environment'],
  wanted: boolean,
  coloured: boolean,
][] = [
  ['a terminal gets colours', true, {}, true, true],
  ['a pipe gets none', false, {}, true, false],
  ['--no-color takes them from a terminal', true, {}, false, false],
  ['NO_COLOR takes them from a terminal', true, { NO_COLOR: '1' }, true, false],
  ['an empty NO_COLOR counts as not set', true, { NO_COLOR: '' }, true, true],
  ['FORCE_COLOR gives them to a pipe', false, { FORCE_COLOR: '1' }, true, true],
  ['an empty FORCE_COLOR gives them to a pipe', false, { FORCE_COLOR: '' }, true, true],
  ['FORCE_COLOR=0 takes them from a terminal', true, { FORCE_COLOR: '0' }, true, false],
  ['FORCE_COLOR=false takes them from a terminal', true, { FORCE_COLOR: 'false' }, true, false],
  ['NO_COLOR is stronger than FORCE_COLOR', true, { NO_COLOR: '1', FORCE_COLOR: '1' }, true, false],
  ['--no-color is stronger than FORCE_COLOR', false, { FORCE_COLOR: '1' }, false, false],
];

for (const [name, isTerminal, environment, wanted, coloured] of cases) {
  test(name, () => {
    const terminal = terminalOf(isTerminal, environment);
    assert.equal(styleFor(terminal, terminal.out, wanted).red('x') !== 'x', coloured);
  });
}
