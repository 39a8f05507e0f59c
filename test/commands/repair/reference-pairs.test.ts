/**
 * References by pairs: recordings of encodes that differ in one setting each, every one repaired with every other as the
 * reference. The right one is taken; one with which a decoder would show other pictures is refused. `mp4writer --recovery`
 * and `flv-fix` decide as `repair` does, whose results are decoded.
 */
import assert from 'node:assert/strict';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, test } from 'node:test';
import { ByteWriter } from '../../../src/bytes/byte-sink.ts';
import { fixFlv } from '../../../src/commands/flv-fix/fix.ts';
import { combine } from '../../../src/commands/mp4writer/combine.ts';
import { repair } from '../../../src/commands/repair/repair.ts';
import { referencesFor } from '../../../src/rescue/references/references.ts';
import { SalvorError } from '../../../src/media/errors.ts';
import type { RecordingReport } from '../../../src/media/report.ts';
import { writeMediaFileHeader } from '../../../src/staging/media-file.ts';
import { flvBytes, flvTags, isConfiguration } from '../flv-fix/flv-tags.ts';
import { needs, runJudge } from '../../support/judges.ts';
import { scratchDirectory } from '../../support/scratch.ts';
import { countNoLines } from '../../support/uncounted.ts';

countNoLines();

interface Encodes {
  readonly codec: readonly string[];
  readonly settings: Readonly<Record<string, readonly string[]>>;
  /** Of these the parameter sets are made anew where there is no reference. */
  readonly rebuilt: readonly string[];
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
    rebuilt: ['usual', '10 bits', 'CAVLC', 'references', 'baseline'],
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
    rebuilt: [],
    alike: x265('crf=31:rd=2:me=dia'),
  },
};

/** First byte of a sequence header with a codec of four characters. */
const enhancedSequenceStart = 0x90;

/** A hash of the pictures of each recording, decoded, in their order. */
async function decoded(paths: readonly string[]): Promise<readonly string[]> {
  const inputs = paths.flatMap((path) => ['-i', path]);
  const maps = paths.flatMap((_, n) => ['-map', `${n}:v`]);
  const { stdout } = await runJudge('ffmpeg', ['-v', 'error', ...inputs, ...maps, '-f', 'streamhash', '-']);
  const hashes = stdout.toString().trim().split('\n');
  assert.equal(hashes.length, paths.length);
  return hashes.map((line) => line.replace(/^\d+/u, ''));
}

/** Whether a verb takes the reference: it is named by what was done. */
async function takes(reference: string, work: Promise<RecordingReport>): Promise<boolean> {
  try {
    const { findings } = await work;
    const lenders = findings.map((finding) => finding.reference).filter((path) => path !== undefined);
    for (const lender of lenders) assert.equal(lender, reference);
    return lenders.length > 0;
  } catch (error) {
    assert.ok(error instanceof SalvorError && error.kind === 'unrecoverable', String(error));
    return false;
  }
}

async function repairWith(damaged: string, reference: string | undefined, output: string): Promise<RecordingReport> {
  const plain = { replace: true, dryRun: false, inPlace: false, framesPerSecond: undefined };
  return await repair(damaged, { ...plain, output, reference });
}

async function combineWith(recording: string, reference: string): Promise<RecordingReport> {
  const { named } = referencesFor(reference)(recording);
  const recovery = { references: () => [named!] };
  const plain = { output: `${recording}.mp4`, replace: true, again: true, removeStaging: false, dryRun: true };
  return await combine(recording, { ...plain, recovery });
}

async function fixWith(path: string, reference: string): Promise<RecordingReport> {
  const { named } = referencesFor(reference)(path);
  return await fixFlv(path, {
    ...{ output: undefined, force: true, dryRun: true, backup: false, index: false, retime: undefined },
    ...{ maxGapSeconds: 10, dedupeHeaders: false, dropRepeats: false, progress: () => undefined },
    references: () => [named!],
  });
}

/** Writes the pictures of an MP4 as a media server leaves them that was killed and has lost its other files. */
function writeStagingSet(recording: string, movie: Buffer): void {
  const from = movie.indexOf('mdat') + 4;
  const pictures = movie.subarray(from, movie.lastIndexOf('moov') - 4);
  const header = new ByteWriter();
  writeMediaFileHeader(16 + pictures.length, header);
  writeFileSync(`${recording}.mdat`, Buffer.concat([header.toBytes(), pictures]));
}

describe('of recordings that differ in one setting, only the right one is a reference', needs('ffmpeg'), () => {
  for (const [name, { codec, settings, rebuilt, alike }] of Object.entries(codecs)) {
    test(name, async (t) => {
      const directory = scratchDirectory(t);
      const all = { ...settings, alike };
      const names = Object.keys(all);
      const pathOf = (kind: string, of: string, ending = 'mp4'): string =>
        join(directory, `${kind}-${names.indexOf(of)}.${ending}`);
      const wholes = names.map((of) => pathOf('whole', of));
      const outputs = Object.entries(all).flatMap(([of, options]) => [
        ...['-map', '0:v', '-frames:v', '12', ...codec, ...options, pathOf('whole', of)],
      ]);
      const input = 'testsrc2=s=96x64:r=25,noise=alls=12:allf=t';
      await runJudge('ffmpeg', ['-v', 'error', '-f', 'lavfi', '-i', input, ...outputs]);
      const copies = names.flatMap((of, n) => ['-map', `${n}:v`, '-c', 'copy', pathOf('copy', of, 'flv')]);
      await runJudge('ffmpeg', ['-v', 'error', ...wholes.flatMap((path) => ['-i', path]), ...copies]);
      const originals = await decoded(wholes);
      const taken: (readonly [string, string, string])[] = [];
      for (const media of names) {
        const bytes = readFileSync(pathOf('whole', media));
        const damaged = pathOf('damaged', media);
        writeFileSync(damaged, bytes.subarray(0, bytes.lastIndexOf('moov') - 4));
        const recording = join(directory, `set-${names.indexOf(media)}`);
        writeStagingSet(recording, bytes);
        const flv = pathOf('headless', media, 'flv');
        const tags = flvTags(readFileSync(pathOf('copy', media, 'flv')));
        writeFileSync(
          flv,
          flvBytes(tags.filter((tag) => !isConfiguration(tag) && tag.data[0] !== enhancedSequenceStart)),
        );
        for (const reference of names) {
          const lender = pathOf('whole', reference);
          const output = join(directory, `${basename(damaged)} with ${basename(lender)}`);
          const isTaken = await takes(lender, repairWith(damaged, lender, output));
          if (isTaken) taken.push([media, reference, output]);
          const pair = `"${media}" with "${reference}"`;
          const isRight = media === reference || [media, reference].toSorted().join() === 'alike,usual';
          if (isRight) assert.equal(isTaken, true, `refused: ${pair}`);
          assert.equal(await takes(lender, fixWith(flv, lender)), isTaken, `flv-fix: ${pair}`);
          // Sets are of H.264 alone.
          if (name === 'H.264') {
            assert.equal(await takes(lender, combineWith(recording, lender)), isTaken, `set: ${pair}`);
          }
        }
      }
      for (const of of rebuilt) {
        const alone = join(scratchDirectory(t), 'alone.mp4');
        copyFileSync(pathOf('damaged', of), alone);
        const output = `${alone}.out.mp4`;
        const { findings } = await repairWith(alone, undefined, output);
        const message = findings.find(({ code }) => code === 'codec-configuration-taken')?.message;
        assert.match(message ?? '', /pictures were read to the end .* made of the settings that x264 left/u);
        taken.push([of, 'none', output]);
      }
      const results = await decoded(taken.map(([, , output]) => output));
      for (const [n, [media, reference]] of taken.entries()) {
        assert.equal(results[n], originals[names.indexOf(media)], `pictures of "${media}" with "${reference}"`);
      }
    });
  }
});
