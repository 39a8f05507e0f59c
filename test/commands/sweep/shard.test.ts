import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { wordsOf } from '../../../src/rescue/sweeping/exec.ts';
import { isInShard, parseShard, type Shard } from '../../../src/commands/sweep/shard.ts';

test('shares are disjoint and complete, whatever the paths', () => {
  const property = fc.property(fc.array(fc.string()), fc.integer({ min: 1, max: 50 }), (places, count) => {
    for (const place of places) {
      const takers = Array.from({ length: count }, (_, index) => index).filter((index) =>
        isInShard(place, { index, count }),
      );
      assert.equal(takers.length, 1);
    }
  });
  fc.assert(property, { seed: 1, numRuns: 200 });
});

test('shares are about equal', () => {
  const counts = [0, 0, 0, 0];
  for (let index = 0; index < 4000; index++) {
    const taker = [0, 1, 2, 3].find((share) =>
      isInShard(`cam${index % 10}/rec_${index}.mp4`, { index: share, count: 4 }),
    )!;
    counts[taker]!++;
  }
  assert.ok(
    counts.every((count) => count > 850 && count < 1150),
    counts.join(),
  );
});

function slurmTask(of: Readonly<Record<'id' | 'count' | 'min' | 'max' | 'step', number>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(of).map(([name, value]) => [`SLURM_ARRAY_TASK_${name.toUpperCase()}`, `${value}`]),
  );
}

const environments: readonly { words: string; environment: Record<string, string>; share: Shard }[] = [
  { words: '2/4', environment: {}, share: { index: 1, count: 4 } },
  { words: '4', environment: { JOB_COMPLETION_INDEX: '3' }, share: { index: 3, count: 4 } },
  {
    words: 'auto',
    environment: { AWS_BATCH_JOB_ARRAY_INDEX: '0', AWS_BATCH_JOB_ARRAY_SIZE: '7' },
    share: { index: 0, count: 7 },
  },
  {
    words: 'auto',
    environment: { SLURM_ARRAY_TASK_ID: '5', SLURM_ARRAY_TASK_MIN: '1', SLURM_ARRAY_TASK_COUNT: '5' },
    share: { index: 4, count: 5 },
  },
  // As Slurm 22.05 sets them for --array=1-7:2.
  {
    words: 'auto',
    environment: slurmTask({ id: 5, count: 4, min: 1, max: 7, step: 2 }),
    share: { index: 2, count: 4 },
  },
  { words: '4', environment: slurmTask({ id: 3, count: 4, min: 0, max: 3, step: 1 }), share: { index: 3, count: 4 } },
];

for (const { words, environment, share } of environments) {
  test(`--shard ${words} with ${JSON.stringify(environment)}`, () =>
    assert.deepEqual(parseShard(words, environment), share));
}

const partial = [
  [
    'auto',
    '--array=3,5,9: which tasks there are, none of them knows',
    slurmTask({ id: 3, count: 3, min: 3, max: 9, step: 1 }),
  ],
  [
    '4',
    '--array=2, the third of 0-3 again: it would take the first',
    slurmTask({ id: 2, count: 1, min: 2, max: 2, step: 1 }),
  ],
  ['8', 'shares that no task takes', { AWS_BATCH_JOB_ARRAY_INDEX: '0', AWS_BATCH_JOB_ARRAY_SIZE: '7' }],
] as const;

for (const [words, why, environment] of partial) {
  test(`--shard ${words} is refused: ${why}`, () =>
    assert.throws(() => parseShard(words, environment), { kind: 'usage' }));
}

test('an array is of no account where the share is named', () => {
  const environment = slurmTask({ id: 2, count: 1, min: 2, max: 2, step: 1 });
  assert.deepEqual(parseShard('3/4', environment), { index: 2, count: 4 });
});

for (const words of ['0/4', '5/4', '1/0', 'x', '4', 'auto', '-1/4', '1/2/3']) {
  test(`--shard ${words} is a usage error`, () => assert.throws(() => parseShard(words, {}), { kind: 'usage' }));
}

test('a command is taken apart as a shell would, without what a shell does with the words', () => {
  assert.deepEqual(wordsOf(`upload --to "my bucket"/'a b' {} $HOME *`), [
    'upload',
    '--to',
    'my bucket/a b',
    '{}',
    '$HOME',
    '*',
  ]);
  for (const text of ['', '  ', "upload 'x", 'a "b']) assert.throws(() => wordsOf(text), { kind: 'usage' });
});
