/** The table of verbs. A verb's code is loaded when it is asked for, and not before. */
import type { Argv } from 'yargs';
import type { Terminal } from '../ui/terminal.ts';
import type { Effect } from './options.ts';

/** Runs the program with other words within this process; resolves to the exit code. */
export type RunSalvor = (words: readonly string[], terminal: Terminal, signal: AbortSignal) => Promise<number>;

/** What a verb's `command.ts` exports as `command`. */
export interface Command {
  readonly build: (yargs: Argv) => Argv;
  /** Which options mean something only with others, or without. */
  readonly effects: readonly Effect[];
  /** The command line as yargs is to read it, where a verb has options that it would misread. */
  readonly words?: (argv: readonly string[]) => readonly string[];
  /** Runs the verb with the parsed arguments; resolves to the exit code. `runSalvor`: for a verb that asks another. */
  readonly run: (
    options: Record<string, unknown>,
    terminal: Terminal,
    signal: AbortSignal,
    runSalvor: RunSalvor,
  ) => Promise<number>;
}

/** A verb as the overview lists it; `load` fetches its code. */
export interface Verb {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly arguments: string;
  /** One line for the overview. */
  readonly summary: string;
  readonly load: () => Promise<Command>;
}

/** In the order in which the overview shows them. */
export const verbs: readonly Verb[] = [
  {
    name: 'mp4writer',
    aliases: ['combine'],
    arguments: '<path..>',
    summary: 'Make an MP4 of the staging files of a recording',
    load: async () => (await import('./mp4writer/command.ts')).command,
  },
  {
    name: 'flv-fix',
    aliases: [],
    arguments: '<file..>',
    summary: 'Repair FLV files that were never closed or are damaged',
    load: async () => (await import('./flv-fix/command.ts')).command,
  },
  {
    name: 'ts-split',
    aliases: [],
    arguments: '<file..>',
    summary: 'Cut an MPEG transport stream at IDR pictures, packet for packet',
    load: async () => (await import('./ts-split/command.ts')).command,
  },
  {
    name: 'ts-fix',
    aliases: [],
    arguments: '<file..>',
    summary: 'Repair MPEG transport streams: damaged, without tables, with several clocks',
    load: async () => (await import('./ts-fix/command.ts')).command,
  },
  {
    name: 'probe',
    aliases: [],
    arguments: '<path..>',
    summary: 'Say what a recording is, whether it is intact, and what to do about it',
    load: async () => (await import('./probe/command.ts')).command,
  },
  {
    name: 'repair',
    aliases: [],
    arguments: '<path..>',
    summary: 'Repair MP4s without a moov, or with one that is wrong',
    load: async () => (await import('./repair/command.ts')).command,
  },
  {
    name: 'remux',
    aliases: [],
    arguments: '<file..>',
    summary: 'Put recordings into another container, several as one timeline',
    load: async () => (await import('./remux/command.ts')).command,
  },
  {
    name: 'record',
    aliases: [],
    arguments: '[input]',
    summary: 'Record what is piped in: files that play at every moment',
    load: async () => (await import('./record/command.ts')).command,
  },
  {
    name: 'sweep',
    aliases: [],
    arguments: '[directory..]',
    summary: 'Finish all recordings in a tree: one line in cron',
    load: async () => (await import('./sweep/command.ts')).command,
  },
  {
    name: 'work',
    aliases: [],
    arguments: '',
    summary: 'Finish recordings out of a queue, on any number of machines',
    load: async () => (await import('./work/command.ts')).command,
  },
];
