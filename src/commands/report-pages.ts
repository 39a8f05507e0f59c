/**
 * The pages of `--report`: where they go and that they replace nothing but pages of ours. One recording is one page. Several,
 * or a directory, are an index under the name that was given, and beside it a folder of that name without its ending with a
 * page each. What is on the pages is not known here.
 */
import { basename, dirname, extname, join } from 'node:path';
import { AtomicOutput } from '../io/atomic-output.ts';
import { isSameFile, makeDirectory, pathKind } from '../io/directory.ts';
import { FileSource } from '../io/file-source.ts';
import { bytesOfName } from '../io/file-system.ts';
import { SalvorError } from '../media/errors.ts';
import type { ProbedRecording } from '../media/probed-recording.ts';
import type { RecordingReport } from '../media/report.ts';
import type { SweepOutcome } from '../media/sweep-outcome.ts';
import { looksLikeRecording } from '../rescue/looks-like-recording.ts';
import { entryOf, indexPage, type IndexEntry } from '../ui/html-report/index-page.ts';
import { pageMark, type PageContext } from '../ui/html-report/page.ts';
import { probedEntryOf, probedPage } from '../ui/html-report/probed-page.ts';
import { recordingPage } from '../ui/html-report/recording-page.ts';
import { version } from '../version.ts';

/** What is told of one recording: a line of an index, and a page. */
interface Told {
  readonly name: string;
  readonly entry: (link?: string) => IndexEntry;
  /** Not there where there is no more to say than the line. */
  readonly page?: (context: PageContext, back?: string) => string;
}

/** How the pages are asked for. */
export interface PageOptions {
  /** The verb. */
  readonly operation: string;
  /** As it was typed; undefined where no page is wanted. */
  readonly report: string | undefined;
  /** What is there under its name and is no page of ours may be replaced, unless it is a recording. */
  readonly force?: boolean;
  /** There is an index, however many recordings there turn out to be. */
  readonly isIndex: boolean;
  /** What no page may take the place of. */
  readonly recordings: readonly string[];
}

/** The characters that a page's own name is made of; others are not the same to every server that may show it. */
const strange = /[^\w.-]+/g;

/** Longest part of a recording's name in that of its page. */
const maxName = 80;

/** Pages that are being gathered. */
export class ReportPages {
  readonly #path: string;
  readonly #options: PageOptions;
  readonly #entries: IndexEntry[] = [];
  /** Told of before it was known that there is an index. */
  #waiting: Told[] = [];
  #isIndex: boolean;
  #failure: SalvorError | undefined;

  /** Throws `usage` and `output` errors, before any recording is touched, where a page could not be written in the end. */
  constructor(path: string, options: PageOptions) {
    if (!/^\.html?$/i.test(extname(path))) {
      throw new SalvorError('usage', 'the name of a report is to end in .html', { file: path });
    }
    this.#path = path;
    this.#options = options;
    this.#isIndex = options.isIndex;
    this.#refuseOther(path);
  }

  /** Takes up what a verb reports of one more. What cannot be written is said by `finish`. */
  add(report: RecordingReport): void {
    this.#add(toldOf(report));
  }

  /** The same of what a sweep came to. */
  addSwept(outcome: SweepOutcome): void {
    this.#add(toldOfSwept(outcome));
  }

  /** The same of what was found by looking alone. */
  addProbed(recording: ProbedRecording): void {
    this.#add({
      name: recording.path,
      entry: (link) => probedEntryOf(recording, link),
      page: (context, back) => probedPage(recording, context, back),
    });
  }

  #add(told: Told): void {
    if (this.#isIndex) this.#writeListed(told);
    else this.#waiting.push(told);
  }

  /** Writes what is not written yet, the page that was asked for last. Throws `output` errors. */
  finish(): void {
    const [only, ...others] = this.#waiting;
    if (!this.#isIndex && only?.page !== undefined && others.length === 0) {
      this.#write(this.#path, only.page(this.#context));
      return;
    }
    this.#isIndex = true;
    for (const told of this.#waiting) this.#writeListed(told);
    this.#waiting = [];
    this.#write(this.#path, indexPage(this.#entries, this.#context));
    if (this.#failure !== undefined) throw this.#failure;
  }

  get #context(): PageContext {
    return { operation: this.#options.operation, salvorVersion: version, writtenAt: new Date() };
  }

  #writeListed(told: Told): void {
    const folder = this.#path.slice(0, -extname(this.#path).length);
    const number = String(this.#entries.length + 1).padStart(3, '0');
    const name = `${number}-${basename(told.name).replaceAll(strange, '_').slice(-maxName)}.html`;
    let link: string | undefined;
    try {
      if (told.page !== undefined) {
        makeDirectory(folder);
        this.#write(join(folder, name), told.page(this.#context, `../${linkTo(basename(this.#path))}`));
        link = `${linkTo(basename(folder))}/${name}`;
      }
    } catch (error) {
      if (!(error instanceof SalvorError)) throw error;
      // The others are told of all the same.
      this.#failure ??= error;
    }
    this.#entries.push(told.entry(link));
  }

  #write(path: string, text: string): void {
    this.#refuseOther(path);
    const output = new AtomicOutput(path, { replace: true });
    try {
      output.write(Buffer.from(text), 0);
      output.sync();
      output.commit();
    } finally {
      output.discard();
    }
  }

  /** Throws where what is there under a name is not to be replaced. */
  #refuseOther(path: string): void {
    const { force = false, recordings } = this.#options;
    const kind = pathKind(path);
    if (kind === undefined) {
      if (pathKind(dirname(path)) !== undefined) return;
      throw new SalvorError('output', 'there is no such directory', { file: dirname(path) });
    }
    if (kind === 'file' && isPage(path)) return;
    const isRecording =
      kind === 'file' && (recordings.some((each) => isSameFile(each, path)) || looksLikeRecording(path));
    if (isRecording) {
      throw new SalvorError('output', 'is a recording, which no report replaces', {
        file: path,
        advice: 'give another name to --report',
      });
    }
    if (kind === 'file' && force) return;
    throw new SalvorError('output', 'is there already and is no report of salvor', {
      file: path,
      advice: 'give another name to --report, or use --force where the verb has it',
    });
  }
}

/** A name as a link has it, byte for byte: names may be of any bytes. */
function linkTo(name: string): string {
  return [...bytesOfName(name)]
    .map((byte) =>
      /[\w.-]/.test(String.fromCharCode(byte)) ? String.fromCharCode(byte) : `%${byte.toString(16).padStart(2, '0')}`,
    )
    .join('');
}

function isPage(path: string): boolean {
  try {
    const source = new FileSource(path);
    try {
      return Buffer.from(source.read(0, pageMark.length)).toString('latin1') === pageMark;
    } finally {
      source.close();
    }
  } catch (error) {
    if (error instanceof SalvorError) return false;
    throw error;
  }
}

function toldOf(report: RecordingReport): Told {
  return {
    name: report.recording,
    entry: (link) => entryOf(report, link),
    page: (context, back) => recordingPage(report, context, back),
  };
}

function toldOfSwept({ path, result, report, reason, findings = [] }: SweepOutcome): Told {
  const outcome = result === 'failed' ? 'failed' : 'already-made';
  const empty: RecordingReport = {
    recording: path,
    outcome,
    inputs: [],
    tracks: [],
    unindexed: [],
    findings,
    elapsedSeconds: 0,
    bytesMoved: 0,
  };
  const failure = reason === undefined ? {} : { failure: { kind: result, message: reason } };
  const told = toldOf({ ...(report ?? empty), ...(result === 'failed' ? { outcome, ...failure } : {}) });
  if (result !== 'busy') return told;
  const line = reason ?? 'It is still being written.';
  return { name: path, entry: () => ({ ...entryOf(empty), word: 'busy', mood: 'warn', line }) };
}
