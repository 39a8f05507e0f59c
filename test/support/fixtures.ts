/**
 * The genuine recordings under test/fixtures: which there are, and how a test gets a working copy of one. Media that
 * several sets have in common lie on disk once (shared-media.json), so a set is always used through a copy.
 */
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fixturesDirectory } from './project.ts';
import { loadTruth, type Truth } from './truth.ts';

/** A staging set of the EvoStream-style server: `<base>.info`, `.mdat`, `.track1`, `.track2` of one recording. */
export interface StagingFixture {
  readonly group: 'clean' | 'crashed';
  /** The case's folder, e.g. `av-bframes`. */
  readonly name: string;
  /** The recording's name without the endings of the staging files, e.g. `rec.mp4`, `rec_part0001.mp4`. */
  readonly base: string;
  readonly truth: Truth;
}

/** A media file that is the head of another one, but for the size in its own header. */
interface SharedMedia {
  readonly of: string;
  readonly length: number;
  readonly sizeField: number;
  readonly sha256: string;
}

const stagingRoot = join(fixturesDirectory, 'ems');
const truthEnding = '.truth.json';

function readSharedMedia(): Readonly<Record<string, SharedMedia>> {
  return JSON.parse(readFileSync(join(stagingRoot, 'shared-media.json'), 'utf8')) as Record<string, SharedMedia>;
}

/** Every case of a group, by the name of its folder. */
export function stagingCases(group: StagingFixture['group']): readonly string[] {
  return readdirSync(join(stagingRoot, group)).sort();
}

/** The sets of one case in order: one, or one a chunk. */
export function stagingFixtures(group: StagingFixture['group'], name: string): readonly StagingFixture[] {
  return readdirSync(join(stagingRoot, group, name))
    .filter((file) => file.endsWith(truthEnding))
    .sort()
    .map((file) => ({
      group,
      name,
      base: file.slice(0, -truthEnding.length),
      truth: loadTruth(join(stagingRoot, group, name, file)),
    }));
}

/** Every set of a group. */
export function allStagingFixtures(group: StagingFixture['group']): readonly StagingFixture[] {
  return stagingCases(group).flatMap((name) => stagingFixtures(group, name));
}

/** Bytes of the index file `.info`, `.track1` or `.track2` that the server left of a set; undefined where it left none. */
export function stagingIndexBytes({ group, name, base }: StagingFixture, suffix: string): number | undefined {
  return statSync(join(stagingRoot, group, name, base + suffix), { throwIfNoEntry: false })?.size;
}

/** Copies the staging files of a case into a folder, byte for byte as the server left them. */
export function copyStagingCase(group: StagingFixture['group'], name: string, directory: string): void {
  mkdirSync(directory, { recursive: true });
  cpSync(join(stagingRoot, group, name), directory, {
    recursive: true,
    filter: (source) => !source.endsWith(truthEnding),
  });
  for (const [path, media] of Object.entries(readSharedMedia())) {
    const [itsGroup, itsName, file] = path.split('/');
    if (itsGroup === group && itsName === name && file !== undefined) {
      writeFileSync(join(directory, file), restoreSharedMedia(path, media));
    }
  }
}

function restoreSharedMedia(path: string, media: SharedMedia): Uint8Array {
  const bytes = readFileSync(join(stagingRoot, media.of)).subarray(0, media.length);
  bytes.writeBigUInt64BE(BigInt(media.sizeField), 8);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  if (sha256 !== media.sha256) throw new Error(`${path} could not be restored from ${media.of}`);
  return bytes;
}
