/** A short live stream as FLV and as transport stream, and recorders that are killed while it comes in. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { probePackets, runJudge } from '../../support/judges.ts';
import { programPath } from '../../support/programs.ts';

/** Makes `live.flv` and `live.ts` of six seconds in a directory: 150 pictures, an IDR each second, B-frames, AAC. */
export async function makeLive(directory: string): Promise<void> {
  const inputs = ['-f', 'lavfi', '-i', 'testsrc2=s=160x96:r=25:d=6', '-f', 'lavfi', '-i', 'sine=440:r=48000:d=6'];
  const coders = ['-c:v', 'libx264', '-g', '25', '-bf', '2', '-preset', 'ultrafast', '-c:a', 'aac'];
  for (const [name, args] of [
    ['live.flv', [...inputs, ...coders]],
    ['live.ts', ['-i', join(directory, 'live.flv'), '-c', 'copy']],
  ] as const) {
    const { status, stderr } = await runJudge('ffmpeg', ['-nostdin', '-v', 'error', ...args, join(directory, name)]);
    assert.equal(status, 0, stderr);
  }
}

/**
 * Hands over the beginning of a stream, waits until the recorder has taken it in, and kills it: the stream goes on, but nothing
 * comes for a while. `grows`: the file whose size shows that. Gives the path of what was handed over.
 */
export async function killRecorder(
  source: string,
  part: number,
  words: readonly string[],
  grows: string,
): Promise<string> {
  const bytes = readFileSync(source);
  const begin = bytes.subarray(0, Math.floor(bytes.length * part));
  const handed = `${grows}.handed`;
  writeFileSync(handed, begin);
  const args = [programPath('salvor'), 'record', ...words];
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'ignore', 'inherit'] });
  child.stdin.write(begin);
  let [size, still] = [-1, 0];
  for (let left = 300; left > 0 && still < 15; left--) {
    await wait(100);
    const now = statSync(grows, { throwIfNoEntry: false })?.size ?? -1;
    still = now === size && now > 0 ? still + 1 : 0;
    size = now;
  }
  child.kill('SIGKILL');
  await once(child, 'close');
  return handed;
}

/** How many pictures there are in a file, as ffprobe reads it. */
export async function picturesOf(path: string): Promise<number> {
  return (await probePackets(path, { asStored: false })).filter(({ kind }) => kind === 'video').length;
}
