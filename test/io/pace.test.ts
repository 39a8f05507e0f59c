import assert from 'node:assert/strict';
import { readFile } from 'node:fs';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Pace } from '../../src/io/pace.ts';
import { SalvorError } from '../../src/media/errors.ts';

/** Keeps the thread busy until the pace asks for a turn. */
async function workUntilTurn(pace: Pace): Promise<void> {
  while (!pace.isDue);
  await pace.turn();
}

void test('A turn is not due again just after one', async () => {
  const pace = new Pace();
  // On a busy machine another process may have been at work in between: not every time.
  for (;;) {
    await workUntilTurn(pace);
    if (!pace.isDue) return;
  }
});

void test('Timers and signals that came while the thread was busy are served at a turn', async () => {
  const pace = new Pace();
  const served: string[] = [];
  const heard = (): void => void served.push('signal');
  process.once('SIGUSR2', heard);
  setTimeout(() => served.push('timer'), 1);
  process.kill(process.pid, 'SIGUSR2');
  await workUntilTurn(pace);
  await workUntilTurn(pace);
  process.off('SIGUSR2', heard);
  assert.deepEqual(served.sort(), ['signal', 'timer']);
});

void test('A whole turn hears what came while a read was being answered', async () => {
  const controller = new AbortController();
  const pace = new Pace(controller.signal);
  const stop = (): void => controller.abort();
  process.once('SIGUSR2', stop);
  // Within the callback the loop has looked for events already; the signal lies behind it.
  await promisify(readFile)(fileURLToPath(import.meta.url));
  process.kill(process.pid, 'SIGUSR2');
  await assert.rejects(
    async () => pace.wholeTurn(),
    (error) => error instanceof SalvorError && error.kind === 'interrupted',
  );
  process.off('SIGUSR2', stop);
});

void test('Work that was asked to stop ends at its next turn, as interrupted', async () => {
  const controller = new AbortController();
  const pace = new Pace(controller.signal);
  await workUntilTurn(pace);
  pace.check();
  setTimeout(() => controller.abort(), 1);
  const isInterrupted = (error: unknown): boolean => error instanceof SalvorError && error.kind === 'interrupted';
  await assert.rejects(async () => {
    for (;;) await workUntilTurn(pace);
  }, isInterrupted);
  assert.throws(() => pace.check(), isInterrupted);
});

void test('What fails in the background after the work was stopped ends nothing', async () => {
  const unhandled: unknown[] = [];
  const note = (reason: unknown): void => void unhandled.push(reason);
  process.on('unhandledRejection', note);
  const stopped = new AbortController();
  const pace = new Pace(stopped.signal);
  const failing = async (): Promise<void> => {
    await sleep(5);
    throw new Error('closed meanwhile');
  };
  const isInterrupted = (error: unknown): boolean => error instanceof SalvorError && error.kind === 'interrupted';
  const running = assert.rejects(pace.during(failing()), isInterrupted);
  stopped.abort();
  await running;
  await assert.rejects(pace.during(failing()), isInterrupted, 'stopped before it began');
  await sleep(30);
  process.off('unhandledRejection', note);
  assert.deepEqual(unhandled, []);
});
