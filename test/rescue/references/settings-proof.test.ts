/**
 * What x265 leaves of its settings in the media, against parameter sets: what decides on sample values alone shows in no block
 * of a picture, but it does here.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { nalUnitTypeOf } from '../../../src/codecs/h265/nal-unit-type.ts';
import { settingsProof } from '../../../src/rescue/references/settings-proof.ts';
import { bytesOf } from '../../codecs/encoded.ts';
import { forgetfulSource } from '../../support/forgetful-source.ts';
import { needs, runJudge } from '../../support/judges.ts';
import { scratchDirectory } from '../../support/scratch.ts';

/** By the field of the parameter sets in which it differs from the usual. */
const encodes: Readonly<Record<string, readonly string[]>> = {
  usual: [],
  bit_depth_luma: ['-pix_fmt', 'yuv420p10le'],
  pps_cb_qp_offset: ['cbqpoffs=-4'],
  pps_cr_qp_offset: ['crqpoffs=3'],
  constrained_intra_pred_flag: ['constrained-intra=1'],
  strong_intra_smoothing_enabled_flag: ['strong-intra-smoothing=0'],
};

/** The sequence and picture parameter sets of a byte stream. */
function parameterSetsOf(bytes: Uint8Array): Uint8Array[] {
  const nalUnits = Buffer.from(bytes).toString('latin1').split('\0\0\x01').slice(1);
  const sets = nalUnits.map((text) => Buffer.from(text.replace(/\0+$/u, ''), 'latin1'));
  return sets.filter((nalUnit) => [33, 34].includes(nalUnitTypeOf(nalUnit[0]!)));
}

test('of x265 every field that its settings decide is compared', needs('ffmpeg'), async (t) => {
  const directory = scratchDirectory(t);
  const names = Object.keys(encodes);
  const outputs = Object.entries(encodes).flatMap(([name, options]) => {
    const settings = options.filter((option) => option.includes('=')).join(':');
    const others = options.filter((option) => !option.includes('='));
    const params = ['-preset', 'fast', '-x265-params', `log-level=none:${settings}`];
    return ['-map', '0:v', '-frames:v', '2', '-c:v', 'libx265', ...params, ...others, join(directory, `${name}.hevc`)];
  });
  const { status, stderr } = await runJudge('ffmpeg', [
    '-v',
    'error',
    '-f',
    'lavfi',
    '-i',
    'testsrc2=s=96x64',
    ...outputs,
  ]);
  assert.equal(status, 0, stderr);
  const streams = names.map((name) => bytesOf(join(directory, `${name}.hevc`)));
  const setsOf = streams.map(parameterSetsOf);
  for (const [m, bytes] of streams.entries()) {
    for (const [n, parameterSets] of setsOf.entries()) {
      const pictures = { codec: 'h265', lengthSize: 4, parameterSets } as const;
      const { isTold, contradiction } = settingsProof(forgetfulSource(bytes), [0], pictures, undefined);
      const pair = `settings of "${names[m]}", parameter sets of "${names[n]}"`;
      assert.equal(isTold, true, pair);
      if (m === n) assert.equal(contradiction, undefined, pair);
      else if (m === 0) assert.match(contradiction ?? '', new RegExp(`with which ${names[n]} is`, 'u'), pair);
      else assert.notEqual(contradiction, undefined, pair);
    }
  }
});
