/** The commands that README.md shows, for tests that run them as they stand there. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from './project.ts';

/** The indented lines below a heading of the second order. */
export function commandsBelow(heading: string): string[] {
  const [, section] = readFileSync(join(projectRoot, 'README.md'), 'utf8').split(`\n## ${heading}\n`);
  return section!
    .split('\n## ')[0]!
    .split('\n')
    .filter((line) => line.startsWith('    '))
    .map((line) => line.trim());
}
