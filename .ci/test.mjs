// Runs the built tests: `node .ci/test.mjs [PART-OF-A-FILE-NAME…]`. Sees to it first that the judges are there, and fails
// when no test ran. On a terminal it shows every test; otherwise a line a file, what was skipped and why, and failures.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, relative } from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const built = join(root, 'dist/test');

function fail(message) {
  console.error(`test: ${message}`);
  process.exit(1);
}

const judges = spawnSync(join(root, '.ci/get-judges'), { stdio: 'inherit' });
if (judges.status !== 0) {
  if (process.env.CI === 'true') fail('CI has to have its judges');
  console.error('test: the judges on the PATH have to do; tests of those that are missing there are skipped');
}

// Node 20 takes no patterns, and a folder of ours has no place its own search would look in.
const wanted = process.argv.slice(2);
const files = (existsSync(built) ? readdirSync(built, { recursive: true }) : [])
  .filter((file) => file.endsWith('.test.js'))
  .filter((file) => wanted.length === 0 || wanted.some((part) => file.includes(part)))
  .map((file) => join(built, file))
  .toSorted();
if (files.length === 0) fail(`no test to run in ${relative(process.cwd(), built) || built}; npm run build makes them`);

/** A reporter for logs: Node's closing lines are kept as Node itself writes them where there is no terminal. */
async function* concise(events) {
  const perFile = new Map();
  const closing = [];
  const durations = new Map();
  const failures = [];
  for await (const { type, data } of events) {
    if (type === 'test:stderr' && !isOfUncounted(data.message)) yield data.message;
    if (type === 'test:diagnostic' && data.file === undefined) closing.push(`# ${data.message}\n`);
    if (type !== 'test:pass' && type !== 'test:fail') continue;
    const file = data.file === undefined ? '?' : relative(built, data.file);
    const counts = perFile.get(file) ?? { passed: 0, failed: 0, skipped: 0 };
    perFile.set(file, counts);
    if (data.nesting === 0) durations.set(file, (durations.get(file) ?? 0) + (data.details?.duration_ms ?? 0));
    if (type === 'test:fail') {
      const { error } = data.details;
      // A suite fails with its tests, which have already been told.
      if (error?.failureType === 'subtestsFailed') continue;
      if (isTodo(data)) {
        yield `todo ${file}: ${data.name}: ${data.todo === true ? 'no reason given' : data.todo}\n`;
        continue;
      }
      counts.failed++;
      const failure = `not ok ${file}: ${data.name}\n${indented(error?.cause?.stack ?? error?.cause ?? error?.message ?? error)}\n`;
      failures.push(failure);
      yield failure;
    } else if (data.skip !== undefined && data.skip !== false) {
      counts.skipped++;
      yield `skipped ${file}: ${data.name}: ${data.skip === true ? 'no reason given' : data.skip}\n`;
    } else if (data.details?.type !== 'suite') {
      counts.passed++;
    }
  }
  for (const [file, { passed, failed, skipped }] of [...perFile].toSorted(([one], [other]) => (one < other ? -1 : 1))) {
    const rest = [failed > 0 ? `, ${failed} FAILED` : '', skipped > 0 ? `, ${skipped} skipped` : ''].join('');
    yield `${failed > 0 ? 'not ok' : 'ok'} ${file} (${passed} passed${rest})\n`;
  }
  const slowest = [...durations].toSorted(([, one], [, other]) => other - one).slice(0, 20);
  yield `# longest: ${slowest.map(([file, ms]) => `${file} ${Math.round(ms / 1000)} s`).join(', ')}\n`;
  // Again at the end: of a long log, CI keeps and people read the last lines.
  yield* failures;
  yield* closing;
}

/** What Node says at the end of a file whose lines are not counted (test/support/uncounted.ts). */
function isOfUncounted(message) {
  return message.trim() === "'result' from coverage profile response is not an object";
}

function indented(value) {
  return String(value).replaceAll(/^/gm, '    ');
}

/** Whether a test that fails is marked as waiting for a repair. */
function isTodo({ todo }) {
  return todo !== undefined && todo !== false;
}

/** A suite or a file that fails with nothing but such tests does not fail. */
function hasTodoOnly(data) {
  return data.details?.error?.failureType === 'subtestsFailed' && failed === 0;
}

let failed = 0;
let ran = 0;
const empty = [];
// It slows every start of Node 20 by a third, and the tests start many.
delete process.env.NODE_EXTRA_CA_CERTS;
// The long trials are tried whole in CI, and in samples elsewhere (test/support/trials.ts).
const triesAll = process.env.CI === 'true' || process.env.SALVOR_TRIALS === 'all';
if (!triesAll) {
  console.log('# samples of the long trials; SALVOR_TRIALS=all tries all, and counts the lines that are run');
}
// What the whole suite runs of src is counted, in the processes of the test files: the programs they start are bundles. It makes
// them slower by a third.
const coverage = wanted.length === 0 && triesAll ? join(root, 'dist/coverage') : undefined;
if (coverage !== undefined) {
  rmSync(coverage, { recursive: true, force: true });
  process.env.NODE_V8_COVERAGE = coverage;
}
// One more than there are processors: some file always waits, for a disk or for a clock.
const events = run({ files, concurrency: availableParallelism() + 1 });
events.on('test:pass', (data) => {
  // A file without a test counts as a test of its own that passed.
  if (data.name === data.file) empty.push(relative(built, data.file));
  else if (data.skip === undefined || data.skip === false) ran++;
});
events.on('test:fail', (data) => {
  ran++;
  // A fault that is known and waits for its repair.
  if (isTodo(data) || hasTodoOnly(data)) return;
  failed++;
  process.exitCode = 1;
});
const output = events.compose(process.stdout.isTTY ? new spec() : concise);
output.pipe(process.stdout);
output.on('end', () => {
  if (empty.length > 0) fail(`no test in ${empty.join(', ')}`);
  if (ran === 0) fail('not one test ran');
  if (coverage !== undefined && !isCovered()) process.exitCode = 1;
});

/** Reports which share of the lines of src was run, and whether it is at least the floor, which stands in package.json. */
function isCovered() {
  delete process.env.NODE_V8_COVERAGE;
  return spawnSync('npm', ['run', '-s', 'coverage'], { cwd: root, stdio: 'inherit' }).status === 0;
}
