/**
 * Streams that ffmpeg's encoders make for a test, and what ffmpeg's trace_headers filter reads in them: every syntax element
 * of every header under its name in the standard. None of it comes from our own parsers.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runJudge } from '../support/judges.ts';
import { scratchDirectory, type Lifetime } from '../support/scratch.ts';

/** Pictures that move, at a size that fills no whole block. */
export const PICTURES = ['-f', 'lavfi', '-i', 'testsrc=size=322x182:rate=25:duration=1'] as const;
/** A second of two tones. */
export const TONES = ['-f', 'lavfi', '-i', 'aevalsrc=sin(440*2*PI*t)|sin(880*2*PI*t):s=48000:d=1'] as const;

/** Encodes a second with ffmpeg; gives the file. `name` decides the container. */
export async function encode(test: Lifetime, name: string, args: readonly string[]): Promise<string> {
  const file = join(scratchDirectory(test), name);
  const { status, stderr } = await runJudge('ffmpeg', ['-nostdin', '-v', 'error', ...args, '-y', file]);
  if (status !== 0) throw new Error(`ffmpeg cannot make ${name}: ${stderr}`);
  return file;
}

export function bytesOf(file: string): Uint8Array {
  return new Uint8Array(readFileSync(file));
}

/** The syntax elements of one header, by name; of those that occur more than once the last. */
export interface TracedHeader {
  /** As ffmpeg names it: `Sequence Parameter Set`, `Slice Segment Header`, … */
  readonly name: string;
  readonly elements: ReadonlyMap<string, number>;
}

const traced = /^\[trace_headers @ 0x[0-9a-f]+\] (.*)$/;
const element = /^\d+ +(\S+) +\S* ?= (-?\d+)$/;

/** The headers of every packet of the first stream of this kind, in the order of the stream. */
export async function traceHeaders(file: string, kind: 'v' | 'a' = 'v'): Promise<TracedHeader[][]> {
  const args = ['-nostdin', '-v', 'trace', '-i', file, '-map', `0:${kind}:0`, '-c', 'copy'];
  const { status, stderr } = await runJudge('ffmpeg', [...args, '-bsf', 'trace_headers', '-f', 'null', '-']);
  if (status !== 0) throw new Error(`ffmpeg cannot trace ${file}`);
  const packets: TracedHeader[][] = [];
  for (const line of stderr.split('\n')) {
    const text = traced.exec(line)?.[1];
    if (text === undefined) continue;
    if (text.startsWith('Packet: ')) {
      packets.push([]);
      continue;
    }
    const [, name, value] = element.exec(text) ?? [];
    const packet = packets.at(-1);
    if (name !== undefined) (packet?.at(-1)?.elements as Map<string, number> | undefined)?.set(name, Number(value));
    else if (!/^[a-z_]+: /.test(text) && text !== 'Extradata') packet?.push({ name: text, elements: new Map() });
  }
  return packets;
}

/** NAL units of a stream with start codes, header first, without the zero bytes behind them. */
export function nalUnitsOf(stream: Uint8Array): Uint8Array[] {
  const starts: number[] = [];
  for (let at = 0; at + 3 <= stream.length; at++) {
    if (stream[at] === 0 && stream[at + 1] === 0 && stream[at + 2] === 1) starts.push(at + 3);
  }
  return starts.map((start, index) => {
    let end = index + 1 < starts.length ? starts[index + 1]! - 3 : stream.length;
    while (end > start && stream[end - 1] === 0) end--;
    return stream.subarray(start, end);
  });
}
