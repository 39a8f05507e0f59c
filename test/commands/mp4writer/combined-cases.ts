/**
 * Combines clean fixtures with the real `evo-mp4writer`, each once for all tests of a file.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { copyStagingCase, stagingFixtures, type StagingFixture } from '../../support/fixtures.ts';
import { runInProcess } from '../../support/programs.ts';
import type { Truth } from '../../support/truth.ts';

export interface CombinedRecording {
  readonly fixture: StagingFixture;
  /** The MP4 that was made. */
  readonly file: string;
}

export interface CombinedCase {
  readonly directory: string;
  readonly recordings: readonly CombinedRecording[];
}

/** Combines a clean case in a folder as a server's script does, but keeps its staging files; says where the results are. */
export async function combineCleanCase(name: string, directory: string): Promise<CombinedCase> {
  copyStagingCase('clean', name, directory);
  const { status, stderr } = await runInProcess('evo-mp4writer', [`-path=${join(directory, 'rec.mp4')}`, '--keep']);
  assert.equal(status, 0, stderr);
  const fixtures = stagingFixtures('clean', name);
  const recordings = fixtures.map((fixture) => ({
    fixture: { ...fixture, truth: asPublished(fixture.truth, fixtures[0]!.truth) },
    file: join(directory, fixture.base),
  }));
  return { directory, recordings };
}

/**
 * The truth of a clean set is what its files say, and there the first picture of every later chunk has lost its composition
 * offset: the server begins each with 0. The encoder held all of its key frames back alike.
 */
function asPublished(truth: Truth, firstChunk: Truth): Truth {
  const at = truth.samples.findIndex(({ track }) => track === 'video');
  const first = firstChunk.samples.find(({ track }) => track === 'video');
  if (truth === firstChunk || at < 0 || first === undefined || truth.samples[at]!.ctsTicks !== 0) return truth;
  return { ...truth, samples: truth.samples.with(at, { ...truth.samples[at]!, ctsTicks: first.ctsTicks }) };
}
