/**
 * Thousands of small recordings in a queue, four workers of which one is killed every few seconds, one restart of the server,
 * and a recording that ends whatever works on it: every recording has to be finished once, and right. And a sweep that is
 * killed at random moments, each followed by one that finishes.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { runKillTrial } from '../test/support/kill-trial.ts';
import { runQueueTrial } from '../test/support/queue-trial.ts';
import { startServer, type ServerName } from '../test/support/servers.ts';
import { inWorkDirectory, workDirectory } from './work-directory.ts';

/** Runs the trial on a server of that name. */
export async function benchQueue({ files, server: name }: { files: number; server: string }): Promise<void> {
  await inWorkDirectory(async () => {
    const ends: (() => void)[] = [];
    try {
      const server = await startServer({ after: (end) => void ends.push(end) }, name as ServerName);
      const tree = join(workDirectory, 'tree');
      mkdirSync(tree);
      const result = await runQueueTrial(
        {
          server,
          tree,
          recordings: files,
          workers: 4,
          killEverySeconds: 4,
          maxKills: Infinity,
          restartAfterSeconds: 20,
          heartbeat: '3s',
          seed: 18,
        },
        async () => {},
      );
      console.log(`queue in ${name}: ${files} recordings, 4 workers: ${JSON.stringify(result)}`);
    } finally {
      for (const end of ends) end();
    }
  });
}

/** Kills a sweep so often. */
export async function benchKills(kills: number): Promise<void> {
  await inWorkDirectory(async () => {
    const result = await runKillTrial(workDirectory, { kills, killsPerTree: 1, seed: 18 });
    console.log(`sweep killed at random moments: ${JSON.stringify(result)}`);
  });
}
