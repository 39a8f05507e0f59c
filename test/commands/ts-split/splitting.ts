/** Runs `salvor ts-split` and holds what comes out against what went in. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { OperationReport, PartReport, RecordingReport } from '../../../src/media/report.ts';
import { runJudge } from '../../support/judges.ts';
import { runInProcess, runProgram } from '../../support/programs.ts';
import {
  byPid,
  counterFaults,
  mapPids,
  packetsOf,
  pesPids,
  plainPackets,
  tablesOf,
  tornPesPackets,
  type SeenPacket,
  type StreamFormat,
} from '../../support/transport-packets.ts';

export interface Split extends RecordingReport {
  readonly parts: readonly PartReport[];
}

/** Splits files (or standard input, given as bytes) into a directory; gives the report. */
export async function splitInto(
  directory: string,
  input: readonly string[] | Buffer,
  ...args: string[]
): Promise<Split> {
  const files = Buffer.isBuffer(input) ? ['-'] : input;
  const words = ['ts-split', '--json', '-o', `${join(directory, 'parts')}/`, ...args, ...files];
  const result = Buffer.isBuffer(input)
    ? await runProgram('salvor', words, { stdin: input })
    : await runInProcess('salvor', words);
  assert.equal(result.status, 0, result.stderr);
  const [report] = (JSON.parse(result.stdout) as OperationReport).recordings;
  assert.ok(report?.parts !== undefined, result.stdout);
  return { ...report, parts: report.parts };
}

/** The paths of the parts, in order. */
export function pathsOf({ parts }: Split): string[] {
  return parts.map(({ path }) => path);
}

/** The bytes of each part, those put in at its beginning apart. */
export function contentsOf({ parts }: Split): { inserted: Buffer; media: Buffer }[] {
  return parts.map(({ path, bytes, insertedBytes }) => {
    const content = readFileSync(path);
    assert.equal(content.length, bytes);
    return { inserted: content.subarray(0, insertedBytes), media: content.subarray(insertedBytes) };
  });
}

/**
 * What must be so of every split of a stream without damage: nothing lost or changed, tables and a random access point at
 * the beginning of each part, whole PES packets, counters without a fault.
 */
export function assertIntact(split: Split, input: Buffer, format: StreamFormat = plainPackets): void {
  const contents = contentsOf(split);
  const media = contents.map((content) => content.media);
  if (split.parts.every(({ movedPackets }) => movedPackets === 0)) {
    assert.ok(Buffer.concat(media).equals(input), 'the parts without what was put in are not the input');
  }
  const whole = packetsOf(input, format);
  assert.deepEqual(byPid(media.flatMap((each) => packetsOf(each, format))), byPid(whole));
  const parts = contents.map((content) => packetsOf(Buffer.concat([content.inserted, content.media]), format));
  const inputFaults = counterFaults(whole, 'allowed');
  const duplicates = counterFaults(whole, 'forbidden').length === 0 ? 'forbidden' : 'allowed';
  const pids = pesPids(whole);
  const torn = new Map<number, number>();
  for (const [index, packets] of parts.entries()) {
    if (inputFaults.length === 0) assert.deepEqual(counterFaults(packets, duplicates), [], `part ${index}`);
    if (index > 0) assertBegins(packets, contents[index]!.inserted.length / format.stride);
    tablesOf(packets);
    // What is torn in the input is torn in one part.
    for (const pid of pids) torn.set(pid, (torn.get(pid) ?? 0) + tornPesPackets(packets, pid));
  }
  for (const [pid, count] of torn) assert.equal(count, tornPesPackets(whole, pid), `PES packets of PID ${pid}`);
  if (inputFaults.length === 0) assert.deepEqual(counterFaults(parts.flat(), 'allowed'), []);
}

/** PAT, PMT, and then a PES packet, where the tables of the stream do not come first: they may change there. */
function assertBegins(packets: readonly SeenPacket[], inserted: number): void {
  assert.equal(packets[0]!.pid, 0);
  assert.ok(mapPids(packets[0]!).includes(packets[1]!.pid), `PID ${packets[1]!.pid} follows the PAT`);
  const tables = new Set([0, ...mapPids(packets[0]!)]);
  const first = packets.slice(inserted).find(({ pid }) => !tables.has(pid))!;
  assert.ok(first.startsUnit);
  const from = (first.bytes[3]! & 0x20) === 0 ? 4 : 5 + first.bytes[4]!;
  assert.equal(first.bytes.readUIntBE(from, 3), 1, 'the first packet of the input in the part begins no PES packet');
}

/** The pictures that ffmpeg decodes of each file by itself, in one run: to start it takes longer than to decode one. */
export async function picturesOfEach(
  files: readonly string[],
): Promise<{ readonly pictures: readonly string[][]; readonly complaints: readonly string[] }> {
  const maps = files.flatMap((_, index) => ['-map', `${index}:v:0`]);
  const { hashes, complaints } = await hashesOf(files, [...maps, '-fps_mode', 'passthrough']);
  return { pictures: files.map((_, index) => hashes.get(index) ?? []), complaints };
}

/** MD5 of the packets of a stream (`a`, `a:1`) of files, one file after the other, as ffmpeg's demuxer hands them out. */
export async function framesOf(files: readonly string[], stream: string): Promise<string[]> {
  const maps = files.flatMap((_, index) => ['-map', `${index}:${stream}`]);
  const { hashes } = await hashesOf(files, [...maps, '-c', 'copy']);
  return files.flatMap((_, index) => hashes.get(index) ?? []);
}

/** What ffmpeg's framemd5 says of streams of files: the MD5s of each stream of its output, by number. */
async function hashesOf(
  files: readonly string[],
  mapping: readonly string[],
): Promise<{ readonly hashes: ReadonlyMap<number, string[]>; readonly complaints: readonly string[] }> {
  const inputs = files.flatMap((file) => ['-i', file]);
  const args = ['-nostdin', '-v', 'error', ...inputs, ...mapping, '-f', 'framemd5', '-'];
  const { stdout, stderr } = await runJudge('ffmpeg', args);
  const hashes = new Map<number, string[]>();
  for (const line of stdout.split('\n')) {
    if (line === '' || line.startsWith('#')) continue;
    const words = line.split(',');
    const stream = Number(words[0]);
    const own = hashes.get(stream);
    const hash = words.at(-1)!.trim();
    if (own === undefined) hashes.set(stream, [hash]);
    else own.push(hash);
  }
  return { hashes, complaints: stderr.split('\n').filter((line) => line !== '') };
}
