import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { comparePackets, compareWithTruth } from '../../support/compare.ts';
import { stagingCases } from '../../support/fixtures.ts';
import { needs } from '../../support/judges.ts';
import { scratchDirectory } from '../../support/scratch.ts';
import { combineCleanCase } from './combined-cases.ts';
import { readMovieSamples } from './movie-samples.ts';

test('the tests’ own reader of samples sees what ffprobe sees', needs('ffprobe'), async (t) => {
  for (const name of stagingCases('clean')) {
    const { recordings } = await combineCleanCase(name, join(scratchDirectory(t), name));
    for (const { fixture, file } of recordings) {
      const { streams, packets } = readMovieSamples(file);
      const own = comparePackets(streams, packets, fixture.truth);
      const judged = await compareWithTruth(file, fixture.truth);
      for (const figure of ['expected', 'found', 'missing', 'invented', 'syncErrors'] as const) {
        assert.equal(own[figure], judged[figure], `${name}: ${figure}`);
      }
      assert.ok(Math.abs(own.maxPtsErrorMs - judged.maxPtsErrorMs) < 0.05, `${name}: presentation times`);
      assert.ok(Math.abs(own.maxDtsErrorMs - judged.maxDtsErrorMs) < 0.05, `${name}: decode times`);
    }
  }
});
