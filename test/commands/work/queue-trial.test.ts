/** Queues whose workers are killed and whose server is restarted, on Redis and on PostgreSQL: nothing is lost. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { needs, probePackets } from '../../support/judges.ts';
import { runQueueTrial } from '../../support/queue-trial.ts';
import { scratchDirectory } from '../../support/scratch.ts';
import { needsServer, startServer, type ServerName } from '../../support/servers.ts';

for (const name of ['redis', 'postgresql'] satisfies ServerName[]) {
  const skip = needsServer(name).skip ?? needs('ffprobe').skip;
  test(
    `${name}: whoever is killed, every recording is finished once and right`,
    { ...(skip === undefined ? {} : { skip }) },
    async (t) => {
      const server = await startServer(t, name);
      const result = await runQueueTrial(
        {
          server,
          tree: scratchDirectory(t),
          recordings: 40,
          workers: 2,
          killEverySeconds: 2,
          maxKills: 3,
          restartAfterSeconds: 3,
          heartbeat: '1500ms',
          seed: 18,
        },
        async (path) => assert.ok((await probePackets(path, { asStored: true })).length > 100, path),
      );
      assert.ok(result.kills > 0);
      t.diagnostic(JSON.stringify(result));
    },
  );
}
