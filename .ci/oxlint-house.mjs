// The two rules of the house that oxlint does not bring along.
// imports: every folder of src is a room that may use the rooms below it and nothing else. What is not allowed here is
// forbidden; a new room has to be entered here first. Circles are left to oxlint's own import/no-cycle.
// documented: what a module of src exports carries a doc comment, with nothing between the two.
import { posix, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

const core = ['bytes', 'codecs', 'media', 'io'];
const formats = ['staging', 'mp4', 'flv', 'mpegts'];
const terminalPackages = new Set(['yargs', 'chalk', 'ora', 'cli-progress']);

/** What each room may use of ours: rooms, or single files named from src. Its own files it may always use. */
const mayUse = {
  bytes: [],
  codecs: ['bytes'],
  media: ['bytes', 'codecs'],
  io: ['bytes', 'codecs', 'media'],
  ...Object.fromEntries(formats.map((format) => [format, core])),
  rescue: [...core, ...formats],
  queue: ['media'],
  ui: ['media'],
  engine: [...core, ...formats, 'rescue', 'queue'],
  api: [...core, ...formats, 'rescue', 'engine', 'version.ts'],
  command: [
    ...core,
    ...formats,
    'rescue',
    'queue',
    'ui',
    'commands/index.ts',
    'commands/options.ts',
    'commands/quantities.ts',
    'commands/recordings.ts',
    'commands/report-json.ts',
    'commands/open-pages.ts',
    'commands/file-repairs.ts',
    'version.ts',
  ],
  'commands/index.ts': ['ui', 'media', 'commands/options.ts', 'command'],
  'commands/options.ts': ['ui', 'media', 'commands/quantities.ts'],
  'commands/quantities.ts': ['media'],
  'commands/report-json.ts': ['media', 'version.ts'],
  'commands/recordings.ts': [...core, 'ui', 'commands/options.ts', 'commands/report-json.ts', 'commands/open-pages.ts'],
  'commands/open-pages.ts': ['commands/report-pages.ts'],
  'commands/report-pages.ts': [...core, 'rescue', 'ui', 'version.ts'],
  'commands/file-repairs.ts': [...core, 'rescue', 'ui', 'commands/options.ts', 'commands/recordings.ts'],
  start: [...core, 'ui', 'api', 'commands/index.ts', 'commands/options.ts', 'command'],
};

const withTerminal = new Set([
  'ui',
  'command',
  'commands/index.ts',
  'commands/options.ts',
  'commands/recordings.ts',
  'commands/file-repairs.ts',
  'start',
]);
/** Folders that are one thing to everybody else: only this file of each may be imported from outside. */
const doors = ['media/ffprobe/ffprobe.ts'];
/** The only file that may use Node's own functions, which take no names but UTF-8. */
const fileSystem = 'io/file-system.ts';
const withoutPackages = new Set(['bytes', 'codecs', 'media', ...formats, 'rescue']);
const processModules = new Set(['node:process', 'node:tty', 'node:readline', 'node:readline/promises']);

/**
 * The room of a file, from its path in src. In a verb's folder, command.ts (and <name>-command.ts) faces the terminal
 * and everything else is the engine; the files of src itself start the programs.
 */
function roomOf(path) {
  const [first, second, ...rest] = path.split('/');
  if (second === undefined) return { room: 'start' };
  if (first !== 'commands') return { room: first };
  if (rest.length === 0) return { room: path };
  return { room: /(^|-)command\.ts$/.test(rest.at(-1)) ? 'command' : 'engine', verb: second };
}

/** What is wrong with a file of src importing something, undefined where nothing is. */
function fault(path, specifier) {
  const { room, verb } = roomOf(path);
  const name = verb === undefined ? room : `the ${room} of ${verb}`;
  const allowed = mayUse[room];
  if (allowed === undefined) return `the room '${room}' is not in the plan (.ci/oxlint-house.mjs)`;
  if (specifier === undefined) return 'an import has to say what it imports';
  if (specifier.startsWith('node:')) {
    if (/^node:fs(\/|$)/.test(specifier) && path !== fileSystem) {
      if (room !== 'io') return `${name} may not touch the file system, only io may`;
      return `names may be any bytes: import from ${fileSystem}`;
    }
    if (processModules.has(specifier) && !withTerminal.has(room)) return `${name} may not know the process`;
    return undefined;
  }
  if (!specifier.startsWith('.')) {
    const packageName = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
    if (withoutPackages.has(room)) return `${name} may use no package, '${packageName}' neither`;
    if (terminalPackages.has(packageName) && !withTerminal.has(room)) {
      return `${name} may not use '${packageName}'`;
    }
    return undefined;
  }
  const target = posix.join(posix.dirname(path), specifier);
  if (target.startsWith('..')) {
    if (target === '../package.json' && path === 'version.ts') return undefined;
    return `${name} may not use what lies outside src`;
  }
  const door = doors.find((each) => posix.dirname(target) === posix.dirname(each));
  if (door !== undefined && target !== door && posix.dirname(path) !== posix.dirname(door)) {
    return `${posix.dirname(door)} has one door, ${door}`;
  }
  const other = roomOf(target);
  if (other.verb !== undefined && other.verb === verb) {
    return room === 'engine' && other.room === 'command' ? `${name} may not use its command` : undefined;
  }
  if (other.room === room && verb === undefined) return undefined;
  if (other.verb !== undefined && verb !== undefined) return `${name} may not use the verb ${other.verb}`;
  if (allowed.includes(target) || allowed.includes(other.room)) return undefined;
  return `${name} may not use ${other.room === 'start' ? target : other.room}`;
}

const imports = {
  meta: { type: 'problem', docs: { description: 'Imports point downwards only, from room to room as planned.' } },
  create(context) {
    const path = relative(resolve(root, 'src'), context.filename).split(sep).join('/');
    if (path.startsWith('..')) return {};
    const check = (node, source) => {
      const message = fault(path, typeof source?.value === 'string' ? source.value : undefined);
      if (message !== undefined) context.report({ node, message });
    };
    return {
      ImportDeclaration: (node) => check(node, node.source),
      ExportAllDeclaration: (node) => check(node, node.source),
      ExportNamedDeclaration: (node) => node.source !== null && check(node, node.source),
      ImportExpression: (node) => check(node, node.source),
      TSImportType: (node) => check(node, node.source ?? node.argument),
      TSExternalModuleReference: (node) => check(node, node.expression),
      CallExpression: (node) => {
        if (/^(require|createRequire)$/.test(node.callee.name ?? '')) {
          context.report({ node, message: 'import instead' });
        }
      },
    };
  },
};

const declarations = new Set([
  'FunctionDeclaration',
  'TSDeclareFunction',
  'ClassDeclaration',
  'VariableDeclaration',
  'TSInterfaceDeclaration',
  'TSTypeAliasDeclaration',
  'TSEnumDeclaration',
]);

/** The names that an exported declaration declares, for the message. */
function namesOf(declaration, sourceCode) {
  if (declaration.type !== 'VariableDeclaration') return declaration.id.name;
  return declaration.declarations.map(({ id }) => id.name ?? sourceCode.getText(id)).join(', ');
}

const documented = {
  meta: { type: 'problem', docs: { description: 'Every export of src has a doc comment directly in front of it.' } },
  create(context) {
    if (relative(resolve(root, 'src'), context.filename).startsWith('..')) return {};
    const { sourceCode } = context;
    const seen = new Set();
    return {
      ExportNamedDeclaration(node) {
        const { declaration } = node;
        if (!declarations.has(declaration?.type)) return;
        const names = namesOf(declaration, sourceCode);
        // Of the overloads of a function the first speaks for all.
        if (/Function/.test(declaration.type)) {
          if (seen.has(names)) return;
          seen.add(names);
        }
        const comment = sourceCode.getCommentsBefore(node).at(-1);
        const isDoc = comment?.type === 'Block' && /^\*\s*\S/.test(comment.value);
        // One line break in between and nothing else: an empty line makes it a comment on the module.
        if (isDoc && /^[ \t]*\r?\n?[ \t]*$/.test(sourceCode.text.slice(comment.range[1], node.range[0]))) return;
        context.report({ node, message: `'${names}' is exported without a doc comment directly in front of it` });
      },
    };
  },
};

export default { meta: { name: 'house' }, rules: { imports, documented } };
