/**
 * Servers that hold queues: Redis, which .ci/get-judges puts into .judges/servers, and PostgreSQL of this machine. Each is
 * started in a folder of its own on a port of its own, keeps what it was given over a restart, and is gone when the test ends.
 */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { projectRoot } from './project.ts';
import { cleanEnvironment } from './run-process.ts';
import type { Lifetime } from './scratch.ts';

export type ServerName = 'redis' | 'postgresql';

/** PostgreSQL does not run as root. */
const nobody = 65534;

const programOf = { redis: 'redis-server', postgresql: 'postgres' } as const;

/** The folder that the programs of a server are in, if there is one. */
function findServer(name: ServerName): string | undefined {
  const judges = join(process.env['SALVOR_JUDGES'] ?? join(projectRoot, '.judges'), 'servers/bin');
  const debian = '/usr/lib/postgresql';
  const versions = existsSync(debian) ? readdirSync(debian).toSorted((a, b) => Number(b) - Number(a)) : [];
  const places = [
    judges,
    ...versions.map((version) => join(debian, version, 'bin')),
    ...(process.env['PATH'] ?? '').split(delimiter),
  ];
  return places.find((place) => existsSync(join(place, programOf[name])));
}

/** The options of a test that needs a server: skipped, and said so, where it is missing; with CI=true it fails instead. */
export function needsServer(name: ServerName): { readonly skip?: string } {
  if (findServer(name) !== undefined || process.env['CI'] === 'true') return {};
  return { skip: `NOT TESTED: no ${programOf[name]} here; run .ci/get-judges or install it` };
}

/** A running server. */
export interface QueueServer {
  readonly url: string;
  /** Ends it as its host would when it shuts down, and starts it again on the same data. */
  readonly restart: (downSeconds: number) => Promise<void>;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Starts a server; `password`: what its users have to say. */
export async function startServer(test: Lifetime, name: ServerName, password?: string): Promise<QueueServer> {
  const programs = findServer(name);
  if (programs === undefined) throw new Error(`no ${programOf[name]} here`);
  const folder = mkdtempSync(join(tmpdir(), 'salvor-server-'));
  const port = await freePort();
  const make = name === 'redis' ? redis : postgresql;
  const { words, url, options } = make({ programs, folder, port, password });
  let child: ChildProcess | undefined;
  const start = async (): Promise<void> => {
    child = spawn(join(programs, programOf[name]), words, { stdio: 'ignore', env: cleanEnvironment(), ...options });
    await untilReady(name, programs, port, child);
  };
  const stop = async (signal: NodeJS.Signals): Promise<void> => {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
  };
  test.after(() => {
    child?.kill(name === 'redis' ? 'SIGKILL' : 'SIGQUIT');
    rmSync(folder, { recursive: true, force: true });
  });
  await start();
  return {
    url,
    restart: async (downSeconds) => {
      // PostgreSQL waits for its clients to leave when it gets SIGTERM.
      await stop(name === 'redis' ? 'SIGTERM' : 'SIGINT');
      await sleep(downSeconds * 1000);
      await start();
    },
  };
}

interface ServerPlace {
  readonly programs: string;
  readonly folder: string;
  readonly port: number;
  readonly password: string | undefined;
}

interface ServerLine {
  readonly words: string[];
  readonly url: string;
  readonly options: { readonly uid?: number; readonly gid?: number; readonly cwd?: string };
}

function redis({ folder, port, password }: ServerPlace): ServerLine {
  const words = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', '', '--appendonly', 'yes'];
  // What it has said is done is on the disk.
  words.push('--appendfsync', 'always', '--maxmemory-policy', 'noeviction');
  if (password !== undefined) words.push('--requirepass', password);
  const user = password === undefined ? '' : `:${password}@`;
  return { words, url: `redis://${user}127.0.0.1:${port}`, options: {} };
}

function postgresql({ programs, folder, port }: ServerPlace): ServerLine {
  const data = join(folder, 'data');
  const isRoot = process.getuid?.() === 0;
  const options = isRoot ? { uid: nobody, gid: nobody, cwd: '/' } : {};
  if (isRoot) {
    chmodSync(folder, 0o755);
    mkdirSync(data, { mode: 0o700 });
    chownSync(data, nobody, nobody);
  }
  const words = ['-D', data, '-U', 'salvor', '--auth=trust', '--no-sync', '--encoding=UTF8', '--locale=C'];
  const made = spawnSync(join(programs, 'initdb'), words, { env: cleanEnvironment(), ...options });
  if (made.status !== 0) throw new Error(`initdb: ${String(made.stderr)}`);
  return {
    words: ['-D', data, '-p', String(port), '-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories='],
    url: `postgres://salvor@127.0.0.1:${port}/postgres`,
    options,
  };
}

/** Until it answers, and not only its port is open. */
async function untilReady(name: ServerName, programs: string, port: number, child: ChildProcess): Promise<void> {
  const question: [string, string[]] =
    name === 'redis'
      ? [
          process.execPath,
          [
            '-e',
            `require('net').connect(${port},'127.0.0.1',function(){process.exit(0)}).on('error',()=>process.exit(1))`,
          ],
        ]
      : [join(programs, 'pg_isready'), ['-q', '-h', '127.0.0.1', '-p', String(port)]];
  for (let tries = 0; tries < 200; tries++) {
    if (child.exitCode !== null) throw new Error(`${programOf[name]} ended with ${child.exitCode}`);
    const { status } = spawnSync(...question, { env: cleanEnvironment() });
    if (status === 0) return;
    await sleep(100);
  }
  throw new Error(`${programOf[name]} does not answer`);
}
