/** The genuine FLV recordings under test/fixtures, and what the stream announced. test/fixtures/README.md describes them. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fixturesDirectory } from '../support/project.ts';

/** A line of a Go server's truth file. */
export interface TruthTag {
  readonly track: 'video' | 'audio';
  /** There for tags that are no media. */
  readonly kind?: 'config' | 'other';
  readonly tag_offset: number;
  /** With the PreviousTagSize behind it. */
  readonly tag_size: number;
  /** Bytes of media. */
  readonly size?: number;
  readonly ts: number;
  readonly cts?: number;
  readonly key?: boolean;
}

export interface Announced {
  readonly video: string | undefined;
  readonly audio: string | undefined;
}

export function goRecording(name: string, file: string): Uint8Array {
  return readFileSync(join(fixturesDirectory, 'go-rtmp', name, file));
}

/** The configurations a stream announced, in hexadecimal. */
export function announced(name: string): Announced {
  const text = readFileSync(join(fixturesDirectory, 'go-rtmp', name, 'config.json'), 'utf8');
  const config = JSON.parse(text) as Partial<Record<'video' | 'audio', readonly { readonly hex: string }[]>>;
  return { video: config.video?.[0]?.hex, audio: config.audio?.[0]?.hex };
}

export function truthTags(name: string): readonly TruthTag[] {
  return readFileSync(join(fixturesDirectory, 'go-rtmp', name, 'truth.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as TruthTag);
}

/** The Go server's FLV recordings. */
export const goFlvNames = ['aac_only_flv', 'h264_aac', 'realserver_ffrtmp_silence'] as const;

export function emsFlv(name: string): Uint8Array {
  return readFileSync(join(fixturesDirectory, 'flv', `${name}.flv`));
}

/** Every genuine FLV, by a name for messages. */
export function allFlv(): readonly (readonly [name: string, bytes: Uint8Array])[] {
  const ems = readdirSync(join(fixturesDirectory, 'flv')).map((file) => file.replace(/\.flv$/, ''));
  return [
    ...ems.map((name) => [name, emsFlv(name)] as const),
    ...goFlvNames.map((name) => [name, goRecording(name, 'recording.flv')] as const),
  ];
}
