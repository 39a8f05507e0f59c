/**
 * A recording that a recorder holds open goes on, even if nothing has been written to it for long: every verb that writes
 * leaves it alone as busy, or waits until it is closed where that was asked for.
 */
import assert from 'node:assert/strict';
import { closeSync, cpSync, mkdirSync, openSync, readdirSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { copyStagingCase } from '../support/fixtures.ts';
import { runProgram, startProgram, type ProgramName } from '../support/programs.ts';
import { fixturesDirectory } from '../support/project.ts';
import { scratchDirectory } from '../support/scratch.ts';
import { folderContents } from './mp4writer/folder-contents.ts';

interface Writer {
  readonly what: string;
  readonly program: ProgramName;
  /** Puts the recording into a folder; gives the file that its recorder has open. */
  readonly place: (directory: string) => string;
  readonly args: (directory: string) => readonly string[];
  readonly busy: number;
}

function staging(directory: string): string {
  copyStagingCase('clean', 'short-1s', directory);
  return join(directory, 'rec.mp4.mdat');
}

function copyOf(fixture: string, as: string): (directory: string) => string {
  return (directory) => {
    cpSync(join(fixturesDirectory, fixture), join(directory, as));
    return join(directory, as);
  };
}

const writers: readonly Writer[] = [
  {
    what: 'evo-mp4writer',
    program: 'evo-mp4writer',
    place: staging,
    args: (directory) => [`-path=${join(directory, 'rec.mp4')}`],
    busy: 255,
  },
  {
    what: 'mp4writer',
    program: 'salvor',
    place: staging,
    args: (directory) => ['mp4writer', join(directory, 'rec.mp4'), '--remove-staging'],
    busy: 75,
  },
  {
    what: 'mp4writer --in-place',
    program: 'salvor',
    place: staging,
    args: (directory) => ['mp4writer', join(directory, 'rec.mp4'), '--in-place'],
    busy: 75,
  },
  {
    what: 'mp4writer, of a set that is not whole yet',
    program: 'salvor',
    place: (directory) => {
      copyStagingCase('crashed', 'd-flush2-op06', directory);
      return join(directory, 'rec.mp4.track1');
    },
    args: (directory) => ['mp4writer', join(directory, 'rec.mp4'), '--recovery'],
    busy: 75,
  },
  {
    what: 'repair',
    program: 'salvor',
    place: copyOf('go-rtmp/h265_inband_aac_kill193/recording.mp4', 'rec.mp4'),
    args: (directory) => ['repair', join(directory, 'rec.mp4')],
    busy: 75,
  },
  {
    what: 'flv-fix',
    program: 'salvor',
    place: copyOf('flv/killed-chunk3.flv', 'rec.flv'),
    args: (directory) => ['flv-fix', join(directory, 'rec.flv')],
    busy: 75,
  },
  {
    what: 'ts-split',
    program: 'salvor',
    place: copyOf('ems/ts/killed-chunked4-10s/rec_part0000.ts', 'rec.ts'),
    args: (directory) => ['ts-split', join(directory, 'rec.ts'), '-d', '1s', '-o', join(directory, 'parts')],
    busy: 75,
  },
];

describe(
  'a recording that its recorder holds open',
  { skip: process.platform !== 'linux' && 'only Linux tells' },
  () => {
    for (const { what, program, place, args, busy } of writers) {
      test(`${what} takes it as busy, and with --wait waits for it`, async (t) => {
        const directory = scratchDirectory(t);
        mkdirSync(directory, { recursive: true });
        const file = place(directory);
        // Nothing has been written for long: that it is open is all that tells.
        for (const name of readdirSync(directory)) utimesSync(join(directory, name), 1e9, 1e9);
        const before = folderContents(directory);
        const recorder = openSync(file, 'a');
        let isOpen = true;
        const close = (): void => {
          if (isOpen) closeSync(recorder);
          isOpen = false;
        };
        t.after(close);
        const refused = await runProgram(program, args(directory));
        assert.equal(refused.status, busy, refused.stderr);
        assert.match(
          refused.stderr,
          /is still being written; nothing was changed; wait until process \d+ has closed it/,
        );
        assert.deepEqual(folderContents(directory), before);
        const short = await runProgram(program, [...args(directory), '--wait', '0.3s']);
        assert.equal(short.status, busy, 'it was not closed in time');
        const waiting = startProgram(program, [...args(directory), '--wait', '60s']);
        await sleep(300);
        close();
        const { status, stderr } = await waiting.done;
        assert.equal(status, 0, stderr);
        assert.notDeepEqual(folderContents(directory), before);
      });
    }

    test('who only reads it disturbs nobody', async (t) => {
      const directory = scratchDirectory(t);
      const reader = openSync(staging(directory), 'r');
      t.after(() => closeSync(reader));
      assert.equal((await runProgram('evo-mp4writer', [`-path=${join(directory, 'rec.mp4')}`])).status, 0);
    });

    test('a time to wait that is none is wrong usage', async (t) => {
      const directory = scratchDirectory(t);
      staging(directory);
      const { status, stderr } = await runProgram('salvor', [
        'mp4writer',
        join(directory, 'rec.mp4'),
        '--wait',
        'soon',
      ]);
      assert.equal(status, 2, stderr);
    });
  },
);
