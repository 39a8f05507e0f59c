/**
 * Many small recordings in a queue, worked on by processes of `salvor work` that are killed again and again, while the server
 * of the queue is restarted once, and one recording ends whatever works on it. Afterwards every recording has to be finished
 * once, and right. What that means is judged here, for the test and for the trial at full length.
 */
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseQueueAddress } from '../../src/queue/address.ts';
import { RecordingQueue } from '../../src/queue/recording-queue.ts';
import { programPath, runProgram } from './programs.ts';
import { fixturesDirectory } from './project.ts';
import { cleanEnvironment } from './run-process.ts';
import type { QueueServer } from './servers.ts';

export interface QueueTrial {
  readonly server: QueueServer;
  /** An empty folder. */
  readonly tree: string;
  readonly recordings: number;
  readonly workers: number;
  readonly killEverySeconds: number;
  /** So many at most. */
  readonly maxKills: number;
  /** After so many seconds the server is restarted. */
  readonly restartAfterSeconds: number;
  readonly heartbeat: string;
  /** Decides which worker is killed, and when. */
  readonly seed: number;
}

/** What happened. */
export interface QueueTrialResult {
  readonly seconds: number;
  readonly kills: number;
  /** Recordings whose first result was made by a worker that could still say so. */
  readonly made: number;
  /** Whose worker was killed between having made the result and saying so. */
  readonly finishedAgain: number;
}

/** What recordings are copies of, and where the result of each lies. */
const kinds = [
  { source: 'flv/killed-chunk3.flv', ending: '.flv', result: '.fixed.flv' },
  { source: 'go-rtmp/h265_inband_aac_kill193/recording.mp4', ending: '.mp4', result: '.repaired.mp4' },
] as const;
const perDirectory = 50;
/** Milliseconds in which some job has to end: what failed is tried again after a minute or two. */
const maxStandstill = 600_000;
/** All the same: results say when their originals were recorded. */
const recordedAt = Math.floor(Date.now() / 1000) - 7200;

function md5(path: string): string {
  return createHash('md5').update(readFileSync(path)).digest('hex');
}

/** Has a worker of a sweep die as soon as it is given something of a folder called poison. */
const poisonModule = `data:text/javascript,${encodeURIComponent(
  "const parse = JSON.parse; if (process.argv[2] === 'sweep-worker') JSON.parse = (text, ...rest) => { const read = parse(text, ...rest); if (read?.candidate?.path.includes('/poison/')) process.kill(process.pid, 'SIGKILL'); return read; };",
)}`;

/** The paths of all recordings, and of what each is to become. */
function makeTree(tree: string, count: number): { readonly original: string; readonly result: string }[] {
  return Array.from({ length: count }, (_, number) => {
    const kind = kinds[number % kinds.length]!;
    const folder = join(tree, `cam${Math.floor(number / perDirectory)}`);
    if (number % perDirectory === 0) mkdirSync(folder, { recursive: true });
    const stem = join(folder, `rec${number}`);
    copyFileSync(join(fixturesDirectory, kind.source), `${stem}${kind.ending}`);
    utimesSync(`${stem}${kind.ending}`, recordedAt, recordedAt);
    return { original: `${stem}${kind.ending}`, result: `${stem}${kind.result}` };
  });
}

/** Runs the trial and judges it. `truth`: gets a result of each kind, to ask a judge about. */
export async function runQueueTrial(
  trial: QueueTrial,
  truth: (path: string, original: string) => Promise<void>,
): Promise<QueueTrialResult> {
  const { server, tree, recordings, workers, killEverySeconds, restartAfterSeconds, heartbeat } = trial;
  const started = performance.now();
  const all = makeTree(tree, recordings);
  const poison = join(tree, 'poison');
  mkdirSync(poison);
  copyFileSync(join(fixturesDirectory, kinds[0].source), join(poison, 'rec.flv'));
  utimesSync(join(poison, 'rec.flv'), recordedAt, recordedAt);
  const put = async (): Promise<string> => {
    const { status, stdout, stderr } = await runProgram('salvor', ['sweep', '--queue', server.url, tree]);
    assert.equal(status, 0, stderr);
    return stdout;
  };
  assert.match(await put(), new RegExp(`^${recordings + 1} put into the queue`));
  assert.equal(await put(), '', 'adding again adds nothing');

  const running: ChildProcess[] = [];
  const env = cleanEnvironment({ NODE_OPTIONS: `--import=${poisonModule}` });
  const words = [
    programPath('salvor'),
    'work',
    '--queue',
    server.url,
    '--heartbeat',
    heartbeat,
    '-q',
    '--reserve',
    '0%',
  ];
  let said = '';
  const startOne = (): void => {
    // In a group of its own: it dies with all it has started, as with its machine.
    const child = spawn(process.execPath, words, { env, detached: true, stdio: ['ignore', 'ignore', 'pipe'] });
    child.stderr.on('data', (text: Buffer) => void (said += text.toString()));
    running.push(child);
  };
  for (let number = 0; number < workers; number++) startOne();

  const queue = await RecordingQueue.open(parseQueueAddress(server.url));
  let kills = 0;
  let state = trial.seed;
  const random = (below: number): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  let isRestarted = false;
  const endings: unknown[] = [];
  let nextKill = performance.now() + killEverySeconds * 1000;
  const begun = performance.now();
  let [fewest, lastProgress] = [Infinity, begun];
  try {
    for (;;) {
      await sleep(200);
      const one = running.find(({ exitCode, signalCode }) => exitCode !== null || signalCode !== null);
      const how = one?.exitCode ?? one?.signalCode;
      assert.ok(one === undefined, `a worker ended by itself with ${how}: ${said}`);
      if (!isRestarted && performance.now() - begun > restartAfterSeconds * 1000) {
        isRestarted = true;
        await server.restart(1);
      }
      if (performance.now() > nextKill && kills < trial.maxKills) {
        nextKill += killEverySeconds * 1000;
        const [victim] = running.splice(random(running.length), 1);
        kills++;
        try {
          process.kill(-victim!.pid!, 'SIGKILL');
        } catch {
          assert.fail(`a worker had ended by itself: ${said}`);
        }
        startOne();
      }
      const open = await queue.countOpen().catch(() => Infinity);
      if (isRestarted && open === 0 && kills > 0) break;
      if (open < fewest) [fewest, lastProgress] = [open, performance.now()];
      assert.ok(performance.now() - lastProgress < maxStandstill, `${open} jobs are still open\n${said}`);
    }
  } finally {
    await queue.close();
    endings.push(...(await Promise.all(running.map(ended))));
  }
  // One that has just been started has not said yet what it does when it is asked to end.
  assert.ok(
    endings.every((end) => end === 143 || end === 'SIGTERM'),
    `${endings.join()} ${said}`,
  );
  const seconds = (performance.now() - started) / 1000;

  const counts = await judgeStatus(server.url, poison, recordings);
  const expected = new Map<string, string>();
  for (const { original, result } of all) {
    const ending = result.slice(result.lastIndexOf('rec')).replace(/\d+/, '');
    const hash = md5(result);
    if (!expected.has(ending)) {
      await truth(result, original);
      expected.set(ending, hash);
    }
    assert.equal(hash, expected.get(ending), result);
  }
  const sources = new Set(kinds.map(({ source }) => md5(join(fixturesDirectory, source))));
  assert.ok(
    all.every(({ original }) => sources.has(md5(original))),
    'originals are as they were',
  );
  const names = (readdirSync(tree, { recursive: true }) as string[]).filter((name) => /\.\w/.test(name));
  const wanted = [...all.flatMap(({ original, result }) => [original, result]), join(poison, 'rec.flv')];
  assert.deepEqual(
    names.toSorted(),
    wanted.map((path) => path.slice(tree.length + 1)).toSorted(),
    'one result of each, and nothing else',
  );
  return { seconds, kills, ...counts };
}

/** Asks a worker to end, and says how it did. */
async function ended(child: ChildProcess): Promise<unknown> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode ?? child.signalCode;
  const end = once(child, 'exit');
  child.kill('SIGTERM');
  const late = setTimeout(() => process.kill(-child.pid!, 'SIGKILL'), 20_000);
  const [code, signal] = (await end) as unknown[];
  clearTimeout(late);
  return code ?? signal;
}

async function judgeStatus(
  url: string,
  poison: string,
  recordings: number,
): Promise<{ readonly made: number; readonly finishedAgain: number }> {
  const { status, stdout, stderr } = await runProgram('salvor', ['sweep', '--queue', url, '--status', '--json']);
  assert.equal(status, 1, stderr);
  const { recordings: told, summary } = JSON.parse(stdout) as {
    recordings: { path: string; result: string; reason?: string }[];
    summary: Record<string, number>;
  };
  const failed = told.filter(({ result }) => result === 'failed');
  assert.deepEqual(
    failed.map(({ path }) => path),
    [join(poison, 'rec.flv')],
    JSON.stringify(failed),
  );
  assert.match(failed[0]!.reason!, /it was set aside: its worker died 3 times while it worked on it/);
  const done = told.filter(({ result }) => result === 'made' || result === 'finished');
  assert.equal(new Set(done.map(({ path }) => path)).size, recordings);
  assert.equal(done.length, recordings);
  const { made = 0, finished = 0, waiting, active, busy } = summary;
  assert.deepEqual([waiting, active, busy, made + finished], [0, 0, 0, recordings]);
  return { made, finishedAgain: finished };
}
