/**
 * What `repair` brings back of intact MP4s that are damaged as crashes damage them, with the intact file as reference and
 * without any: how many samples, how many that were none, their sync flags and their times. Samples are known by their bytes;
 * what is right is what the index of the intact file says. It measures no time.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { inspectMp4 } from '../src/commands/probe/inspect-mp4.ts';
import { startOf } from '../src/rescue/movie-index/lost-audio-times.ts';
import { confirmSome, witnessOf } from '../src/rescue/movie-index/samples-in-media.ts';
import { repair } from '../src/index.ts';
import { FileSource } from '../src/io/file-source.ts';
import { Pace } from '../src/io/pace.ts';
import { configurationOf } from '../src/mp4/codec-sample-entry.ts';
import { mediaKindOf } from '../src/mp4/movie-findings.ts';
import type { ReadTrack } from '../src/mp4/movie-samples.ts';
import { frameBytesOf } from '../src/mp4/uncompressed-audio.ts';
import { streamOf } from '../src/rescue/carver/streams.ts';
import { readIndexedMovie, type IndexedMovie } from '../src/rescue/movie-index/read-movie.ts';
import { crashVariants, type CrashVariant } from './crash-variants.ts';
import { table } from './measure.ts';
import { inWorkDirectory, workDirectory } from './work-directory.ts';

interface Sample {
  readonly kind: 'video' | 'audio' | 'data';
  /** Of a codec whose samples the carver can tell. */
  readonly isRead: boolean;
  readonly key: string;
  /** Of uncompressed audio: how it begins. */
  readonly beginning?: string;
  readonly offset: number;
  readonly size: number;
  /** Seconds. */
  readonly dts: number;
  readonly pts: number;
  readonly sync: boolean;
}

/** What came back of one damaged copy. */
interface Score {
  readonly file: string;
  readonly group: string;
  readonly maker: string;
  readonly variant: string;
  readonly hasReference: boolean;
  /** Samples of pictures and audio that are in the copy, and of these those that came back; of codecs that are read. */
  readonly expected: number;
  readonly found: number;
  /** The same of all codecs. */
  readonly expectedOfAll: number;
  readonly foundOfAll: number;
  readonly data: readonly [found: number, expected: number];
  readonly strange: number;
  readonly syncWrong: number;
  /** Seconds at the 95th percentile, up to one constant for all tracks. */
  readonly timeError: number;
  readonly error: string | undefined;
}

/** Largest file that is read. */
const maxBytes = 64e6;
const maxMilliseconds = 120_000;
const noneAsked = { asked: 0, confirmed: 0 };
/** Values of uncompressed audio that are compared as one sample. */
const valuesInBlock = 256;

/** What a folder is scored for. */
export interface ScoreOptions {
  readonly folders: readonly string[];
  /** Part of a file's name, or of a variant's, that is looked at; all where there is none. */
  readonly only: string | undefined;
  /** Only with the intact file as reference. */
  readonly onlyWithReference: boolean;
}

/** Scores every intact MP4 of the folders and prints the tables. */
export async function benchScore({ folders, ...options }: ScoreOptions): Promise<void> {
  await inWorkDirectory(async () => {
    const scores: Score[] = [];
    for (const folder of folders) {
      for (const name of readdirSync(folder).sort()) {
        const path = join(folder, name);
        if (!statSync(path).isFile() || statSync(path).size > maxBytes) continue;
        scores.push(...(await scoresOf(path, options)));
      }
    }
    printTables(scores);
  });
}

async function scoresOf(path: string, { only, onlyWithReference }: Omit<ScoreOptions, 'folders'>): Promise<Score[]> {
  const source = new FileSource(path);
  const scores: Score[] = [];
  try {
    const indexed = await intactMovie(source);
    if (indexed === undefined) return [];
    const truth = samplesOf(source, indexed);
    const isWanted = (name: string): boolean => only === undefined || basename(path).includes(only) || name === only;
    for (const variant of crashVariants(readFileSync(path), indexed.file)) {
      if (!isWanted(variant.name)) continue;
      for (const hasReference of onlyWithReference ? [true] : [true, false]) {
        const score = await scoreOf(path, indexed, truth, variant, hasReference);
        if (score === undefined) continue;
        scores.push(score);
        console.log(lineOf(score));
      }
    }
  } finally {
    source.close();
  }
  return scores;
}

/** The file with its samples, where probe finds nothing wrong and there are pictures or audio; encrypted ones are left out. */
async function intactMovie(source: FileSource): Promise<IndexedMovie | undefined> {
  try {
    const { recording } = await inspectMp4(source, { deep: false });
    if (recording.health.verdict !== 'complete') return undefined;
    const indexed = await readIndexedMovie(source, { thorough: false }, new Pace());
    const tracks = indexed.samples.tracks.filter(({ track }) => mediaKindOf(track) !== undefined);
    const isEncrypted = tracks.some(({ track }) => track.entries[0]?.encrypted === true);
    const isEmpty = tracks.every(({ samples }) => samples.table.length === 0);
    // An index that was moved against its media tells no truth.
    const isElsewhere = tracks.some((track) => {
      const witness = witnessOf(source, track);
      const { asked, confirmed } = witness === undefined ? noneAsked : confirmSome(track.samples.table, witness);
      return asked > 0 && confirmed === 0;
    });
    return isEncrypted || isEmpty || isElsewhere ? undefined : indexed;
  } catch {
    return undefined;
  }
}

/** `truth`: what is compared with, where these are not it. */
function samplesOf(source: FileSource, { file, samples }: IndexedMovie, truth?: readonly Sample[]): Sample[] {
  const blocks = truth === undefined ? undefined : new KnownBlocks(truth);
  return samples.tracks.flatMap((read) => samplesOfTrack(source, read, file.movie!, blocks));
}

/** Bytes of a block by which it is looked up. */
const bytesLookedUp = 16;

/** The blocks of uncompressed audio that there are, found again wherever the audio goes on behind what is lost. */
class KnownBlocks {
  readonly #keys = new Set<string>();
  readonly #beginnings = new Set<string>();

  constructor(truth: readonly Sample[]) {
    for (const { key, beginning } of truth) {
      if (beginning === undefined) continue;
      this.#keys.add(key);
      this.#beginnings.add(beginning);
    }
  }

  has(bytes: Buffer): boolean {
    return this.#beginnings.has(beginningOf(bytes)) && this.#keys.has(keyOf('audio', bytes));
  }
}

function beginningOf(bytes: Buffer): string {
  return bytes.toString('latin1', 0, bytesLookedUp);
}

function samplesOfTrack(
  source: FileSource,
  { track, samples: { table: rows } }: ReadTrack,
  movie: NonNullable<IndexedMovie['file']['movie']>,
  known: KnownBlocks | undefined,
): Sample[] {
  const [entry] = track.entries;
  const timescale = track.mediaHeader?.timescale ?? 1;
  const configuration = entry === undefined ? undefined : configurationOf(entry);
  const kind = mediaKindOf(track) ?? 'data';
  const isRead =
    kind !== 'data' &&
    configuration !== undefined &&
    streamOf(configuration, { id: 1, timescale: undefined, known: undefined }, undefined) !== undefined;
  const frameBytes = configuration?.codec === 'pcm' ? frameBytesOf(configuration) : undefined;
  const found: Sample[] = [];
  let time = rows.firstDecodeTime + startOf(track, movie, timescale);
  // Uncompressed audio is cut in blocks wherever samples begin, and where media is lost wherever known ones do.
  let rest = Buffer.alloc(0);
  let missed = 0;
  for (let i = 0; i < rows.length; i++) {
    const [offset, size] = [rows.offsets.data[i]!, rows.sizes.data[i]!];
    const bytes = source.read(offset, size);
    const dts = time / timescale;
    time += rows.durations.data[i]!;
    if (frameBytes === undefined) {
      const pts = dts + rows.compositionOffset(i) / timescale;
      found.push({ kind, isRead, key: keyOf(kind, bytes), offset, size, dts, pts, sync: rows.isSync(i) });
      continue;
    }
    const block = frameBytes * valuesInBlock;
    rest = Buffer.concat([rest, bytes]);
    while (rest.length >= block) {
      const bytesOfBlock = rest.subarray(0, block);
      const isKnown = known?.has(bytesOfBlock) ?? true;
      missed = isKnown ? 0 : missed + 1;
      if (isKnown || missed === valuesInBlock) {
        const at = offset + size - rest.length;
        const key = isKnown ? keyOf(kind, bytesOfBlock) : 'none';
        found.push({
          kind,
          isRead,
          key,
          beginning: beginningOf(bytesOfBlock),
          offset: at,
          size: block,
          dts,
          pts: dts,
          sync: true,
        });
      }
      if (missed === valuesInBlock) missed = 0;
      rest = rest.subarray(isKnown ? block : frameBytes);
    }
  }
  return found;
}

function keyOf(kind: string, bytes: Uint8Array): string {
  return `${kind} ${bytes.length} ${createHash('sha1').update(bytes).digest('base64')}`;
}

async function scoreOf(
  path: string,
  indexed: IndexedMovie,
  truth: readonly Sample[],
  { name, bytes, has }: CrashVariant,
  hasReference: boolean,
): Promise<Score | undefined> {
  const folder = join(workDirectory, 'alone');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const damaged = join(folder, 'damaged.mp4');
  const output = join(folder, 'repaired.mp4');
  writeFileSync(damaged, bytes);
  const expected = truth.filter(({ offset, size }) => has(offset, size));
  let found: Sample[] = [];
  let failure: string | undefined;
  try {
    const { outcome } = await repair(damaged, {
      output,
      force: true,
      ...(hasReference ? { reference: path } : {}),
      signal: AbortSignal.timeout(maxMilliseconds),
    });
    const result = new FileSource(outcome === 'untouched' ? damaged : output);
    try {
      found = samplesOf(result, await readIndexedMovie(result, { thorough: true }, new Pace()), truth);
    } finally {
      result.close();
    }
  } catch (error) {
    failure = error instanceof Error ? error.message : String(error);
  }
  return {
    ...comparisonOf(expected, found),
    file: basename(path),
    group: groupOf(indexed),
    maker: makerOf(indexed),
    variant: name,
    hasReference,
    error: failure,
  };
}

type Comparison = Omit<Score, 'file' | 'group' | 'maker' | 'variant' | 'hasReference' | 'error'>;

function comparisonOf(expected: readonly Sample[], found: readonly Sample[]): Comparison {
  const left = new Map<string, Sample[]>();
  for (const sample of expected) left.set(sample.key, [...(left.get(sample.key) ?? []), sample]);
  const pairs: (readonly [Sample, Sample])[] = [];
  let strange = 0;
  for (const sample of found) {
    const truth = left.get(sample.key)?.shift();
    if (truth !== undefined) pairs.push([truth, sample]);
    else if (sample.kind !== 'data') strange++;
  }
  const count = (samples: readonly Sample[], is: (sample: Sample) => boolean): number => samples.filter(is).length;
  const truths = pairs.map(([truth]) => truth);
  const isMedia = ({ kind }: Sample): boolean => kind !== 'data';
  const isReadMedia = (sample: Sample): boolean => isMedia(sample) && sample.isRead;
  const isData = (sample: Sample): boolean => !isMedia(sample);
  return {
    expected: count(expected, isReadMedia),
    found: count(truths, isReadMedia),
    expectedOfAll: count(expected, isMedia),
    foundOfAll: count(truths, isMedia),
    data: [count(truths, isData), count(expected, isData)],
    strange,
    syncWrong: pairs.filter(([truth, sample]) => truth.kind === 'video' && truth.sync !== sample.sync).length,
    timeError: errorOf(pairs.filter(([{ kind }]) => kind !== 'data').map(([truth, sample]) => sample.pts - truth.pts)),
  };
}

function errorOf(differences: readonly number[]): number {
  const usual = differences.toSorted((a, b) => a - b)[differences.length >> 1] ?? 0;
  const errors = differences.map((difference) => Math.abs(difference - usual)).sort((a, b) => a - b);
  return errors[Math.floor(errors.length * 0.95)] ?? 0;
}

function groupOf({ samples }: IndexedMovie): string {
  const names = samples.tracks.flatMap(({ track, samples: { table: rows } }) => {
    const kind = mediaKindOf(track);
    if (rows.length === 0) return [];
    if (kind === undefined) return ['data'];
    const [entry] = track.entries;
    const { codec, ...rest } = entry === undefined ? { codec: 'none' } : configurationOf(entry);
    return [codec === 'unknown' && 'format' in rest ? String(rest.format).trim() : codec];
  });
  return [...new Set(names)].sort().join(' + ');
}

function makerOf({ file: { movie, fileType } }: IndexedMovie): string {
  const writer = movie?.writer ?? movie?.tracks.find(({ handler }) => handler.name !== '')?.handler.name;
  const words = (writer ?? fileType?.majorBrand ?? 'none').replaceAll(/[^\w. -]/g, '').trim();
  return words.split(/[ \d]/)[0] || 'none';
}

function shareOf({ found, expected }: Pick<Score, 'found' | 'expected'>): number {
  return expected === 0 ? 1 : found / expected;
}

function lineOf(score: Score): string {
  const { file, group, variant, hasReference, found, expected, strange, syncWrong, timeError, error, data } = score;
  const words = [
    `${shareOf(score).toFixed(3)} ${found}/${expected}`,
    ...(score.expectedOfAll > expected ? [`of all ${score.foundOfAll}/${score.expectedOfAll}`] : []),
    ...(data[1] > 0 ? [`data ${data.join('/')}`] : []),
    ...(strange > 0 ? [`FALSE ${strange}`] : []),
    ...(syncWrong > 0 ? [`sync ${syncWrong}`] : []),
    ...(timeError > 0.05 ? [`time ${timeError.toFixed(3)}`] : []),
    ...(error === undefined ? [] : [`(${error.slice(0, 90)})`]),
  ];
  return `${hasReference ? 'ref ' : 'none'} ${variant}: ${file} [${group}] ${words.join(', ')}`;
}

function printTables(scores: readonly Score[]): void {
  const by = (what: string, nameOf: (score: Score) => string): void => {
    for (const hasReference of [true, false]) {
      const own = scores.filter((score) => score.hasReference === hasReference);
      const names = [...new Set(own.map(nameOf))].sort();
      console.log(`\nby ${what}, ${hasReference ? 'with the intact file as reference' : 'without a reference'}`);
      console.log(
        table([
          head,
          ...names.map((name) =>
            rowOf(
              name,
              own.filter((score) => nameOf(score) === name),
            ),
          ),
          rowOf('all', own),
        ]),
      );
    }
  };
  by('codec', ({ group }) => group);
  by('maker', ({ maker }) => maker);
  by('damage', ({ variant }) => variant);
}

const head = ['', 'copies', 'mean share', 'nothing', 'all', 'false samples', 'sync flags wrong', 'over 50 ms', 'worst'];

function rowOf(name: string, scores: readonly Score[]): string[] {
  const read = scores.filter(({ expected }) => expected > 0);
  const mean = read.reduce((sum, score) => sum + shareOf(score), 0) / Math.max(1, read.length);
  const sumOf = (valueOf: (score: Score) => number): string =>
    `${scores.reduce((sum, each) => sum + valueOf(each), 0)}`;
  return [
    name,
    `${read.length}`,
    mean.toFixed(3),
    `${read.filter(({ found }) => found === 0).length}`,
    `${read.filter(({ found, expected }) => found === expected).length}`,
    sumOf(({ strange }) => strange),
    sumOf(({ syncWrong }) => syncWrong),
    `${read.filter(({ timeError }) => timeError > 0.05).length}`,
    Math.min(1, ...read.map(shareOf)).toFixed(3),
  ];
}
