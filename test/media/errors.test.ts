import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { SalvorError, throwIfInterrupted, type FailureKind } from '../../src/media/errors.ts';

describe('SalvorError', () => {
  test('has the exit code of its kind', () => {
    const codes: Record<FailureKind, number> = {
      usage: 2,
      unreadable: 1,
      unrecoverable: 1,
      output: 1,
      busy: 75,
      interrupted: 130,
    };
    for (const [kind, code] of Object.entries(codes)) {
      assert.equal(new SalvorError(kind as FailureKind, 'a message').exitCode, code);
    }
  });

  test('says file, offset, what is wrong and what to do in one line', () => {
    assert.equal(new SalvorError('output', 'the disk is full').describe(), 'the disk is full');
    assert.equal(
      new SalvorError('output', 'the disk is full', {
        file: 'rec.mp4',
        offset: 0,
        advice: 'free space there',
      }).describe(),
      'rec.mp4 at byte 0: the disk is full; free space there',
    );
  });

  test('keeps the cause and the findings', () => {
    const cause = new Error('ENOSPC');
    const error = new SalvorError('output', 'the disk is full', { cause });
    assert.equal(error.cause, cause);
    assert.deepEqual(error.findings, []);
    assert.equal('cause' in new SalvorError('output', 'the disk is full'), false);
  });
});

test('throwIfInterrupted throws once the signal is given, and never without one', () => {
  const controller = new AbortController();
  throwIfInterrupted(undefined);
  throwIfInterrupted(controller.signal);
  controller.abort();
  assert.throws(() => throwIfInterrupted(controller.signal), { name: 'SalvorError', kind: 'interrupted' });
});
