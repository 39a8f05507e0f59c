/** What a run leaves that is killed just after its result got its name: the result, and its temporary name. */
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { countCalls, runProgramFaulted } from './faults.ts';

/** The temporary names in a folder. */
export function temporariesIn(folder: string): string[] {
  return readdirSync(folder).filter((name) => name.startsWith('.') && name.includes('.salvor-'));
}

/** Has `flv-fix` killed as it makes `result` of a recording, at that moment. `elsewhere`: a folder that is not there. */
export async function killAfterNaming(recording: string, result: string, elsewhere: string): Promise<void> {
  mkdirSync(elsewhere);
  const words = ['flv-fix', '-q', recording, '-o'];
  const { calls } = await countCalls('salvor', [...words, join(elsewhere, basename(result))], elsewhere);
  const call = calls.findIndex(({ name, path }) => name.startsWith('unlink') && path.includes('.salvor-')) + 1;
  assert.ok(call > 0, 'the temporary name is removed after the result got its own');
  const folder = dirname(result);
  const { signal } = await runProgramFaulted('salvor', [...words, result], folder, { kind: 'kill-before', call });
  assert.equal(signal, 'SIGKILL');
  assert.equal(temporariesIn(folder).length, 1);
}
