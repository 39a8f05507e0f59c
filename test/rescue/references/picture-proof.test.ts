import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { atOnce } from '../../../src/io/pace.ts';
import { readPictures } from '../../../src/rescue/references/picture-proof.ts';
import { memorySource } from '../../mp4/memory-source.ts';
import { needs, runJudge } from '../../support/judges.ts';
import { scratchDirectory } from '../../support/scratch.ts';

/** Encodes that differ in one setting each. */
const settings: Readonly<Record<string, readonly string[]>> = {
  usual: [],
  size: ['-s', '112x64'],
  cavlc: ['-coder', '0'],
  'no 8x8 transforms': ['-x264-params', '8x8dct=0'],
  'no weights': ['-x264-params', 'weightp=0'],
  baseline: ['-profile:v', 'baseline'],
  '4:2:2': ['-pix_fmt', 'yuv422p'],
  '4:4:4': ['-pix_fmt', 'yuv444p'],
  slices: ['-x264-params', 'slices=3:8x8dct=0'],
};

interface Encoded {
  readonly sets: readonly Uint8Array[];
  readonly source: ReturnType<typeof memorySource>;
  readonly offsets: readonly number[];
}

/** The parameter sets, and the pictures without them, lengths of four bytes before their NAL units. */
function withoutSets(stream: Buffer): Encoded {
  const sets: Uint8Array[] = [];
  const parts: Buffer[] = [];
  const offsets: number[] = [];
  let size = 0;
  for (let at = stream.indexOf('000001', 0, 'hex'); at >= 0;) {
    const next = stream.indexOf('000001', at + 3, 'hex');
    let end = next < 0 ? stream.length : next;
    while (stream[end - 1] === 0) end--;
    const nalUnit = stream.subarray(at + 3, end);
    const type = nalUnit[0]! & 0x1f;
    if (type === 7 || type === 8) sets.push(nalUnit);
    if (type === 1 || type === 5) {
      if (nalUnit[1]! >= 0x80) offsets.push(size);
      const length = Buffer.alloc(4);
      length.writeUInt32BE(nalUnit.length);
      parts.push(length, nalUnit);
      size += 4 + nalUnit.length;
    }
    at = next;
  }
  return { sets, source: memorySource(Buffer.concat(parts)), offsets };
}

describe('pictures of H.264', needs('ffmpeg'), () => {
  it('fill their own parameter sets exactly, and contradict those of other settings', async (t) => {
    const directory = scratchDirectory(t);
    const encodes: Encoded[] = [];
    for (const [n, options] of Object.values(settings).entries()) {
      const file = join(directory, `${n}.264`);
      const input = ['-f', 'lavfi', '-i', 'testsrc2=s=96x64:r=25,noise=alls=12:allf=t', '-frames:v', '8'];
      await runJudge('ffmpeg', ['-v', 'error', ...input, '-c:v', 'libx264', ...options, '-f', 'h264', file]);
      encodes.push(withoutSets(readFileSync(file)));
    }
    const names = Object.keys(settings);
    for (const [m, { source, offsets }] of encodes.entries()) {
      assert.equal(offsets.length, 8);
      for (const [n, { sets }] of encodes.entries()) {
        const coded = { codec: 'h264', lengthSize: 4, parameterSets: sets } as const;
        const { contradiction } = atOnce(readPictures(source, offsets, coded));
        // With 8x8 transforms or without: "slices" has none, and is otherwise like the usual ones.
        const isAlike = m === n || [names[m], names[n]].sort().join() === 'no 8x8 transforms,slices';
        const pair = `pictures of "${names[m]}", parameter sets of "${names[n]}"`;
        if (isAlike) assert.equal(contradiction, undefined, pair);
        else assert.match(String(contradiction), /^in the picture at byte \d+ |expected/u, pair);
      }
    }
  });
});
