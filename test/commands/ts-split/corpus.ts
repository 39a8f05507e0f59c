/**
 * Streams of every kind, made by ffmpeg when the tests run, and variants of them that ffmpeg does not make: other packet
 * sizes, interleaved PES packets, packets lost and junk put in.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runJudge } from '../../support/judges.ts';
import { packetsOf } from '../../support/transport-packets.ts';

/** ffmpeg's arguments between the input and the output; twelve seconds at 25 pictures a second, a key frame a second. */
const encodings = {
  'h264-bframes': ['-c:v', 'libx264', '-g', '25', '-bf', '2', '-c:a', 'aac'],
  'h264-plain': ['-an', '-c:v', 'libx264', '-g', '25', '-bf', '0', '-x264-params', 'slices=3'],
  'h264-no-aud': ['-an', '-c:v', 'libx264', '-g', '25', '-bsf:v', 'filter_units=remove_types=9'],
  'h264-open': ['-an', '-c:v', 'libx264', '-x264-params', 'open-gop=1:keyint=25:bframes=3:scenecut=0'],
  'h264-intra-refresh': ['-an', '-c:v', 'libx264', '-x264-params', 'intra-refresh=1:keyint=25'],
  'h265-closed': ['-an', '-c:v', 'libx265', '-x265-params', 'log-level=error:keyint=25:open-gop=0:scenecut=0'],
  'h265-open': ['-an', '-c:v', 'libx265', '-x265-params', 'log-level=error:keyint=25:open-gop=1:scenecut=0'],
  'mpeg2-plain': ['-an', '-c:v', 'mpeg2video', '-g', '25', '-bf', '0'],
  'mpeg2-open': ['-an', '-c:v', 'mpeg2video', '-g', '25', '-bf', '2', '-sc_threshold', '1000000000'],
  'mpeg2-closed': [
    '-an',
    '-c:v',
    'mpeg2video',
    '-g',
    '25',
    '-bf',
    '2',
    '-flags',
    '+cgop',
    '-sc_threshold',
    '1000000000',
  ],
  'three-sounds': ['-map', '0', '-map', '1', '-map', '1', '-map', '1', '-c:v', 'libx264', '-g', '25', '-c:a', 'aac'],
  'across-the-wrap': ['-c:v', 'libx264', '-g', '25', '-bf', '2', '-c:a', 'aac', '-output_ts_offset', '95437.7'],
  'blu-ray': ['-an', '-c:v', 'libx264', '-g', '25', '-mpegts_m2ts_mode', '1'],
  'sound-only': ['-vn', '-c:a', 'aac'],
} as const;

export type EncodingName = keyof typeof encodings;

/** Makes one of the streams in a directory; gives its path. */
export async function encode(name: EncodingName, directory: string, seconds = 12): Promise<string> {
  const path = join(directory, `${name}.ts`);
  const inputs = ['-f', 'lavfi', '-i', 'testsrc2=s=160x96:r=25', '-f', 'lavfi', '-i', 'sine=440'];
  const args = ['-nostdin', '-v', 'error', ...inputs, '-t', String(seconds), ...encodings[name], '-f', 'mpegts', path];
  const { status, stderr } = await runJudge('ffmpeg', args);
  if (status !== 0) throw new Error(`ffmpeg could not make ${name}: ${stderr}`);
  return path;
}

/** The same stream in packets of 204 bytes. */
export function withParity(path: string): string {
  const other = path.replace('.ts', '-204.ts');
  writeFileSync(other, Buffer.concat(packetsOf(readFileSync(path)).flatMap(({ cell }) => [cell, Buffer.alloc(16)])));
  return other;
}

/**
 * The same stream with its sound spread among the video, as broadcasters multiplex: every PES packet of sound takes as long
 * as it lasts. Packets of one PID keep their order.
 */
export function interleaved(path: string): string {
  const other = path.replace('.ts', '-interleaved.ts');
  const waiting: Buffer[] = [];
  const cells: Buffer[] = [];
  for (const { pid, cell } of packetsOf(readFileSync(path))) {
    if (pid === 0x101) waiting.push(cell);
    else cells.push(cell);
    if (cells.length % 5 === 0 && waiting.length > 0) cells.push(waiting.shift()!);
  }
  writeFileSync(other, Buffer.concat([...cells, ...waiting]));
  return other;
}
