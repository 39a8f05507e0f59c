/** The recipes of the README do what it says, with a file in place of a camera and of a server. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { findJudge, needs, probePackets, runJudge } from '../../support/judges.ts';
import { programPath } from '../../support/programs.ts';
import { commandsBelow } from '../../support/readme.ts';
import { cleanEnvironment } from '../../support/run-process.ts';
import { scratchDirectory } from '../../support/scratch.ts';

describe('the recipes of salvor record', needs('ffmpeg', 'ffprobe'), () => {
  const directory = scratchDirectory({ after });
  const source = join(directory, 'live.flv');
  const recipes = commandsBelow('salvor record');

  before(async () => {
    const inputs = ['-f', 'lavfi', '-i', 'testsrc2=s=160x96:r=25:d=2', '-f', 'lavfi', '-i', 'sine=440:r=48000:d=2'];
    const coders = ['-c:v', 'libx264', '-g', '25', '-preset', 'ultrafast', '-c:a', 'aac'];
    const { status, stderr } = await runJudge('ffmpeg', ['-nostdin', '-v', 'error', ...inputs, ...coders, source]);
    assert.equal(status, 0, stderr);
  });

  /** A recipe as it is run here. */
  const here = (line: string, folder: string): string =>
    line
      .replaceAll('/rec', folder)
      .replace('/run/cam.fifo', join(folder, 'cam.fifo'))
      .replace('ffmpeg -i rtsp://cam/1', `ffmpeg -v error -i ${source}`)
      .replace('curl -s http://server/live.flv', `cat ${source}`)
      .replace('salvor record', `exec ${process.execPath} ${programPath('salvor')} record`);
  const ffmpeg = dirname(findJudge('ffmpeg') ?? '/');
  const env = cleanEnvironment({ PATH: [ffmpeg, '/usr/bin', '/bin'].join(delimiter) });

  const names = [/^cam1_part0000\.mp4$/, /^live_\d{8}_\d{6}\.flv$/, /^cam1\.ts$/];

  test('there are three', () => {
    assert.equal(recipes.length, 3);
  });

  for (const [index, name] of names.entries()) {
    test(recipes[index] ?? `recipe ${index}`, async () => {
      const folder = join(directory, `rec${index}`);
      mkdirSync(folder);
      const line = here(recipes[index]!, folder);
      const isKeptAlive = line.includes('keepAlive=1');
      if (isKeptAlive) spawnSync('mkfifo', [join(folder, 'cam.fifo')]);
      const child = spawn('/bin/sh', ['-c', line], { env, stdio: ['ignore', 'ignore', 'inherit'] });
      const closed = once(child, 'close');
      if (isKeptAlive) {
        // Two writers, one after the other; then the recorder is asked to end.
        const size = (): number => {
          const file = readdirSync(folder).find((each) => name.test(each));
          return file === undefined ? 0 : readFileSync(join(folder, file)).length;
        };
        for (let written = 0, writer = 0; writer < 2; writer++) {
          spawnSync('/bin/sh', ['-c', `cat ${source} > ${join(folder, 'cam.fifo')}`]);
          for (let left = 300, still = 0; left > 0 && still < 15; left--) {
            await wait(100);
            const now = size();
            still = now > 0 && now === written ? still + 1 : 0;
            written = now;
          }
        }
        child.kill('SIGTERM');
      }
      const [status] = (await closed) as [number | null];
      assert.equal(status, isKeptAlive ? 143 : 0);
      const file = readdirSync(folder).find((each) => name.test(each));
      assert.ok(file !== undefined, readdirSync(folder).join(' '));
      const packets = await probePackets(join(folder, file), { asStored: false });
      const pictures = packets.filter(({ kind }) => kind === 'video').length;
      assert.equal(pictures, isKeptAlive ? 100 : 50);
    });
  }
});
