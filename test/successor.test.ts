/**
 * What a successor finds: no relative link in a Markdown file leads nowhere, every folder of `src` has its line in
 * src/README.md, and the version is the one that the changelog begins with.
 */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, type Dirent } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { test } from 'node:test';
import { projectRoot } from './support/project.ts';

const notOurs = new Set(['node_modules', 'dist', '.git', '.judges', '.work']);

function entriesBelow(folder: string): { readonly path: string; readonly entry: Dirent }[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter(({ name }) => !notOurs.has(name))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      return [{ path, entry }, ...(entry.isDirectory() ? entriesBelow(path) : [])];
    });
}

const pages = entriesBelow(projectRoot)
  .filter(({ entry }) => entry.isFile() && entry.name.endsWith('.md'))
  .map(({ path }) => relative(projectRoot, path));

const read = (path: string): string => readFileSync(join(projectRoot, path), 'utf8');

/** What the links of a page lead to, code left out: `[text](target)` and `[name]: target`. */
function linksOf(text: string): string[] {
  const prose = text.replaceAll(/^```[\s\S]*?^```/gm, '').replaceAll(/`[^`\n]*`/g, '');
  return [
    ...[...prose.matchAll(/\]\(<?([^)\s>]+)>?(?:\s+"[^"]*")?\)/g)].map(([, target]) => target!),
    ...[...prose.matchAll(/^ {0,3}\[[^\]]+\]:\s*<?([^\s>]+)/gm)].map(([, target]) => target!),
  ];
}

/** The names that headings of a page can be linked by, as hosts of repositories make them. */
function anchorsOf(text: string): string[] {
  return [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
    heading!
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

test('no relative link in a page is broken', () => {
  assert.ok(pages.length >= 12 && pages.includes('README.md') && pages.includes('src/README.md'), pages.join(' '));
  const broken: string[] = [];
  let followed = 0;
  for (const page of pages) {
    for (const link of linksOf(read(page))) {
      if (/^[a-z][a-z+.-]*:/i.test(link)) continue;
      followed++;
      const [path, anchor] = link.split('#') as [string, string?];
      const target = path === '' ? page : relative(projectRoot, join(projectRoot, dirname(page), decodeURI(path)));
      const leadsOut = target.startsWith('..');
      const isThere = !leadsOut && existsSync(join(projectRoot, target));
      const isNamed = anchor === undefined || (isThere && anchorsOf(read(target)).includes(anchor));
      if (!isThere || !isNamed) broken.push(`${page}: ${link}`);
    }
  }
  assert.ok(followed >= 50, `only ${followed} links were found`);
  assert.deepEqual(broken, []);
});

test('every folder of src has its line in src/README.md, and every line its folder', () => {
  const folders = entriesBelow(join(projectRoot, 'src'))
    .filter(({ entry }) => entry.isDirectory())
    .map(({ path }) => relative(join(projectRoot, 'src'), path).replaceAll('\\', '/'));
  assert.ok(folders.length >= 20, folders.join(' '));
  const lines = [...read('src/README.md').matchAll(/^\| \[([\w/-]+)\/\]\(\1\) \| \S.* \|$/gm)].map(([, name]) => name!);
  assert.deepEqual(lines.toSorted(), folders.toSorted());
});

test('the newest version of the changelog is that of the package, and of the lock file', () => {
  const [, newest] = /^## \[?(\d+\.\d+\.\d+)\]?/m.exec(read('CHANGELOG.md')) ?? [];
  const { version } = JSON.parse(read('package.json')) as { version: string };
  const lock = JSON.parse(read('package-lock.json')) as {
    version: string;
    packages: Record<string, { version?: string }>;
  };
  assert.deepEqual([newest, lock.version, lock.packages['']?.version], [version, version, version]);
});

test('CI on a public host does what .ci/run does, with a limit of time and nothing unpinned', () => {
  const workflow = read('.github/workflows/ci.yml');
  assert.match(workflow, /run: \.ci\/run$/m);
  assert.match(workflow, /timeout-minutes: \d+/);
  assert.match(workflow, /node: \[?.*20\.19/);
  for (const [, action] of workflow.matchAll(/uses: (\S+)/g)) assert.match(action!, /@v\d+$/);
});
