/**
 * Where the project lies on disk, for tests that run its programs and read its fixtures. Compiled tests may lie in
 * dist/ or in a private folder elsewhere, so the root is looked for and never counted in `..`.
 */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Whether a folder is the project's root. The compiler puts a copy of package.json, but of nothing else, into dist/. */
function isProject(directory: string): boolean {
  const manifest = join(directory, 'package.json');
  if (!existsSync(manifest) || !existsSync(join(directory, 'tsconfig.json'))) return false;
  const parsed: unknown = JSON.parse(readFileSync(manifest, 'utf8'));
  return typeof parsed === 'object' && parsed !== null && 'name' in parsed && parsed.name === 'salvor';
}

/** The nearest folder at or above `start` that is the project's root. */
function projectAbove(start: string): string | undefined {
  for (let directory = start; ; directory = dirname(directory)) {
    if (isProject(directory)) return directory;
    if (dirname(directory) === directory) return undefined;
  }
}

function findProject(): string {
  const found = projectAbove(import.meta.dirname) ?? projectAbove(process.cwd());
  if (found === undefined) throw new Error('the root of salvor is neither above the test nor above the current folder');
  return found;
}

/** The project's root folder. */
export const projectRoot = findProject();

/** The folder of genuine recordings; test/fixtures/README.md says where each comes from. */
export const fixturesDirectory = join(projectRoot, 'test/fixtures');
