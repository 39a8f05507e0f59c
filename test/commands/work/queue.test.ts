/** `salvor sweep --queue` and `salvor work` on real servers: what is put in, what comes out, and what is said of it. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once, type EventEmitter } from 'node:events';
import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'node:test';
import { Batcher, batchId, type Batch } from '../../../src/queue/batch.ts';
import { readLog } from '../../../src/queue/job-log.ts';
import { parseQueueAddress } from '../../../src/queue/address.ts';
import { connectionOf } from '../../../src/queue/bullmq.ts';
import { parseRoot } from '../../../src/commands/work/work.ts';
import { noFaults } from '../../support/faults.ts';
import { killAfterNaming, temporariesIn } from '../../support/leavings.ts';
import { programPath, runProgram } from '../../support/programs.ts';
import { fixturesDirectory } from '../../support/project.ts';
import { cleanEnvironment, type ProcessResult } from '../../support/run-process.ts';
import { scratchDirectory } from '../../support/scratch.ts';
import { needsServer, startServer, type ServerName } from '../../support/servers.ts';

const killed = join(fixturesDirectory, 'flv/killed-chunk3.flv');
const anHourAgo = Math.floor(Date.now() / 1000) - 3600;

function put(path: string, content?: Buffer): void {
  if (content === undefined) copyFileSync(killed, path);
  else writeFileSync(path, content);
  utimesSync(path, anHourAgo, anHourAgo);
}

interface Status {
  readonly recordings: readonly { readonly path: string; readonly result: string; readonly reason?: string }[];
  readonly summary: Readonly<Record<string, number>>;
}

for (const name of ['redis', 'postgresql'] satisfies ServerName[]) {
  test(
    `${name}: recordings go in once, are finished elsewhere, and come back as a report`,
    needsServer(name),
    async (t) => {
      const server = await startServer(t, name, name === 'redis' ? 'very-secret' : undefined);
      const scratch = scratchDirectory(t);
      const [tree, elsewhere] = [join(scratch, 'tree'), join(scratch, 'elsewhere')];
      mkdirSync(join(tree, 'deep'), { recursive: true });
      put(join(tree, 'rec.flv'));
      put(join(tree, 'deep/named like nothing'));
      put(join(tree, 'zeros.mp4'), Buffer.alloc(50_000));
      const said: ProcessResult[] = [];
      const salvor = async (...words: string[]): Promise<ProcessResult> => {
        const result = await runProgram('salvor', [words[0]!, '--queue', server.url, ...words.slice(1)]);
        said.push(result);
        return result;
      };
      const added = async (...words: string[]): Promise<number> =>
        Number(/^\d+/.exec((await salvor('sweep', ...words, tree)).stdout)?.[0] ?? 0);
      const status = async (): Promise<Status> =>
        JSON.parse((await salvor('sweep', '--status', '--json')).stdout) as Status;

      assert.equal(await added('-n'), 3);
      assert.equal(await added(), 3);
      assert.equal(await added(), 0);
      assert.equal((await status()).summary['waiting'], 3);

      // Another worker was killed when it had just made a result.
      const [recording, result] = [join(tree, 'rec.flv'), join(tree, 'rec.fixed.flv')];
      if (noFaults === undefined) await killAfterNaming(recording, result, join(scratch, 'copy'));
      else assert.equal((await runProgram('salvor', ['flv-fix', '-q', recording, '-o', result])).status, 0);

      // The tree lies elsewhere for this worker; another name of it leads nowhere.
      symlinkSync(tree, elsewhere);
      const index = join(scratch, 'work.html');
      const where = ['--root', `${tree}=${elsewhere}`];
      const worked = await salvor('work', '--drain', ...where, '--reserve', '0%', '--report', index);
      assert.equal(worked.status, 1, worked.stderr);
      assert.match(worked.stderr, /^failed {2}.*elsewhere\/zeros\.mp4: /m);
      const lines = readFileSync(index, 'utf8');
      for (const each of ['zeros.mp4', 'deep/named like nothing']) assert.ok(lines.includes(each), lines);
      assert.ok(readdirSync(join(scratch, 'work')).length >= 2);
      assert.equal(readdirSync(join(tree, 'deep')).length, 2);
      assert.deepEqual(temporariesIn(tree), []);
      const { recordings, summary } = await status();
      assert.deepEqual(
        recordings.map(({ path, result }) => [path.slice(path.lastIndexOf('/') + 1), result]).toSorted(),
        [
          ['named like nothing', 'made'],
          ['rec.flv', 'finished'],
          ['zeros.mp4', 'failed'],
        ],
      );
      const { made, finished, failed, waiting, active } = summary;
      assert.deepEqual([made, finished, failed, waiting, active], [1, 1, 1, 0, 0]);

      for (const { stdout, stderr } of said) assert.doesNotMatch(`${stdout}${stderr}`, /very-secret/);
      if (name === 'postgresql') return;

      // What failed comes again when it is asked for, or has changed; results are recordings, too.
      assert.equal(await added('--only', '*.flv', '--exclude', '*.fixed.flv', '--min-age', '0'), 0);
      assert.equal(await added('--only', 'zeros.mp4', '--retry'), 1);
      appendFileSync(join(tree, 'zeros.mp4'), Buffer.alloc(10));
      utimesSync(join(tree, 'zeros.mp4'), anHourAgo, anHourAgo);
      assert.equal(await added('--only', 'zeros.mp4'), 1);
    },
  );
}

test('a worker that is asked to end gives back what it has, and ends', needsServer('redis'), async (t) => {
  const server = await startServer(t, 'redis');
  const tree = scratchDirectory(t);
  for (let number = 0; number < 12; number++) put(join(tree, `rec${number}.flv`));
  assert.equal((await runProgram('salvor', ['sweep', '--queue', server.url, tree])).status, 0);
  const words = [programPath('salvor'), 'work', '--queue', server.url, '-q', '--reserve', '0%'];
  const child = spawn(process.execPath, words, { env: cleanEnvironment(), stdio: 'ignore' });
  const end = once(child, 'exit');
  const results = (): string[] => readdirSync(tree).filter((name) => name.endsWith('.fixed.flv'));
  while (results().length < 2 && child.exitCode === null) await sleep(20);
  child.kill('SIGTERM');
  assert.equal((await end)[0], 143);
  const { stdout } = await runProgram('salvor', ['sweep', '--queue', server.url, '--status', '--json']);
  const { waiting, active, made } = (JSON.parse(stdout) as Status).summary;
  assert.deepEqual([waiting! + made!, active], [12, 0], 'nothing waits for a heartbeat');
  const rest = await runProgram('salvor', ['work', '--queue', server.url, '--drain', '-q', '--reserve', '0%']);
  assert.deepEqual([rest.status, rest.stderr, results().length], [0, '', 12]);
});

test(
  'a connection of PostgreSQL that ends while nothing is asked over it ends no process',
  needsServer('postgresql'),
  async (t) => {
    const { url } = await startServer(t, 'postgresql');
    const { Pool } = createRequire(import.meta.url)('pg') as {
      Pool: new (options: unknown) => {
        connect(): Promise<EventEmitter & { release(error: boolean): void; readonly processID: number }>;
        query(text: string, values: unknown[]): Promise<unknown>;
        end(): Promise<void>;
      };
    };
    const pool = new Pool(connectionOf(parseQueueAddress(url), true));
    const client = await pool.connect();
    const ended = new Promise<void>((resolve) => {
      client.once('end', () => resolve());
    });
    // As a server does that shuts down. Nobody but what was asked for in the options listens to errors here.
    await pool.query('select pg_terminate_backend($1)', [client.processID]);
    await ended;
    client.release(true);
    await pool.end();
  },
);

test('a server that is not there is one line', async (t) => {
  const tree = scratchDirectory(t);
  const { status, stderr } = await runProgram('salvor', ['sweep', '--queue', 'redis://me:pass@127.0.0.1:1/3', tree]);
  assert.equal(status, 1);
  assert.match(stderr, /^salvor: the queue at redis:\/\/127\.0\.0\.1:1\/3 cannot be used: .*ECONNREFUSED.*\n$/);
});

test('an address is shown without what is secret in it, and what is none is not shown', () => {
  assert.equal(parseQueueAddress('rediss://me:pass@host:1/2?x=pass').shown, 'rediss://host:1/2');
  assert.equal(parseQueueAddress('valkey://:pass@host').url, 'redis://:pass@host');
  for (const text of ['', 'host:6379', 'http://me:pass@host', 'redis//me:pass@host']) {
    assert.throws(
      () => parseQueueAddress(text),
      (error: Error & { kind?: string }) => error.kind === 'usage' && !error.message.includes('pass'),
    );
  }
});

test('roots are mapped by whole names', () => {
  assert.deepEqual(parseRoot('/srv/rec=/mnt'), { from: '/srv/rec/', to: '/mnt' });
  for (const text of ['/srv/rec', 'rec=/mnt', '/srv=', '=/mnt']) {
    assert.throws(() => parseRoot(text), { kind: 'usage' });
  }
});

test('a new recording changes its own batch and no other', () => {
  const batchesOf = (numbers: readonly number[]): Batch[] => {
    const batcher = new Batcher('/srv');
    const all = numbers.flatMap((number) =>
      batcher.add({ place: `cam/rec${number}.flv`, kind: 'file', bytes: 1000, mtimeMs: 1 }, 'cam'),
    );
    return [...all, ...batcher.end()];
  };
  const numbers = Array.from({ length: 500 }, (_, number) => number + 1000);
  const before = batchesOf(numbers).map(batchId);
  assert.ok(before.length > 10 && new Set(before).size === before.length);
  const after = new Set(batchesOf(numbers.filter((number) => number !== 1234)).map(batchId));
  assert.ok(before.filter((id) => !after.has(id)).length <= 2);
});

test('what has begun and not ended was cut off, and is counted until it ends', () => {
  const lines = [
    { event: 'begun', index: 0, host: 'a' },
    { event: 'begun', index: 0, host: 'b' },
    { event: 'died', index: 0, how: 'was ended by SIGSEGV' },
    { event: 'begun', index: 1, host: 'a' },
    { event: 'stopped', index: 1 },
    { event: 'begun', index: 2, host: 'a' },
    { event: 'ended', index: 2, outcome: 'intact' },
    { event: 'begun', index: 9, host: 'a' },
  ].map((line) => JSON.stringify(line));
  const [first, second, third] = readLog<string>([...lines, '{"event":"be'], 3);
  assert.deepEqual([first!.deaths, first!.losses, first!.how, first!.host], [1, 1, 'was ended by SIGSEGV', 'b']);
  assert.deepEqual([second!.deaths, second!.losses], [0, 0]);
  assert.deepEqual([third!.deaths, third!.outcome], [0, 'intact']);
});
