/** What is run with faults: every verb that writes, in each of its modes, on small genuine recordings. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fixturesDirectory } from '../support/project.ts';
import { copyStagingCase } from '../support/fixtures.ts';
import type { Scenario } from '../support/fault-sweep.ts';
import { makeWrapped } from '../commands/repair/wrapped-movie.ts';
import { programPath } from '../support/programs.ts';

const fixture = (path: string): string => join(fixturesDirectory, path);
const killedFlv = fixture('flv/killed-chunk3.flv');
const unfinishedMp4 = fixture('go-rtmp/h265_inband_aac_kill193/recording.mp4');
const stream = fixture('ems/ts/killed-chunked4-10s/rec_part0000.ts');

const place = (from: string, name: string) => (directory: string) => copyFileSync(from, join(directory, name));
const placeFlv = place(killedFlv, 'rec.flv');
const at = (name: string) => (directory: string) => [join(directory, name)];

let patchable: Buffer | undefined;

/** An FLV in which nothing but a value is wrong: its duration is 0. */
function patchableFlv(): Buffer {
  if (patchable !== undefined) return patchable;
  const directory = mkdtempSync(join(tmpdir(), 'salvor-patchable-'));
  const path = join(directory, 'whole.flv');
  const made = spawnSync(process.execPath, [programPath('salvor'), 'flv-fix', killedFlv, '-o', path]);
  if (made.status !== 0) throw new Error(made.stderr.toString());
  patchable = readFileSync(path);
  rmSync(directory, { recursive: true });
  const value = patchable.indexOf('duration') + 'duration'.length + 1;
  patchable.fill(0, value, value + 8);
  return patchable;
}

const flvScenarios: readonly Scenario[] = [
  {
    name: 'flv-fix, rewritten in place',
    program: 'salvor',
    args: (directory) => ['flv-fix', '-q', ...at('rec.flv')(directory)],
    stage: placeFlv,
  },
  {
    name: 'flv-fix, values patched in place',
    program: 'salvor',
    args: (directory) => ['flv-fix', '-q', ...at('rec.flv')(directory)],
    stage: (directory) => writeFileSync(join(directory, 'rec.flv'), patchableFlv()),
  },
  {
    name: 'flv-fix --backup, rewritten',
    program: 'salvor',
    args: (directory) => ['flv-fix', '-q', '--backup', ...at('rec.flv')(directory)],
    stage: placeFlv,
  },
  {
    name: 'flv-fix --backup, patched',
    program: 'salvor',
    args: (directory) => ['flv-fix', '-q', '--backup', ...at('rec.flv')(directory)],
    stage: (directory) => writeFileSync(join(directory, 'rec.flv'), patchableFlv()),
  },
  {
    name: 'flv-fix -o, into a directory that is made',
    program: 'salvor',
    args: (directory) => ['flv-fix', '-q', ...at('rec.flv')(directory), '-o', join(directory, 'a/b/')],
    stage: placeFlv,
  },
  {
    name: 'flv-fix -o, of an intact file',
    program: 'salvor',
    args: (directory) => ['flv-fix', '-q', ...at('rec.flv')(directory), '-o', join(directory, 'copy.flv')],
    stage: place(fixture('flv/av-bframes.flv'), 'rec.flv'),
  },
  {
    name: 'flv-fix -r --index, a directory of two',
    program: 'salvor',
    args: (directory) => ['flv-fix', '-q', '-r', '--index', directory],
    isOfSeveral: true,
    stage: (directory) => {
      placeFlv(directory);
      mkdirSync(join(directory, 'below'));
      copyFileSync(fixture('flv/video-only.flv'), join(directory, 'below/other.flv'));
    },
  },
  {
    name: 'flv-fix --split-on-change',
    program: 'salvor',
    args: (directory) => ['flv-fix', '-q', '--split-on-change', ...at('rec.flv')(directory)],
    stage: (directory) => {
      const [one, other] = ['flv/av-bframes.flv', 'flv/video-only.flv'].map((name) => readFileSync(fixture(name)));
      writeFileSync(join(directory, 'rec.flv'), Buffer.concat([one!, other!.subarray(13)]));
    },
  },
];

const repairScenarios: readonly Scenario[] = [
  {
    name: 'repair',
    program: 'salvor',
    args: (directory) => ['repair', '-q', ...at('rec.mp4')(directory), '-o', join(directory, 'out.mp4')],
    stage: place(unfinishedMp4, 'rec.mp4'),
  },
  {
    name: 'repair --force over an older file',
    program: 'salvor',
    args: (directory) => ['repair', '-q', '--force', ...at('rec.mp4')(directory), '-o', join(directory, 'out.mp4')],
    stage: (directory) => {
      copyFileSync(unfinishedMp4, join(directory, 'rec.mp4'));
      writeFileSync(join(directory, 'out.mp4'), 'an older file', { mode: 0o640 });
    },
  },
];

/** The files are of more than 4 GiB, nearly all of them holes: what is compared is their edges. */
const inPlaceScenario: Scenario = {
  name: 'repair --in-place',
  program: 'salvor',
  args: (directory) => ['repair', '-q', '--in-place', ...at('rec.mp4')(directory)],
  stage: (directory) => makeWrapped(join(directory, 'rec.mp4')),
};

const splitScenarios: readonly Scenario[] = [
  {
    name: 'ts-split --force of a file',
    program: 'salvor',
    args: (directory) => [
      'ts-split',
      '-q',
      '-f',
      ...at('rec.ts')(directory),
      '-o',
      join(directory, 'parts'),
      '-d',
      '1s',
    ],
    stage: place(stream, 'rec.ts'),
  },
  {
    name: 'ts-split of a file, with a playlist, without --force',
    program: 'salvor',
    args: (directory) => [
      'ts-split',
      '-q',
      ...at('rec.ts')(directory),
      '-o',
      join(directory, 'parts'),
      '--playlist',
      'list.m3u8',
      '-d',
      '2s',
    ],
    stage: place(stream, 'rec.ts'),
  },
];

/** The stream with a piece of it gone from its middle, and with counters of which single ones are wrong. */
function damagedStream(): { readonly torn: Buffer; readonly miscounted: Buffer } {
  const whole = readFileSync(stream);
  const middle = Math.floor(whole.length / 188 / 2) * 188;
  const miscounted = Buffer.from(whole);
  for (let at = middle; at < middle + 188 * 40; at += 188 * 10) miscounted[at + 3]! ^= 0x05;
  return { torn: Buffer.concat([whole.subarray(100, middle), whole.subarray(middle + 1000)]), miscounted };
}

const tsFixScenarios: readonly Scenario[] = [
  {
    name: 'ts-fix',
    program: 'salvor',
    args: (directory) => ['ts-fix', '-q', ...at('rec.ts')(directory)],
    stage: (directory) => writeFileSync(join(directory, 'rec.ts'), damagedStream().torn),
  },
  {
    name: 'ts-fix -o --retime',
    program: 'salvor',
    args: (directory) => ['ts-fix', '-q', '--retime', ...at('rec.ts')(directory), '-o', join(directory, 'out.ts')],
    stage: (directory) => writeFileSync(join(directory, 'rec.ts'), damagedStream().torn),
  },
  {
    name: 'ts-fix, counters in place',
    program: 'salvor',
    args: (directory) => ['ts-fix', '-q', ...at('rec.ts')(directory)],
    stage: (directory) => writeFileSync(join(directory, 'rec.ts'), damagedStream().miscounted),
  },
  {
    name: 'ts-fix --force of a file that is there',
    program: 'salvor',
    args: (directory) => ['ts-fix', '-q', '--force', ...at('rec.ts')(directory), '-o', join(directory, 'out.ts')],
    stage: (directory) => {
      writeFileSync(join(directory, 'rec.ts'), damagedStream().torn);
      writeFileSync(join(directory, 'out.ts'), 'an older file', { mode: 0o640 });
    },
  },
];

const stagingScenarios: readonly Scenario[] = [
  {
    name: 'evo-mp4writer',
    program: 'evo-mp4writer',
    args: (directory) => [`-path=${join(directory, 'rec.mp4')}`],
    stage: (directory) => copyStagingCase('clean', 'short-1s', directory),
  },
  {
    name: 'evo-mp4writer over an older file',
    program: 'evo-mp4writer',
    args: (directory) => [`-path=${join(directory, 'rec.mp4')}`],
    stage: (directory) => {
      copyStagingCase('clean', 'short-1s', directory);
      writeFileSync(join(directory, 'rec.mp4'), 'an older file');
    },
  },
  {
    name: 'mp4writer -o',
    program: 'salvor',
    args: (directory) => ['mp4writer', '-q', ...at('rec.mp4')(directory), '-o', join(directory, 'out.mp4')],
    stage: (directory) => copyStagingCase('clean', 'short-1s', directory),
  },
];

const crashed = (name: string) => (directory: string) => copyStagingCase('crashed', name, directory);

const recoveryScenarios: readonly Scenario[] = [
  ...['c-flush1-op07', 'd-flush2-op06', 'e-close-op08', 'h-audioonly-08.00s'].map((name): Scenario => ({
    name: `evo-mp4writer --recovery, ${name}`,
    program: 'evo-mp4writer',
    args: (directory) => [`-path=${join(directory, 'rec.mp4')}`, '--recovery'],
    stage: crashed(name),
  })),
  {
    name: 'mp4writer --recovery --remove-staging, e-close-op51',
    program: 'salvor',
    args: (directory) => ['mp4writer', '-q', '--recovery', '--remove-staging', ...at('rec.mp4')(directory)],
    stage: crashed('e-close-op51'),
  },
  {
    name: 'mp4writer --remove-staging -o',
    program: 'salvor',
    args: (directory) => [
      'mp4writer',
      '-q',
      '--remove-staging',
      ...at('rec.mp4')(directory),
      '-o',
      join(directory, 'out.mp4'),
    ],
    stage: (directory) => copyStagingCase('clean', 'short-1s', directory),
  },
  {
    name: 'mp4writer --remove-staging --force over an older file',
    program: 'salvor',
    args: (directory) => ['mp4writer', '-q', '--remove-staging', '--force', ...at('rec.mp4')(directory)],
    stage: (directory) => {
      copyStagingCase('clean', 'short-1s', directory);
      writeFileSync(join(directory, 'rec.mp4'), 'an older file');
    },
  },
  {
    name: 'evo-mp4writer, in chunks',
    isOfSeveral: true,
    program: 'evo-mp4writer',
    args: (directory) => [`-path=${join(directory, 'rec.mp4')}`],
    stage: (directory) => copyStagingCase('clean', 'chunked', directory),
  },
];

export const scenarios: readonly Scenario[] = [
  ...flvScenarios,
  ...repairScenarios,
  inPlaceScenario,
  ...splitScenarios,
  ...stagingScenarios,
  ...tsFixScenarios,
  ...recoveryScenarios,
];
