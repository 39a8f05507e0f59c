/** Where benchmarks make their files: on the project's own file system, ignored by git, gone afterwards. */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../test/support/project.ts';

export const workDirectory = join(projectRoot, 'bench/.work');

export function emptyWorkDirectory(): void {
  rmSync(workDirectory, { recursive: true, force: true });
  mkdirSync(workDirectory, { recursive: true });
}

/** Does the work with the directory empty, and removes it whatever happens. */
export async function inWorkDirectory(work: () => Promise<void>): Promise<void> {
  emptyWorkDirectory();
  try {
    await work();
  } finally {
    rmSync(workDirectory, { recursive: true, force: true });
  }
}
