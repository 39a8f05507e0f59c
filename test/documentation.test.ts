/**
 * The help texts, the manual pages and the README say the same thing, and it is true. Everything is found by itself: the
 * programs from package.json, the verbs from the table of verbs, findings and report fields from where they are defined.
 * Whoever adds a verb, an option, a finding or a field is told here what is not documented yet.
 */
import assert from 'node:assert/strict';
import {
  accessSync,
  constants,
  copyFileSync,
  readdirSync,
  readFileSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { test } from 'node:test';
import yargs, { type Argv } from 'yargs';
import { verbs } from '../src/commands/index.ts';
import { withOutputOptions, withReportOptions } from '../src/commands/options.ts';
import { SalvorError, type FailureKind } from '../src/media/errors.ts';
import { findingCatalogue } from '../src/media/findings.ts';
import { copyStagingCase } from './support/fixtures.ts';
import { programPath, runInProcess, runProgram, type ProgramName } from './support/programs.ts';
import { fixturesDirectory, projectRoot } from './support/project.ts';
import { runProcess } from './support/run-process.ts';
import { scratchDirectory } from './support/scratch.ts';

const read = (path: string): string => readFileSync(join(projectRoot, path), 'utf8');

interface Manifest {
  readonly bin: Readonly<Record<string, string>>;
  readonly man: readonly string[];
}
const manifest = JSON.parse(read('package.json')) as Manifest;
/** Programs that stand in for another one, each with a page and a section of its own. */
const dropIns = Object.keys(manifest.bin).filter((name) => name !== 'salvor') as ProgramName[];
const readme = read('README.md');
/** Every way to fail: the compiler sees to it that none is missing. */
const failureKinds: Readonly<Record<FailureKind, true>> = {
  usage: true,
  unreadable: true,
  unrecoverable: true,
  output: true,
  busy: true,
  interrupted: true,
};
const overview = 'man/salvor.1';
/** The page that begins with what is wrong. */
const bySymptom = 'man/salvor-troubleshooting.7';

/** Help texts that were asked for, by command line. */
const helps = new Map<string, Promise<string>>();

function helpOf(program: ProgramName, ...args: string[]): Promise<string> {
  const line = [program, ...args, '--help'].join(' ');
  const help = helps.get(line) ?? readHelp(program, [...args, '--help']);
  helps.set(line, help);
  return help;
}

async function readHelp(program: ProgramName, args: readonly string[]): Promise<string> {
  const { status, stdout, stderr } = await runProgram(program, args);
  assert.deepEqual({ status, stderr }, { status: 0, stderr: '' });
  return stdout;
}

/** The options a help text lists; the lines that explain them are indented further. */
function optionsOfHelp(help: string): string[] {
  const lines = help.match(/^ {2,6}-.*/gm) ?? [];
  return sorted(lines.flatMap((line) => /^ *((?:-{1,2}[A-Za-z][\w-]*(?:, )?)+)/.exec(line)![1]!.split(', ')));
}

interface PageItem {
  /** The words of its `.It` line. */
  readonly words: readonly string[];
  /** What it says, without macros and in one line. */
  readonly text: string;
  /** The literal words and values in it. */
  readonly literals: readonly string[];
  /** The section it stands in. */
  readonly section: string;
}

/** The tagged items of a manual page, in order. */
function itemsOf(page: string): PageItem[] {
  const items: { words: string[]; text: string; literals: string[]; section: string }[] = [];
  let section = '';
  for (const line of read(page).split('\n')) {
    if (line.startsWith('.Sh ')) section = line.slice('.Sh '.length);
    if (line.startsWith('.It ')) items.push({ words: line.split(' ').slice(1), text: '', literals: [], section });
    else if (/^\.(?:El|Bl|Sh|Ss|Pp)\b/.test(line)) continue;
    else if (items.length > 0) {
      items.at(-1)!.text += ` ${line.replace(/^\.[A-Z][a-z] /, '').replaceAll('\\&', '')}`;
      if (line.startsWith('.Ql ')) items.at(-1)!.literals.push(line.slice('.Ql '.length).replace(/ [,.:;]$/, ''));
    }
  }
  return items.map((item) => ({ ...item, text: item.text.trim() }));
}

/** The options a manual page lists. `--no-x` beside `--x` is how yargs spells the opposite and stands in no help text. */
function optionsOfPage(page: string): string[] {
  const options = itemsOf(page).flatMap(({ words }) =>
    words.flatMap((word, index) => (word === 'Fl' ? [`-${words[index + 1]}`] : [])),
  );
  return sorted(
    options.filter((option) => !options.includes(option.replace(/^--no-/, '--')) || !option.startsWith('--no-')),
  );
}

function sorted<T extends string | number>(values: Iterable<T>): T[] {
  return [...new Set(values)].toSorted((a, b) => (a < b ? -1 : 1));
}

/** A section of the README, from its heading to the next. */
function readmeSection(heading: string): string {
  const [, section] = readme.split(`\n## ${heading}\n`);
  assert.ok(section !== undefined, `the README has no section '## ${heading}'`);
  return section.split('\n## ')[0]!;
}

const pageOfVerb = (name: string): string => `man/salvor-${name}.1`;

test('the options of each verb are those of its manual page', async () => {
  for (const { name } of verbs) {
    const help = optionsOfHelp(await helpOf('salvor', name));
    assert.ok(help.length > 2, `the help of ${name} was not understood`);
    assert.deepEqual(optionsOfPage(pageOfVerb(name)), help, name);
  }
});

test('the options of each drop-in are those of its manual page', async () => {
  for (const program of dropIns) {
    assert.deepEqual(optionsOfPage(`man/${program}.1`), optionsOfHelp(await helpOf(program)), program);
  }
});

test('the overview has the options without a verb and those that verbs share', async () => {
  const shared = await withReportOptions(withOutputOptions(yargs([]) as Argv))
    .help(false)
    .version(false)
    .getHelp();
  const expected = [...optionsOfHelp(await helpOf('salvor')), ...optionsOfHelp(shared)];
  assert.deepEqual(optionsOfPage(overview), sorted(expected));
});

test('every verb stands in the help, in the overview, in a page and in a section of the README, with its aliases', async () => {
  const help = await helpOf('salvor');
  const commands = itemsOf(overview).filter(({ words }) => words[0] === 'Cm');
  for (const { name, aliases } of verbs) {
    assert.match(help, new RegExp(`^ {2}salvor ${name} `, 'm'));
    assert.deepEqual(
      commands.find(({ words }) => words[1] === name)?.words.filter((word) => /\w/.test(word)),
      ['Cm', name, ...aliases],
    );
    assert.ok(read(overview).includes(`\n.Xr salvor-${name} 1`), `${overview} does not refer to the page of ${name}`);
    const section = readmeSection(`salvor ${name}`);
    for (const alias of aliases) {
      assert.ok(section.includes(`salvor ${alias}`), `the README does not name ${alias}`);
      assert.match(read(pageOfVerb(name)), new RegExp(`^\\.Nm salvor Cm ${alias}$`, 'm'));
    }
  }
  const documented = commands.map(({ words }) => words[1]).filter((name) => name !== 'completion');
  assert.deepEqual(
    documented,
    verbs.map(({ name }) => name),
  );
});

test('every program has a section of the README, and npm installs every manual page there is', () => {
  for (const program of dropIns) readmeSection(program);
  const pages = [
    overview,
    bySymptom,
    ...verbs.map(({ name }) => pageOfVerb(name)),
    ...dropIns.map((program) => `man/${program}.1`),
  ];
  assert.deepEqual(
    sorted(readdirSync(join(projectRoot, 'man'))),
    sorted(pages.map((page) => page.slice('man/'.length))),
  );
  assert.deepEqual(sorted(manifest.man), sorted(pages));
});

const programCall = new RegExp(`(?:^|[ $])(${Object.keys(manifest.bin).join('|')}) (.*)`);

/** Every command line of ours in a text: what follows the name of a program. */
function commandLines(text: string): { program: ProgramName; args: string[] }[] {
  const found: { program: ProgramName; args: string[] }[] = [];
  for (const line of text.split('\n')) {
    if (!/^(?: {2,}|\.Dl |\$ |\*)/.test(line)) continue;
    const match = programCall.exec(line.split(/ #| \||>/)[0]!.trimEnd());
    if (match === null || / {3,}/.test(match[2]!)) continue;
    found.push({ program: match[1] as ProgramName, args: match[2]!.trim().split(/\s+/) });
  }
  return found;
}

test('every command line that is given as an example uses options that exist', async () => {
  const texts = [readme, ...manifest.man.map((page) => read(page))];
  for (const { name } of verbs) texts.push(await helpOf('salvor', name));
  const lines = texts.flatMap(commandLines);
  assert.ok(lines.length >= 10, `only ${lines.length} examples were found`);
  for (const { program, args } of lines) {
    const verb = verbs.find(({ name, aliases }) => [name, ...aliases].includes(args[0]!));
    assert.ok(program !== 'salvor' || verb !== undefined || /^(?:completion|<verb>|-)/.test(args[0]!), args.join(' '));
    const known = optionsOfPage(verb === undefined ? `man/${program}.1` : pageOfVerb(verb.name));
    for (const argument of args.filter((each) => /^-[A-Za-z-]/.test(each))) {
      assert.ok(known.includes(argument.split('=')[0]!), `${program} ${args.join(' ')}: there is no ${argument}`);
    }
  }
});

test('every long option the README speaks of exists', async () => {
  const known = new Set<string>();
  for (const page of manifest.man) for (const option of optionsOfPage(page)) known.add(option);
  for (const option of readme.match(/(?<![\w-])--[a-z][\w-]*/g) ?? []) assert.ok(known.has(option), option);
});

test('every finding stands in the overview with its severity and its meaning, and no other', () => {
  const documented = itemsOf(overview)
    .filter(({ words }) => words[0] === 'Sy' && words.length === 3)
    .map(({ words, text }) => [words[1]!, words[2]!.slice(1, -1), text] as const);
  assert.deepEqual(documented.map(([code]) => code).toSorted(), Object.keys(findingCatalogue).toSorted(), 'each once');
  for (const [code, severity, text] of documented) {
    const [expectedSeverity, meaning] = findingCatalogue[code as keyof typeof findingCatalogue];
    assert.equal(severity, expectedSeverity, code);
    const sentence = `${meaning.charAt(0).toUpperCase()}${meaning.slice(1)}.`;
    assert.ok(text.startsWith(sentence), `${code}: the page says '${text}', the catalogue '${sentence}'`);
  }
});

/** The names of the report's fields in the page, as dotted paths such as `tracks[].kept.samples`. */
function documentedFields(): Map<string, PageItem> {
  const items = itemsOf(overview).filter(({ words }) => words[0] === 'Va');
  const names = ({ words }: PageItem): string[] => words.slice(1).filter((word) => /\w/.test(word));
  return new Map(items.flatMap((item) => names(item).map((name) => [name, item] as const)));
}

const lastName = (path: string): string => path.replace('[]', '').split('.').at(-1)!.replace('[]', '');

test('every field of the report is documented with all the values it can have, and no other', () => {
  const folder = 'src/media';
  const sources = ['report.ts', 'findings.ts'].map((name) => read(`${folder}/${name}`)).join('');
  const defined = [...sources.matchAll(/readonly (\w+)\??:(?=([^;]*))/g)]
    .map(([, name, type]) => ({ name: name!, type: type! }))
    // For figures; not printed.
    .filter(({ name }) => !['course', 'courseBefore', 'courseAfter'].includes(name));
  const documented = documentedFields();
  const names = [...documented.keys()].map(lastName);
  assert.deepEqual(sorted(names), sorted(defined.map(({ name }) => name)));
  const severities = /export type Severity = ([^;]*);/.exec(read(`${folder}/finding-codes/finding-code.ts`))![1]!;
  const expected = [
    ...defined.map(({ name, type }) => ({ field: name, values: valuesOf(type) })),
    { field: 'findings[].severity', values: valuesOf(severities) },
    { field: 'failure.kind', values: Object.keys(failureKinds) },
  ];
  for (const { field, values } of expected) {
    const items = [...documented].filter(([path]) => path === field || lastName(path) === field);
    const literals = new Set(items.flatMap(([, item]) => item.literals.map((literal) => literal.replace(/ :$/, ''))));
    for (const value of values) assert.ok(literals.has(value), `${field}: '${value}' is not documented`);
  }
});

/** The values of a type that is a choice of strings. */
function valuesOf(type: string): string[] {
  return [...type.matchAll(/(?:^|\|)\s*'([^']+)'/g)].map(([, value]) => value!);
}

/** The paths of all fields of a JSON value. */
function fieldsOf(value: unknown, path: string): string[] {
  if (Array.isArray(value)) return value.flatMap((element) => fieldsOf(element, `${path}[]`));
  if (typeof value !== 'object' || value === null) return [];
  const below = path === '' || path === 'recordings[]' ? '' : `${path}.`;
  return Object.entries(value).flatMap(([name, field]) => [below + name, ...fieldsOf(field, below + name)]);
}

test('every field of real reports stands at its place in the documentation', async (context) => {
  const directory = scratchDirectory(context);
  copyStagingCase('clean', 'no-keyframe', join(directory, 'clean'));
  copyStagingCase('crashed', 'b-12.30s', join(directory, 'crashed'));
  const paths = ['clean/rec.mp4', 'crashed/rec.mp4', 'missing.mp4'].map((path) => join(directory, path));
  const documented = new Set([...documentedFields().keys()].map((path) => path.replaceAll('[]', '')));
  for (const options of [['--dry-run'], [], ['--recovery', '--force']]) {
    const { stdout } = await runInProcess('salvor', ['mp4writer', '--json', ...options, ...paths]);
    const fields = sorted(fieldsOf(JSON.parse(stdout), '').map((path) => path.replaceAll('[]', '')));
    assert.ok(fields.includes('tracks.kept.samples') && fields.includes('findings.code'), stdout);
    for (const field of fields) assert.ok(documented.has(field), `${field} is not documented`);
  }
});

/** The exit codes of the sentence that begins with `Exit codes:`. */
function exitCodesOf(text: string): number[] {
  const sentence = /Exit codes: ([^.]*)\./.exec(text.replaceAll(/\s+/g, ' '))?.[1];
  assert.ok(sentence !== undefined, `no exit codes in ${text}`);
  return sorted([...sentence.matchAll(/(?:^|[,;] )(\d+) /g)].map(([, code]) => Number(code)));
}

function exitCodesOfPage(page: string): number[] {
  const items = itemsOf(page).filter(({ section }) => section === 'EXIT STATUS');
  return sorted(items.map(({ words }) => Number(words[0])));
}

test('help, manual page and README agree about the exit codes', async () => {
  const codes = exitCodesOfPage(overview);
  assert.deepEqual(exitCodesOf(await helpOf('salvor')), codes);
  for (const { name } of verbs) {
    const section = readmeSection(`salvor ${name}`);
    if (section.includes('Exit codes:')) assert.deepEqual(exitCodesOf(section), codes, name);
  }
  for (const program of dropIns) {
    const own = exitCodesOfPage(`man/${program}.1`);
    assert.deepEqual(exitCodesOf(await helpOf(program)), own, program);
    assert.deepEqual(exitCodesOf(readmeSection(program)), own, program);
  }
});

test('the exit codes are those of the failures there are', () => {
  const ofFailures = Object.keys(failureKinds).map((kind) => new SalvorError(kind as FailureKind, '').exitCode);
  const doneButLost = 3;
  assert.deepEqual(exitCodesOfPage(overview), sorted([0, doneButLost, ...ofFailures]));
});

/** Why a test that needs a program cannot run, as an option of the test. In CI it runs and fails. */
function needsProgram(program: string, debianPackage: string): { readonly skip?: string } {
  const isHere = (process.env['PATH'] ?? '').split(delimiter).some((directory) => {
    try {
      accessSync(join(directory, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
  if (isHere || process.env['CI'] === 'true') return {};
  return { skip: `NOT TESTED: no ${program} here; apt-get install ${debianPackage}` };
}

test('mandoc finds nothing to complain of in the manual pages', needsProgram('mandoc', 'mandoc'), async () => {
  // It looks up references from page to page where it is started.
  const pages = manifest.man.map((page) => page.slice('man/'.length));
  const args = ['-T', 'lint', '-W', 'all', ...pages];
  const { status, stdout, stderr } = await runProcess('mandoc', args, { cwd: join(projectRoot, 'man') });
  assert.deepEqual({ status, complaints: stdout + stderr }, { status: 0, complaints: '' });
});

test('man shows the manual pages without a warning', needsProgram('man', 'man-db'), async () => {
  for (const page of manifest.man) {
    const args = ['-l', '--warnings', page];
    const result = await runProcess('man', args, { cwd: projectRoot, env: { MANWIDTH: '80', LC_ALL: 'C.UTF-8' } });
    assert.equal(result.stderr, '', page);
    assert.equal(result.status, 0, page);
    assert.match(result.stdout, page === bySymptom ? /WHO LEAVES WHAT/ : /EXIT STATUS/);
  }
});

/** Macros that are words, and words of a sentence where one of them begins what a list item or a heading says. */
const macrosOfWords = /^\.(?:It|Sh|Ss|Sx) (?:In|No|At|An|Do|Me|Up|Of|Ad|As|Is|It|To|On|Be|So|Or|Us) [a-z]/;

test('no line of a page begins with a word that is a macro, which would take it for its own', () => {
  for (const page of manifest.man) {
    const taken = read(page)
      .split('\n')
      .filter((line) => macrosOfWords.test(line));
    assert.deepEqual(taken, [], page);
  }
});

/** The cron jobs the documentation recommends: what stands behind the five fields of the time. */
function cronJobs(): string[] {
  const lines = [readme, ...manifest.man.map((page) => read(page))].flatMap((text) => text.split('\n'));
  const jobs = lines.flatMap((line) => /^ *(?:\.Dl )?\*\/\d+ \* \* \* \* (.*)/.exec(line)?.[1] ?? []);
  return sorted(jobs.map((job) => job.replaceAll('\\e', '\\')));
}

test('the cron jobs of the documentation combine what has been left alone, without a word, and nothing else', async (context) => {
  const jobs = cronJobs().filter((job) => !job.includes(' sweep '));
  assert.ok(jobs.length >= 2, 'the documentation has no cron jobs');
  const path = [dirname(programPath('salvor')), dirname(process.execPath), process.env['PATH']].join(delimiter);
  for (const job of jobs) {
    const directory = scratchDirectory(context);
    for (const name of ['old', 'young']) copyStagingCase('clean', 'av-bframes', join(directory, name));
    copyStagingCase('clean', 'chunked', join(directory, 'chunked'));
    const anHourAgo = Date.now() / 1000 - 3600;
    for (const folder of ['old', 'chunked']) {
      for (const file of readdirSync(join(directory, folder))) {
        utimesSync(join(directory, folder, file), anHourAgo, anHourAgo);
      }
    }
    const young = readdirSync(join(directory, 'young'));
    const command = job.replaceAll('/srv/rec', directory);
    assert.notEqual(command, job);
    // Ten minutes later nothing is left to be done.
    for (const when of ['first', 'second']) {
      const { status, stdout, stderr } = await runProcess('sh', ['-c', command], { env: { PATH: path } });
      assert.deepEqual({ status, stdout, stderr }, { status: 0, stdout: '', stderr: '' }, `${when}: ${job}`);
      assert.deepEqual(readdirSync(join(directory, 'old')), ['rec.mp4'], job);
      assert.deepEqual(readdirSync(join(directory, 'chunked')), ['rec_part0000.mp4', 'rec_part0001.mp4'], job);
      assert.ok(statSync(join(directory, 'old/rec.mp4')).size > 0);
      assert.deepEqual(readdirSync(join(directory, 'young')), young, job);
    }
  }
});

test('the sweeps of the documentation say what they finished, once, and leave what is young', async (context) => {
  const jobs = cronJobs().filter((job) => job.includes(' sweep '));
  assert.ok(jobs.length >= 2, jobs.join('\n'));
  const path = [dirname(programPath('salvor')), dirname(process.execPath), process.env['PATH']].join(delimiter);
  for (const job of jobs) {
    const directory = scratchDirectory(context);
    for (const name of ['old', 'young']) copyStagingCase('clean', 'av-bframes', join(directory, name));
    copyFileSync(join(fixturesDirectory, 'flv/killed-chunk3.flv'), join(directory, 'old/killed.flv'));
    const anHourAgo = Date.now() / 1000 - 3600;
    for (const file of readdirSync(join(directory, 'old'))) {
      utimesSync(join(directory, 'old', file), anHourAgo, anHourAgo);
    }
    const command = job.replaceAll('/srv/rec', directory);
    const runJob = async (): Promise<{ status: number | null; stdout: string; stderr: string }> =>
      runProcess('sh', ['-c', command], { env: { PATH: path } });
    const first = await runJob();
    assert.deepEqual([first.status, first.stderr], [75, ''], 'what is young is left for the next time');
    assert.match(first.stdout, /^2 finished, 1 still being written; /m);
    assert.deepEqual(await runJob(), { ...first, stdout: '' }, job);
  }
});

/** The jobs of every day that the documentation has for FLV and MP4 files, in the order of each page. */
function dailyJobs(): string[] {
  const lines = [readme, ...manifest.man.map((page) => read(page))].flatMap((text) => text.split('\n'));
  const jobs = lines.flatMap((line) => /^ *(?:\.Dl )?\d+ \d+ \* \* \* (.*)/.exec(line)?.[1] ?? []);
  return jobs.filter((job) => / (?:flv-fix|repair|probe) /.test(job));
}

test('the jobs of every day repair what is unfinished, and find nothing to do on the next', async (context) => {
  const jobs = dailyJobs();
  assert.ok(jobs.filter((job) => job.includes('flv-fix')).length >= 3, jobs.join('\n'));
  assert.ok(jobs.some((job) => job.includes(' probe ')));
  assert.ok(jobs.some((job) => job.includes(' repair ')));
  const path = [dirname(programPath('salvor')), dirname(process.execPath), process.env['PATH']].join(delimiter);
  for (const job of jobs) {
    const directory = scratchDirectory(context);
    for (const name of ['killed-chunk3.flv', 'video-only.flv']) {
      copyFileSync(join(fixturesDirectory, 'flv', name), join(directory, name));
    }
    // A recording that was killed, and an earlier one of the same stream.
    const movie = readFileSync(join(fixturesDirectory, 'go-rtmp/h265_segments_clean/recording.mp4'));
    writeFileSync(join(directory, 'earlier.mp4'), movie);
    const moov = movie.lastIndexOf('moov', undefined, 'latin1') - 4;
    writeFileSync(join(directory, 'killed.mp4.tmp'), movie.subarray(0, moov));
    // What reports runs behind what repairs, as in the README.
    const repairs = ['flv-fix', 'repair'].map((verb) => jobs.find((each) => each.includes(` ${verb} `))!);
    const commands = job.includes('probe') ? [...repairs, job] : [job];
    const stateOf = (): string[] =>
      readdirSync(directory).map((name) => {
        const { size, mtimeMs, ino } = statSync(join(directory, name));
        return `${name} ${size} ${mtimeMs} ${ino}`;
      });
    let before: string[] | undefined;
    for (const day of ['first', 'second']) {
      for (const command of commands) {
        const { status, stdout, stderr } = await runProcess('sh', ['-c', command.replaceAll('/srv/rec', directory)], {
          env: { PATH: path },
        });
        assert.deepEqual({ status, stdout, stderr }, { status: 0, stdout: '', stderr: '' }, `${day}: ${command}`);
      }
      if (before !== undefined) assert.deepEqual(stateOf(), before, job);
      before = stateOf();
    }
  }
});

test('scripts that were written for ffprobe read what probe says', needsProgram('jq', 'jq'), async (context) => {
  const lines = read('man/salvor-probe.1').split('\n');
  const examples = lines
    .filter((line) => line.includes('| jq'))
    .map((line) => line.replace(/^\.Dl /, '').replaceAll('\\(dq', '"'));
  assert.equal(examples.length, 2);
  const directory = scratchDirectory(context);
  copyStagingCase('clean', 'av-bframes', directory);
  const path = [dirname(programPath('salvor')), dirname(process.execPath), process.env['PATH']].join(delimiter);
  const env = { PATH: path };
  await runProcess('sh', ['-c', 'salvor mp4writer -q --remove-staging rec.mp4'], { cwd: directory, env });
  copyFileSync(join(fixturesDirectory, 'flv/killed-chunk3.flv'), join(directory, 'killed.flv'));
  const printed: string[] = [];
  for (const example of examples) {
    const command = example.replaceAll('/srv/rec', directory);
    const { status, stdout, stderr } = await runProcess('sh', ['-c', command], { cwd: directory, env });
    assert.deepEqual({ status, stderr }, { status: 0, stderr: '' }, example);
    printed.push(stdout.trim());
  }
  assert.ok(Number(printed[0]) > 1, printed[0]);
  assert.deepEqual(printed[1], join(directory, 'killed.flv'));
});
