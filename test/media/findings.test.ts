import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { findingCatalogue, Findings, type FindingCode } from '../../src/media/findings.ts';
import { projectRoot } from '../support/project.ts';

describe('the catalogue of findings', () => {
  const folder = join(projectRoot, 'src/media/finding-codes');
  const source = readdirSync(folder)
    .map((name) => readFileSync(join(folder, name), 'utf8'))
    .join('');
  const codes = Object.keys(findingCatalogue);

  test('every code is lower-kebab, so that scripts and manual pages can name it', () => {
    for (const code of codes) assert.match(code, /^[a-z][a-z0-9]*(?:-[a-z0-9]+)+$/);
  });

  test('no code stands there twice (the second would silently replace the first)', () => {
    const written = [...source.matchAll(/^ {2}'?([a-z0-9-]+)'?: \[/gm)].map(([, code]) => code);
    assert.deepEqual(written.toSorted(), codes.toSorted());
    assert.equal(new Set(written).size, written.length);
  });

  test('every code has a severity and a meaning in words, and no two have the same meaning', () => {
    const meanings = new Set<string>();
    for (const [code, [severity, meaning]] of Object.entries(findingCatalogue)) {
      assert.ok(['note', 'warning', 'error'].includes(severity), code);
      assert.match(meaning, /^\S.{15,}[^.]$/, `${code} is explained in a clause without a full stop`);
      meanings.add(meaning);
    }
    assert.equal(meanings.size, codes.length);
  });

  test('every code is reported somewhere', () => {
    const modules = readdirSync(join(projectRoot, 'src'), { recursive: true, encoding: 'utf8' }).filter(
      (file) => file.endsWith('.ts') && !file.endsWith('media/findings.ts'),
    );
    const text = modules.map((file) => readFileSync(join(projectRoot, 'src', file), 'utf8')).join('\n');
    assert.deepEqual(
      codes.filter((code) => !text.includes(`'${code}'`)),
      [],
    );
  });
});

describe('Findings', () => {
  const note: FindingCode = 'staging-info-stale-bytes';
  const warning: FindingCode = 'decode-time-backward';
  const error: FindingCode = 'staging-range-outside';

  test('keeps findings in the order they were made, each with the severity of its code', () => {
    const findings = new Findings();
    findings.add(warning, 'first', { file: 'a', sample: 3, track: 'video' });
    findings.add(note, 'second', { file: 'a', offset: 10, length: 4 });
    assert.deepEqual(findings.list(), [
      { code: warning, severity: 'warning', message: 'first', file: 'a', sample: 3, track: 'video' },
      { code: note, severity: 'note', message: 'second', file: 'a', offset: 10, length: 4 },
    ]);
  });

  test('describes the first of many alike and counts the rest, for each file and each track', () => {
    const findings = new Findings();
    for (let sample = 1; sample <= 100_000; sample++) {
      findings.add(error, `sample ${sample}`, { file: 'a', track: 'video', sample });
    }
    findings.add(error, 'other track', { file: 'a', track: 'audio', sample: 1 });
    findings.add(error, 'other file', { file: 'b', track: 'video', sample: 1 });
    findings.add(error, 'no file');
    assert.deepEqual(findings.list(), [
      { code: error, severity: 'error', message: 'sample 1', file: 'a', track: 'video', sample: 1, repeated: 99_999 },
      { code: error, severity: 'error', message: 'other track', file: 'a', track: 'audio', sample: 1 },
      { code: error, severity: 'error', message: 'other file', file: 'b', track: 'video', sample: 1 },
      { code: error, severity: 'error', message: 'no file' },
    ]);
  });

  test('knows whether there is one of a code, and which is the first error', () => {
    const findings = new Findings();
    assert.equal(findings.has(note), false);
    assert.equal(findings.firstError(), undefined);
    findings.add(note, 'a note');
    findings.add(warning, 'a warning');
    assert.equal(findings.firstError(), undefined);
    findings.add(error, 'an error');
    findings.add('staging-range-overlap', 'a later error');
    assert.equal(findings.has(note), true);
    assert.equal(findings.firstError()?.message, 'an error');
  });

  test('what was listed does not change when more is found', () => {
    const findings = new Findings();
    findings.add(note, 'a note');
    const before = findings.list();
    findings.add(note, 'the same again');
    assert.deepEqual(before, [{ code: note, severity: 'note', message: 'a note' }]);
  });
});
