/** `salvor record`: parameters and help of recording what is piped in, and how what was recorded is told. */
import { basename } from 'node:path';
import type { Argv } from 'yargs';
import { standardInputName } from '../../io/byte-stream.ts';
import { pathKind } from '../../io/directory.ts';
import { SalvorError } from '../../media/errors.ts';
import { wordsOf } from '../../rescue/sweeping/exec.ts';
import { stagingSuffixes } from '../../staging/names.ts';
import { printable } from '../../ui/printable.ts';
import { openProgress } from '../../ui/progress.ts';
import { styleFor } from '../../ui/style.ts';
import type { Terminal } from '../../ui/terminal.ts';
import { formatBytes, formatDuration, plural } from '../../ui/units.ts';
import type { Command } from '../index.ts';
import { openPages } from '../open-pages.ts';
import {
  lastValues,
  withPageOption,
  withReportOptions,
  type PageReportOptions,
  type ReportOptions,
} from '../options.ts';
import { parseDuration } from '../quantities.ts';
import { AfterChunk } from './after-chunk.ts';
import { chunkReport } from './chunk-report.ts';
import { inputName, openRecorded } from './input.ts';
import { firstNames, type RecordingType } from './names.ts';
import { switchOf, withoutParameterWords } from './parameters.ts';
import { record, type RecordProgress } from './record.ts';
import type { OnFull, RecordedChunk } from './chunk-files.ts';
import { Recorder } from './recorder.ts';
import { recordSettings, type RecordSettings } from './settings.ts';

interface RecordCommandOptions extends ReportOptions, PageReportOptions {
  input: string | undefined;
  'local-stream-name': string | undefined;
  'path-to-file': string | undefined;
  type: RecordingType | undefined;
  overwrite: string | undefined;
  'keep-alive': string | undefined;
  'chunk-length': string | undefined;
  'wait-for-idr': string | undefined;
  'win-qt-compat': string | undefined;
  'date-folder-structure': string | undefined;
  'go-rtmp': boolean;
  'on-full': OnFull;
  staging: boolean;
  exec: string | undefined;
}

const group = 'Recording:';

function build(yargs: Argv): Argv {
  const text = { type: 'string', requiresArg: true, group } as const;
  return withPageOption(
    withReportOptions(
      yargs
        .usage(
          "$0 record [input] [options]\n\nRecords an FLV or a transport stream that is piped in. EvoStream's parameters are taken as words too: pathToFile=/rec/cam1 type=mp4.",
        )
        .positional('input', {
          type: 'string',
          description: 'A file or a named pipe; - is standard input, which is also read where nothing is named',
        })
        .option('path-to-file', {
          ...text,
          alias: 'p',
          description: 'The file to make, or with date folders the directory',
        })
        .option('local-stream-name', { ...text, description: 'Name of the stream, for names that have it in them' })
        .option('type', {
          choices: ['mp4', 'flv', 'ts'] as const,
          group,
          description: 'The container',
          defaultDescription: 'mp4',
        })
        .option('overwrite', {
          ...text,
          description: '1: replace a file of the name; 0: take the next free name (_0001)',
        })
        .option('keep-alive', { ...text, description: '1: wait for the next writer of a named pipe when one has left' })
        .option('chunk-length', {
          ...text,
          description: 'Begin another file after so long: 1h, 10m, or seconds; 0: never',
        })
        .option('wait-for-idr', {
          ...text,
          description: '0: cut at the length, not before a picture that decoding can begin with',
        })
        .option('win-qt-compat', { ...text, description: 'Taken for what scripts say; it changes nothing' })
        .option('date-folder-structure', {
          ...text,
          description: '1: <path>/<stream>/<YYYYMMDD>/<stream>-<YYYYMMDD>-<HHMMSS>',
        })
        .option('go-rtmp', {
          type: 'boolean',
          default: false,
          group,
          description:
            'As go-rtmp records: FLV for H.264, MP4 for the rest, <stream>_<YYYYMMDD>_<HHMMSS> in the directory',
        })
        .option('on-full', {
          choices: ['drain', 'stop', 'drop-oldest'] as const,
          default: 'drain' as const,
          group,
          description: 'When the disk is full: read on without recording, end, or remove the oldest file of this run',
        })
        .option('staging', {
          type: 'boolean',
          default: false,
          group,
          description: "Write the media server's four files, which mp4writer makes the MP4 of",
        })
        .option('exec', {
          ...text,
          description:
            'Run this after each file, {} standing for its path; what is told of it is on its standard input',
        }),
    ),
  )
    .example(
      'ffmpeg -i rtsp://cam/1 -c copy -f flv - | $0 record pathToFile=/rec/cam1 type=mp4',
      'an MP4 that plays while it grows',
    )
    .example('$0 record /run/cam.fifo pathToFile=/rec/cam1 chunkLength=3600 keepAlive=1', 'an MP4 an hour');
}

/** Seconds of a chunk: EvoStream counts seconds, people write 1h. */
function chunkSecondsOf(text: string | undefined): number {
  return text === undefined || /^0+$/.test(text) ? 0 : parseDuration(text);
}

/** The path that a recording gets which begins now; of one in chunks without what they have in their names. */
function pathToBe(settings: RecordSettings, type: RecordingType): string {
  const { overwrite, staging, chunked } = settings;
  const suffixes = staging ? ['', ...stagingSuffixes] : [''];
  for (const { base, path } of firstNames(settings, type, new Date())) {
    const isTaken = !overwrite && suffixes.some((suffix) => pathKind(path + suffix) !== undefined);
    if (!isTaken) return chunked ? base : path;
  }
  throw new Error('names have no end');
}

/** The server's answer to `record`, under its own names. What the stream decides is not known yet: it is left empty. */
function responseOf(options: RecordSettings, given: RecordCommandOptions, keepAlive: boolean): object {
  const { chunkSeconds, dateFolders, overwrite, path, streamName, type, waitForIdr } = options;
  return {
    data: {
      chunkLength: chunkSeconds,
      computedPathToFile: type === undefined ? '' : pathToBe(options, type),
      configId: 1,
      dateFolderStructure: dateFolders ? 1 : 0,
      hasAudio: 1,
      keepAlive: keepAlive ? 1 : 0,
      localStreamName: streamName,
      mp4BinPath: '',
      operationType: 7,
      overwrite: overwrite ? 1 : 0,
      pathToFile: path,
      preset: 0,
      type: type ?? '',
      waitForIDR: waitForIdr ? 1 : 0,
      winQtCompat: switchOf('win-qt-compat', given['win-qt-compat'], false) ? 1 : 0,
    },
    description: `Recording ${streamName === '' ? 'the stream' : streamName}`,
    status: 'SUCCESS',
  };
}

/** What is asked for, and `--keep-alive`. */
function settingsOf(options: RecordCommandOptions): RecordSettings & { readonly keepAlive: boolean } {
  const path = options['path-to-file'];
  if (path === undefined) {
    throw new SalvorError('usage', 'nothing says where to record', { advice: 'give pathToFile=… or --path-to-file' });
  }
  switchOf('win-qt-compat', options['win-qt-compat'], false);
  const settings = recordSettings({
    path,
    streamName: options['local-stream-name'],
    type: options.type,
    overwrite: switchOf('overwrite', options.overwrite, false),
    chunkSeconds: chunkSecondsOf(options['chunk-length']),
    waitForIdr: switchOf('wait-for-idr', options['wait-for-idr'], true),
    dateFolders: switchOf('date-folder-structure', options['date-folder-structure'], false),
    goRtmp: options['go-rtmp'],
    staging: options.staging,
    onFull: options['on-full'],
  });
  return { ...settings, keepAlive: switchOf('keep-alive', options['keep-alive'], false) };
}

function chunkLine({ file, bytes, start, stop, frames, lost }: RecordedChunk): string {
  const left = lost === 0 ? '' : `, ${plural(lost, 'sample')} lost`;
  return `${printable(file)}: ${formatDuration(stop - start)}, ${plural(frames, 'frame')}, ${formatBytes(bytes)}${left}`;
}

/** Where it fails, the server's answer says why. */
function answered<T>(work: () => T, terminal: Terminal): T {
  try {
    return work();
  } catch (error) {
    const description = error instanceof SalvorError ? error.message : String(error);
    terminal.out.write(`${JSON.stringify({ data: null, description, status: 'FAIL' })}\n`);
    throw error;
  }
}

async function run(parsed: Record<string, unknown>, terminal: Terminal, signal: AbortSignal): Promise<number> {
  const options = lastValues(parsed, []) as unknown as RecordCommandOptions;
  const { quiet, color } = options;
  // Each chunk is one line in either form.
  const json = options.json || options.ndjson;
  const { keepAlive, ...settings } = json ? answered(() => settingsOf(options), terminal) : settingsOf(options);
  const style = styleFor(terminal, terminal.out, color);
  const progress = await openProgress(terminal, !quiet && !json);
  const note = (message: string): void => {
    progress.clear();
    terminal.err.write(`salvor: ${printable(message)}\n`);
  };
  const after = options.exec === undefined ? undefined : new AfterChunk(wordsOf(options.exec), note);
  const name = inputName(options.input);
  const recordings = name === standardInputName ? [] : [name];
  const isIndex = settings.chunkSeconds > 0;
  const pages = await openPages({ operation: 'record', report: options.report, isIndex, recordings });
  const began = performance.now();
  let read = 0;
  const recorder = new Recorder({
    ...settings,
    describe: pages === undefined ? undefined : name,
    onNotice: note,
    onChunk(chunk, findings) {
      progress.clear();
      pages?.add(chunkReport(chunk, findings, { path: name, bytes: read, began }));
      after?.add(chunk.file, `${JSON.stringify(chunk)}\n`);
      if (json) terminal.out.write(`${JSON.stringify(chunk)}\n`);
      else if (!quiet) terminal.out.write(`${style.green('recorded')}  ${chunkLine(chunk)}\n`);
    },
  });
  terminal.onHangup?.(() => recorder.cut());
  if (json) terminal.out.write(`${JSON.stringify(responseOf(settings, options, keepAlive))}\n`);
  const input = await openRecorded(options.input, keepAlive, signal);
  if (input === undefined) return 130;
  const tell = ({ bytes, file, lost }: RecordProgress): void => {
    read = bytes;
    const seconds = (performance.now() - began) / 1000;
    const rate = `${formatBytes(bytes / Math.max(seconds, 0.001))}/s`;
    const where = file === undefined ? 'waiting for pictures' : basename(file);
    const left = lost === 0 ? '' : `, ${plural(lost, 'sample')} lost`;
    progress.busy(`${where}: ${formatDuration(seconds)}, ${formatBytes(bytes)}, ${rate}${left}`);
  };
  let hasFailed = false;
  try {
    await record(input, recorder, { signal, progress: tell });
  } finally {
    progress.clear();
    input.close();
    hasFailed = (await after?.finish()) ?? false;
    pages?.finish();
  }
  if (signal.aborted) return 130;
  // What is wrong was said as it came; the recording itself is whole.
  return hasFailed ? 1 : 0;
}

const effects: Command['effects'] = [
  { option: 'type', without: ['go-rtmp'] },
  { option: 'date-folder-structure', without: ['go-rtmp'] },
];

/** Loaded by the table of verbs when `record` is asked for. */
export const command: Command = { build, effects, run, words: withoutParameterWords };
