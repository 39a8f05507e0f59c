/**
 * Runs of a program that always come to the same are made once and kept, between test files and between runs of the tests:
 * media that ffmpeg encodes, what ffprobe says of bytes. A run is known by the program, its arguments and the content of the
 * files that they name; where anything else could matter it is not kept. Nothing is known here of what the programs are.
 */
import { createHash } from 'node:crypto';
import {
  constants,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, isAbsolute, join } from 'node:path';
import type { ProcessResult } from './run-process.ts';

/** Where runs are kept, a folder each. Nobody else may put anything there. */
const keptDirectory = join(tmpdir(), `salvor-kept-${process.getuid?.() ?? 0}`);

/** What was not asked for in so many days is forgotten. */
const keptDays = 14;

/** To know a file by its content costs more than the run where it is larger than this. */
const maxKeptBytes = 256 * 1024 * 1024;

/** Files that name other files, whose content counts as well. */
const namesOthers = /\.(?:m3u8?|txt|ffconcat|mpd|sdp)$/i;

/** A path within a word, as in `concat:/tmp/a.ts|/tmp/b.ts`. */
const pathWithin = /[:=|,'"]\//;

/** What is known of the arguments of a run before it begins. */
interface Words {
  /** Every path among the arguments. */
  readonly paths: readonly string[];
  /** Those at which nothing lies yet: what the run makes. */
  readonly outputs: readonly string[];
  /** The same for the same program, arguments and contents, wherever the files lie. */
  readonly key: string;
}

/** Runs a program, or gives what came of the same run before: what it said, and the files that it made. */
export async function runOrRecall(
  program: string,
  args: readonly string[],
  run: () => Promise<ProcessResult>,
): Promise<ProcessResult> {
  const words = wordsOf(program, args);
  if (words === undefined) return run();
  const entry = join(keptDirectory, words.key);
  const known = recall(entry, words);
  if (known !== undefined) return known;
  const result = await run();
  if (result.status === 0 && wordsOf(program, args, words.outputs)?.key === words.key) keep(entry, words, result);
  return result;
}

/** Undefined where the run depends on more than the arguments and the files they name. `made`: outputs that are there now. */
function wordsOf(program: string, args: readonly string[], made: readonly string[] = []): Words | undefined {
  const paths: string[] = [];
  const outputs: string[] = [];
  const { mtimeMs, size } = statSync(program);
  const key = createHash('sha256').update(JSON.stringify([program, mtimeMs, size]));
  for (const arg of args) {
    if (!isAbsolute(arg)) {
      if (pathWithin.test(arg)) return undefined;
      key.update(`\0word ${arg}`);
      continue;
    }
    const status = made.includes(arg) ? undefined : statSync(arg, { throwIfNoEntry: false });
    const isSmallFile = status === undefined || (status.isFile() && status.size <= maxKeptBytes);
    if (namesOthers.test(arg) || !isSmallFile) return undefined;
    paths.push(arg);
    if (status === undefined) outputs.push(arg);
    key.update(`\0${status === undefined ? 'made' : 'read'} ${basename(arg)} `);
    if (status !== undefined) key.update(createHash('sha256').update(readFileSync(arg)).digest('hex'));
  }
  return { paths, outputs, key: key.digest('hex').slice(0, 40) };
}

/** Stands for a path in what a program said: the files lie elsewhere the next time. */
const mark = (index: number): string => `<path ${index}>`;

function recall(entry: string, { paths, outputs }: Words): ProcessResult | undefined {
  const answer = join(entry, 'answer.json');
  if (!existsSync(answer)) return undefined;
  const withPaths = (text: string): string =>
    paths.reduce((changed, path, index) => changed.replaceAll(mark(index), path), text);
  const { stdout, stderr, ...rest } = JSON.parse(readFileSync(answer, 'utf8')) as ProcessResult;
  for (const [index, path] of outputs.entries()) {
    const kept = join(entry, String(index));
    if (existsSync(kept)) copyFileSync(kept, path, constants.COPYFILE_FICLONE);
  }
  const now = new Date();
  utimesSync(entry, now, now);
  return { ...rest, stdout: withPaths(stdout), stderr: withPaths(stderr) };
}

/** Several test files may keep the same run at once: it is put together aside and named when it is whole. */
function keep(entry: string, { paths, outputs }: Words, result: ProcessResult): void {
  // The longest first: one path may be the beginning of another.
  const indexes = [...paths.keys()].toSorted((one, other) => paths[other]!.length - paths[one]!.length);
  const withMarks = (text: string): string =>
    indexes.reduce((changed, index) => changed.replaceAll(paths[index]!, mark(index)), text);
  mkdirSync(keptDirectory, { recursive: true, mode: 0o700 });
  forgetOldRuns();
  const aside = mkdtempSync(`${entry}.`);
  try {
    for (const [index, path] of outputs.entries()) {
      if (existsSync(path)) copyFileSync(path, join(aside, String(index)), constants.COPYFILE_FICLONE);
    }
    const said = { ...result, stdout: withMarks(result.stdout), stderr: withMarks(result.stderr) };
    writeFileSync(join(aside, 'answer.json'), JSON.stringify(said));
    renameSync(aside, entry);
  } catch {
    // Another was first, or there is no room: the run has been made all the same.
    rmSync(aside, { recursive: true, force: true });
  }
}

let hasForgotten = false;

/** Forgets what nobody has asked for in a long time. To look once is enough. */
function forgetOldRuns(): void {
  if (hasForgotten) return;
  hasForgotten = true;
  const oldest = Date.now() - keptDays * 24 * 3600 * 1000;
  for (const name of readdirSync(keptDirectory)) {
    const path = join(keptDirectory, name);
    const status = statSync(path, { throwIfNoEntry: false });
    if (status !== undefined && status.mtimeMs < oldest) rmSync(path, { recursive: true, force: true });
  }
}
