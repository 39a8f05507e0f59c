/**
 * FLV files as lists of tags, taken apart and put together for tests: a reader and a writer of their own, that share nothing
 * with salvor's, so that what salvor makes is judged by other eyes.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runJudge } from '../../support/judges.ts';
import { runInProcess } from '../../support/programs.ts';
import type { ProcessResult } from '../../support/run-process.ts';

export interface FlvTag {
  readonly type: number;
  /** 32 bits, unsigned. */
  readonly timestamp: number;
  readonly data: Buffer;
}

export const headerBytes = Buffer.from('464c5601050000000900000000', 'hex');

/** The bytes of a tag with the size behind it. */
export function tagBytes({ type, timestamp, data }: FlvTag): Buffer {
  const bytes = Buffer.alloc(11 + data.length + 4);
  bytes[0] = type;
  bytes.writeUIntBE(data.length, 1, 3);
  bytes.writeUIntBE(timestamp % 2 ** 24, 4, 3);
  bytes[7] = Math.floor(timestamp / 2 ** 24);
  data.copy(bytes, 11);
  bytes.writeUInt32BE(11 + data.length, 11 + data.length);
  return bytes;
}

export function flvBytes(tags: readonly FlvTag[]): Buffer {
  return Buffer.concat([headerBytes, ...tags.map(tagBytes)]);
}

/** The tags of a file that has to be flawless: every byte of it is accounted for. */
export function flvTags(bytes: Buffer): FlvTag[] {
  assert.equal(bytes.toString('latin1', 0, 3), 'FLV');
  assert.deepEqual([bytes.readUInt32BE(5), bytes.readUInt32BE(9)], [9, 0]);
  const tags: FlvTag[] = [];
  let at = 13;
  while (at < bytes.length) {
    const size = bytes.readUIntBE(at + 1, 3);
    assert.equal(bytes.readUInt32BE(at + 11 + size), 11 + size, `the size behind the tag at ${at}`);
    const timestamp = bytes[at + 7]! * 2 ** 24 + bytes.readUIntBE(at + 4, 3);
    tags.push({ type: bytes[at]!, timestamp, data: bytes.subarray(at + 11, at + 11 + size) });
    at += 11 + size + 4;
  }
  assert.equal(at, bytes.length);
  return tags;
}

/** Offsets of the tags of a flawless file. */
export function tagOffsets(bytes: Buffer): number[] {
  let at = 13;
  return flvTags(bytes).map(({ data }) => {
    const offset = at;
    at += 11 + data.length + 4;
    return offset;
  });
}

export const isMedia = ({ type }: FlvTag): boolean => type === 8 || type === 9;
export const isKeyFrame = ({ type, data }: FlvTag): boolean => type === 9 && data[0] === 0x17 && data[1] === 1;
export const isConfiguration = ({ type, data }: FlvTag): boolean =>
  (type === 9 && (data[0]! & 0x0f) === 7 && data[1] === 0) || (type === 8 && data[0]! >> 4 === 10 && data[1] === 0);

export const media = (bytes: Buffer): FlvTag[] => flvTags(bytes).filter(isMedia);

/** A tag in a form that compares well. */
export function named({ type, timestamp, data }: FlvTag): string {
  return `${type} ${timestamp} ${data.toString('base64')}`;
}

/** Makes an FLV with ffmpeg; the same arguments give the same file. */
const made = new Map<string, Buffer>();
export async function encoded(seconds: number, ...codecs: readonly string[]): Promise<Buffer> {
  const key = [seconds, ...codecs].join(' ');
  const known = made.get(key);
  if (known !== undefined) return Buffer.from(known);
  const directory = mkdtempSync(join(tmpdir(), 'salvor-test-'));
  const file = join(directory, 'made.flv');
  const picture = `testsrc=size=160x120:rate=25:duration=${seconds}`;
  const sound = `sine=frequency=440:sample_rate=44100:duration=${seconds}`;
  const inputs = ['-f', 'lavfi', '-i', picture, '-f', 'lavfi', '-i', sound];
  const exact = ['-fflags', '+bitexact', '-flags', '+bitexact'];
  try {
    const args = ['-nostdin', '-v', 'error', ...inputs, ...codecs, ...exact, '-f', 'flv', file];
    const { status, stderr } = await runJudge('ffmpeg', args);
    assert.equal(status, 0, stderr);
    const bytes = readFileSync(file);
    made.set(key, bytes);
    return Buffer.from(bytes);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

export const h264AndAac = ['-c:v', 'libx264', '-preset', 'ultrafast', '-bf', '2', '-g', '25', '-c:a', 'aac'] as const;

/** Writes a file that looks as if nobody had written to it for an hour. */
export function place(directory: string, name: string, bytes: Uint8Array): string {
  const path = join(directory, name);
  writeFileSync(path, bytes);
  age(path);
  return path;
}

export function age(path: string): void {
  const anHourAgo = Date.now() / 1000 - 3600;
  utimesSync(path, anHourAgo, anHourAgo);
}

/** Repairs a file where it lies; it has to succeed. A second run has to find nothing to do. */
export async function fixed(path: string, ...options: readonly string[]): Promise<Buffer> {
  const result = await runInProcess('salvor', ['flv-fix', path, ...options]);
  assert.equal(result.status, 0, result.stderr);
  const bytes = readFileSync(path);
  const again = await runInProcess('salvor', ['flv-fix', path, ...options]);
  assert.equal(again.status, 0, again.stderr);
  assert.match(again.stdout, /^intact /, 'a second run finds nothing to do');
  assert.ok(readFileSync(path).equals(bytes), 'a second run changes nothing');
  return bytes;
}

export async function fix(...args: readonly string[]): Promise<ProcessResult> {
  return runInProcess('salvor', ['flv-fix', ...args]);
}

/** The properties of `onMetaData` as ffprobe's neighbour flvmeta reads them. */
export async function metadataOf(path: string): Promise<Readonly<Record<string, unknown>>> {
  const { stdout, stderr, status } = await runJudge('flvmeta', ['--dump', '--json', path]);
  assert.equal(status, 0, stderr);
  return JSON.parse(stdout) as Record<string, unknown>;
}

/** flvmeta's check finds no error. Warnings are a matter of taste: it takes AAC to be 44100 Hz always. */
export async function checkWithFlvmeta(path: string): Promise<void> {
  const { status, stdout } = await runJudge('flvmeta', ['--check', '--level=error', path]);
  assert.equal(status, 0, stdout);
}

/** A checksum for each decoded picture and sound: its stream, its time and its bytes. */
export async function decodedFrames(path: string): Promise<string[]> {
  const args = ['-nostdin', '-v', 'quiet', '-i', path, '-map', '0', '-fps_mode', 'passthrough', '-f', 'framemd5', '-'];
  const { stdout } = await runJudge('ffmpeg', args);
  return stdout
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.replaceAll(/\s+/g, ' '));
}

/** The checksums of one kind, without times: video is stream 0 or 1 as the file begins. */
export function checksums(frames: readonly string[]): string[] {
  return frames.map((line) => line.split(',').at(-1)!.trim());
}
