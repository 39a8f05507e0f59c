import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { alreadyExists, inputError, isMissing, outputError, removalError } from '../../src/io/system-error.ts';
import { SalvorError } from '../../src/media/errors.ts';
import { projectRoot } from '../support/project.ts';

function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: whatever the system says, open 'x'`), { code });
}

describe('what the system refuses becomes an error that names the file and says what to do', () => {
  test('a full disk', () => {
    const error = outputError('/srv/rec.mp4', systemError('ENOSPC'));
    assert.equal(error.kind, 'output');
    assert.equal(error.exitCode, 1);
    assert.equal(
      error.describe(),
      '/srv/rec.mp4: the disk is full; nothing was changed; free space there or write elsewhere, then run again',
    );
  });

  test('a codeless or unknown error keeps its own words, and its cause', () => {
    const cause = systemError('EWHATEVER');
    assert.match(outputError('f', cause).message, /EWHATEVER: whatever the system says/);
    assert.equal(outputError('f', cause).cause, cause);
    assert.match(inputError('f', cause, 7).describe(), /^f at byte 7: EWHATEVER/);
    assert.match(inputError('f', 'just text').message, /^just text$/);
    assert.match(removalError('f', cause).describe(), /^f: is no longer needed.*EWHATEVER.*; remove it by hand$/);
  });

  test('an error that is one of ours already stays as it is', () => {
    const ours = new SalvorError('busy', 'another run');
    assert.equal(inputError('f', ours), ours);
    assert.equal(outputError('f', ours), ours);
  });

  test('every explained code is one that the system has', () => {
    const text = readFileSync(join(projectRoot, 'src/io/system-error.ts'), 'utf8');
    for (const [, code] of text.matchAll(/^ {2}(E[A-Z]+):/gm)) assert.ok((code ?? '') in constants.errno, code);
  });

  test('missing and existing are told from all else', () => {
    assert.deepEqual(
      ['ENOENT', 'ENOTDIR', 'EACCES'].map((code) => isMissing(systemError(code))),
      [true, true, false],
    );
    assert.deepEqual(
      ['EEXIST', 'ENOENT'].map((code) => alreadyExists(systemError(code))),
      [true, false],
    );
    assert.equal(isMissing(undefined), false);
    assert.equal(alreadyExists('EEXIST'), false);
  });
});
