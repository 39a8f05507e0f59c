/**
 * The schemas in the package are those of the reports that the programs print: made of the types that the programs are
 * compiled from, and no looser than these. That what is printed fits them is asked wherever a test prints a report.
 */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { reportVersion } from '../src/media/report.ts';
import { probeVersion } from '../src/media/probed-recording.ts';
import { projectRoot } from './support/project.ts';
import { assertFits } from './support/reports.ts';
import { runProcess } from './support/run-process.ts';

test('the schemas are made of the types as they are now', async () => {
  const { status, stderr } = await runProcess(process.execPath, [join(projectRoot, '.ci/schemas.mjs'), '--check']);
  assert.equal(status, 0, stderr);
});

test('the names of the files have the versions of the forms', () => {
  assert.deepEqual(readdirSync(join(projectRoot, 'src/schemas')).toSorted(), [
    `probe.v${probeVersion}.json`,
    `recording.v${reportVersion}.json`,
    `report.v${reportVersion}.json`,
    `sweep.v${reportVersion}.json`,
  ]);
});

test('what is no report does not fit', () => {
  const report = { reportVersion, operation: 'repair', salvorVersion: '0.0.0', recordings: [] };
  assertFits('report.v2', report);
  assert.throws(() => assertFits('report.v2', { ...report, reportVersion: reportVersion - 1 }));
  assert.throws(() => assertFits('report.v2', { ...report, unheardOf: 1 }));
  assert.throws(() => assertFits('report.v2', { ...report, recordings: [{ recording: 'rec.mp4' }] }));
  assert.throws(() => assertFits('probe.v1', report));
});
