/**
 * The Node.js releases that the package is tried on, as .ci/get-nodes fetches them. What is tried on them is not known here.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { projectRoot } from './project.ts';
import { trialsOf } from './trials.ts';

export interface Node {
  /** As asked for: the least supported, the newest of a line, the newest of all. */
  readonly release: string;
  readonly version: string;
  /** The folder that holds `node`. */
  readonly directory: string;
}

/** All of them, or the oldest and the newest (see trials.ts), the oldest first; fetches them where they are not there yet. Undefined where they cannot be had. */
export function findNodes(): readonly Node[] | undefined {
  const fetched = spawnSync(join(projectRoot, '.ci/get-nodes'), { stdio: ['ignore', 'ignore', 'inherit'] });
  if (fetched.status !== 0) return undefined;
  const home = join(process.env['SALVOR_JUDGES'] ?? join(projectRoot, '.judges'), 'nodes');
  return trialsOf(['20.19.0', '22', '24', 'latest'], 3).map((release) => {
    const directory = join(home, release, 'bin');
    const { stdout } = spawnSync(join(directory, 'node'), ['--version'], { encoding: 'utf8' });
    return { release, version: stdout.trim(), directory };
  });
}
