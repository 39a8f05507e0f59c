/** The completion scripts, read by the shells they are for: verbs first, then options and files, behind `--` only files. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { test } from 'node:test';
import { verbs } from '../src/commands/index.ts';
import { programPath, runProgram } from './support/programs.ts';
import { runProcess } from './support/run-process.ts';
import { scratchDirectory } from './support/scratch.ts';

/**
 * For each shell a script that has it complete a line, and prints what is offered, an offer a line. Its arguments are the
 * script of ours and the line.
 */
const completers = {
  bash: `source "$1"
    COMP_LINE=$2; COMP_POINT=\${#COMP_LINE}
    read -r -a COMP_WORDS <<<"$COMP_LINE"; [[ $COMP_LINE == *' ' ]] && COMP_WORDS+=('')
    COMP_CWORD=$((\${#COMP_WORDS[@]} - 1))
    complete -p salvor >&2
    _salvor_completions 2>/dev/null
    printf '%s\\n' "\${COMPREPLY[@]}"`,
  // Only where somebody types does zsh complete: in a shell on a terminal of its own, what is offered is written down.
  zsh: `zmodload zsh/zpty
    hook='compadd() {
      if (( \${argv[(I)-[OAD]]} )); then builtin compadd "$@"; return; fi
      local -a offered; builtin compadd -A offered "$@"
      (( $#offered )) && print -rl -- "" OFFER:$^offered
      builtin compadd "$@"
    }
    typed() { print; print THE""END; }
    comppostfuncs=(typed); bindkey "^I" complete-word; stty columns 200'
    zpty shell zsh -f -i
    zpty -w shell "PROMPT=; autoload -Uz compinit; compinit -u -D; source \${(q)1}; eval \${(q)hook}; echo REA''DY"
    repeat 30; do zpty -r shell line '*READY*' && break; done
    zpty -w -n shell "$2"$'\\t'
    while zpty -r shell line; do
      [[ $line = *OFFER:* ]] && print -r -- "\${\${line#*OFFER:}%%$'\\r'*}"
      [[ $line = *THEEND* ]] && break
    done`,
  fish: `source $argv[1]; complete -C $argv[2] | string replace -r '\\t.*' ''`,
} as const;

for (const [shell, completer] of Object.entries(completers)) {
  const isThere = spawnSync(shell, ['--version']).status === 0;
  const skip =
    !isThere && process.env['CI'] !== 'true' ? `NOT TESTED: no ${shell} here; apt-get install ${shell}` : false;
  test(`${shell} offers verbs, options, and files after a verb`, { skip }, async (t) => {
    const home = scratchDirectory(t);
    const folder = join(home, 'media');
    mkdirSync(join(folder, 'sub'), { recursive: true });
    for (const name of ['a b.flv', 'rec.mp4', 'probe.txt']) writeFileSync(join(folder, name), '');
    const launcher = `#!/bin/sh\nexec '${process.execPath}' '${programPath('salvor')}' "$@"\n`;
    writeFileSync(join(home, 'salvor'), launcher);
    chmodSync(join(home, 'salvor'), 0o755);
    // Another shell is the one of the user: what counts is which script was asked for.
    const env = {
      PATH: `${home}${delimiter}${process.env['PATH']}`,
      HOME: home,
      SHELL: shell === 'zsh' ? '/bin/bash' : '/bin/zsh',
    };
    writeFileSync(join(home, 'script'), (await runProgram('salvor', ['completion', shell], { env })).stdout);
    const offers = async (line: string): Promise<string[]> => {
      const args = [...(shell === 'bash' ? ['--norc'] : shell === 'zsh' ? ['-f'] : ['-N']), '-c', completer];
      const name = shell === 'fish' ? [] : [shell];
      const { stdout } = await runProcess(shell, [...args, ...name, join(home, 'script'), line], { cwd: folder, env });
      // What is no letter to a shell is quoted, and a folder ends in a slash, as each shell likes it.
      return stdout
        .split('\n')
        .filter((word) => word !== '')
        .map((word) => word.replaceAll(/\\|\/$/g, ''))
        .toSorted();
    };
    const names = verbs.map(({ name }) => name);
    const first = await offers('salvor ');
    for (const name of [...names, 'completion']) assert.ok(first.includes(name), `${name}: ${first.join(' ')}`);
    assert.ok(!first.includes('rec.mp4'), first.join(' '));
    assert.deepEqual(await offers('salvor pro'), ['probe']);
    assert.deepEqual(await offers('salvor flv-fix rec.mp4 --ret'), ['--retime']);
    assert.deepEqual(await offers('salvor ts-fix --torn drop rec.ts --from'), ['--from-first-key']);
    // Words that an option takes.
    assert.deepEqual(await offers('salvor ts-split --random-access reco'), ['recovery-point']);
    const files = ['a b.flv', 'probe.txt', 'rec.mp4', 'sub'];
    const both = await offers('salvor repair -n rec.mp4 ');
    assert.deepEqual(
      both.filter((word) => !word.startsWith('-')),
      files,
    );
    assert.ok(both.includes('--json'), both.join(' '));
    assert.deepEqual(await offers('salvor probe -- '), files);
  });
}

test('the shell that is named counts, and that of $SHELL only where none is', async () => {
  const script = async (args: readonly string[], SHELL: string | undefined): Promise<string> =>
    (await runProgram('salvor', ['completion', ...args], { env: { SHELL } })).stdout.split('\n')[0]!;
  assert.match(await script(['fish'], '/bin/zsh'), /salvor completion fish/);
  assert.match(await script(['bash'], '/bin/zsh'), /salvor completion bash/);
  assert.match(await script([], '/usr/bin/zsh'), /^#compdef salvor/);
  assert.match(await script([], '/bin/dash'), /salvor completion bash/);
});
