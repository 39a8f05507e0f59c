/**
 * References by pairs: recordings of encodes that differ in one setting each, every one repaired with every other as the
 * reference. The right one is taken; one with which a decoder would show other pictures is refused.
 */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { repair } from '../../../src/commands/repair/repair.ts';
import { SalvorError } from '../../../src/media/errors.ts';
import type { RecordingReport } from '../../../src/media/report.ts';
import { needs, runJudge } from '../../support/judges.ts';
import { scratchDirectory } from '../../support/scratch.ts';

interface Encodes {
  readonly codec: readonly string[];
  readonly settings: Readonly<Record<string, readonly string[]>>;
  /** What shows in no parameter set: such a recording is as good a reference as any. */
  readonly alike: readonly string[];
}

const x264 = (settings: string): readonly string[] => ['-x264-params', settings];
const x265 = (settings: string): readonly string[] => ['-x265-params', `log-level=none:${settings}`];

const codecs: Readonly<Record<string, Encodes>> = {
  'H.264': {
    codec: ['-c:v', 'libx264'],
    settings: {
      usual: [],
      size: ['-s', '112x64'],
      '4:2:2': ['-pix_fmt', 'yuv422p'],
      '10 bits': ['-pix_fmt', 'yuv420p10le'],
      CAVLC: ['-coder', '0'],
      references: x264('ref=5'),
      'no 8x8 transforms': x264('8x8dct=0'),
      'no weights': x264('weightp=0'),
      baseline: ['-profile:v', 'baseline'],
      quality: ['-crf', '31'],
      matrices: x264('cqm=jvt'),
      'chroma quantisers': x264('chroma-qp-offset=4'),
    },
    alike: x264('me=dia:rc-lookahead=3:threads=1'),
  },
  'H.265': {
    codec: ['-c:v', 'libx265', '-tag:v', 'hvc1', '-preset', 'fast'],
    settings: {
      usual: x265(''),
      size: [...x265(''), '-s', '112x64'],
      '4:2:2': [...x265(''), '-pix_fmt', 'yuv422p'],
      '4:4:4': [...x265(''), '-pix_fmt', 'yuv444p'],
      'coding tree blocks': x265('ctu=16'),
      'coding blocks': x265('min-cu-size=16'),
      'transform blocks': x265('max-tu-size=16'),
      'no offsets': x265('sao=0'),
      'no hidden signs': x265('signhide=0'),
      'no transforms': x265('tskip=1'),
      'no temporal vectors': x265('temporal-mvp=0'),
      'weights of both': x265('weightb=1'),
    },
    alike: x265('crf=31:rd=2:me=dia'),
  },
};

/** A hash of the pictures of each recording, decoded, in their order. */
async function decoded(paths: readonly string[]): Promise<readonly string[]> {
  const inputs = paths.flatMap((path) => ['-i', path]);
  const maps = paths.flatMap((_, n) => ['-map', `${n}:v`]);
  const { stdout } = await runJudge('ffmpeg', ['-v', 'error', ...inputs, ...maps, '-f', 'streamhash', '-']);
  const hashes = stdout.toString().trim().split('\n');
  assert.equal(hashes.length, paths.length);
  return hashes.map((line) => line.replace(/^\d+/u, ''));
}

async function repairWith(damaged: string, reference: string, output: string): Promise<RecordingReport | undefined> {
  try {
    const plain = { replace: true, dryRun: false, inPlace: false, framesPerSecond: undefined };
    return await repair(damaged, { ...plain, output, reference });
  } catch (error) {
    assert.ok(error instanceof SalvorError && error.kind === 'unrecoverable', String(error));
    return undefined;
  }
}

describe('of recordings that differ in one setting, only the right one is a reference', needs('ffmpeg'), () => {
  for (const [name, { codec, settings, alike }] of Object.entries(codecs)) {
    test(name, async (t) => {
      const directory = scratchDirectory(t);
      const all = { ...settings, alike };
      const names = Object.keys(all);
      const pathOf = (kind: string, of: string): string => join(directory, `${kind} ${names.indexOf(of)}.mp4`);
      const outputs = Object.entries(all).flatMap(([of, options]) => [
        ...['-map', '0:v', '-frames:v', '16', ...codec, ...options, pathOf('whole', of)],
      ]);
      const input = 'testsrc2=s=96x64:r=25,noise=alls=12:allf=t';
      await runJudge('ffmpeg', ['-v', 'error', '-f', 'lavfi', '-i', input, ...outputs]);
      const originals = await decoded(names.map((of) => pathOf('whole', of)));
      const taken: (readonly [string, string, string])[] = [];
      for (const media of names) {
        const bytes = readFileSync(pathOf('whole', media));
        const damaged = pathOf('damaged', media);
        writeFileSync(damaged, bytes.subarray(0, bytes.lastIndexOf('moov') - 4));
        for (const reference of names) {
          const output = join(directory, `${names.indexOf(media)} with ${names.indexOf(reference)}.mp4`);
          const report = await repairWith(damaged, pathOf('whole', reference), output);
          if (report !== undefined) taken.push([media, reference, output]);
          const isRight = media === reference || [media, reference].toSorted().join() === 'alike,usual';
          assert.equal(report !== undefined || !isRight, true, `"${media}" is refused with "${reference}"`);
          const finding = report?.findings.find(
            ({ code, track }) => code === 'codec-configuration-taken' && track === 'video',
          );
          if (report !== undefined) assert.equal(finding?.reference, pathOf('whole', reference));
        }
      }
      const results = await decoded(taken.map(([, , output]) => output));
      for (const [n, [media, reference]] of taken.entries()) {
        assert.equal(results[n], originals[names.indexOf(media)], `pictures of "${media}" with "${reference}"`);
      }
    });
  }
});
