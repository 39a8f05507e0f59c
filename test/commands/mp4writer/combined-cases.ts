/**
 * Combines clean fixtures with the real `evo-mp4writer`, each once for all tests of a file.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { copyStagingCase, stagingFixtures, type StagingFixture } from '../../support/fixtures.ts';
import { runInProcess } from '../../support/programs.ts';
import { asPublished } from '../../support/truth.ts';

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
