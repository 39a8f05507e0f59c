/** `record` for programs: records a stream as it comes. */
import { Readable } from 'node:stream';
import { chunkReport } from '../commands/record/chunk-report.ts';
import type { OnFull, RecordedChunk } from '../commands/record/chunk-files.ts';
import { openRecorded } from '../commands/record/input.ts';
import type { RecordingType } from '../commands/record/names.ts';
import { record as recordStream } from '../commands/record/record.ts';
import { Recorder } from '../commands/record/recorder.ts';
import { recordSettings } from '../commands/record/settings.ts';
import { StandardInput, type ByteStream } from '../io/byte-stream.ts';
import { SalvorError } from '../media/errors.ts';
import type { RecordingReport } from '../media/report.ts';

/** What `record` takes. */
export interface RecordOptions {
  /** Path of the file, whose ending is added where it has none; with `dateFolders` and `goRtmp` a directory. */
  readonly output: string;
  /** The container; `mp4` by default, and with `goRtmp` what that takes for the codec. */
  readonly type?: RecordingType;
  /** Name of the stream, for names that have it in them. */
  readonly streamName?: string;
  /** Replace a file of the name. By default the next free name is taken (`_0001`). */
  readonly overwrite?: boolean;
  /** Begin another file after so many seconds, with a picture that decoding can begin with. By default all is one file. */
  readonly chunkSeconds?: number;
  /** False: begin it at the length, wherever that is. */
  readonly waitForIdr?: boolean;
  /** Name the files `<output>/<stream>/<YYYYMMDD>/<stream>-<YYYYMMDD>-<HHMMSS>`. */
  readonly dateFolders?: boolean;
  /** Record as go-rtmp does: FLV for H.264, MP4 for the rest, `<stream>_<YYYYMMDD>_<HHMMSS>` in the directory. */
  readonly goRtmp?: boolean;
  /** Write the media server's four files, which `combine` makes the MP4 of. */
  readonly staging?: boolean;
  /** When the disk is full: read on without recording (the default), end, or remove the oldest file of this recording. */
  readonly onFull?: OnFull;
  /** Wait for the next writer of a named pipe when one has left. */
  readonly keepAlive?: boolean;
  /** Ends the recording: the files are whole, and the promise is resolved with them. */
  readonly signal?: AbortSignal;
  /** Another file is begun as soon as it can be when this is called. */
  readonly onBegin?: (cut: () => void) => void;
  /** Told of each file when it is on the disk. */
  readonly onFile?: (file: RecordedFile) => void;
  /** Told of what should be known as it comes, in a sentence: damage, a full disk, pictures that decoding cannot begin with. */
  readonly onNotice?: (message: string) => void;
  /** Called several times a second with the bytes read, and the file that is being written. */
  readonly onProgress?: (bytes: number, file: string | undefined) => void;
}

/** One file that was recorded: what `salvor record --json` prints of it, and its report. */
export interface RecordedFile extends RecordedChunk {
  readonly report: RecordingReport;
}

/**
 * Records a stream to its end, or until it is ended by the signal.
 *
 * @param input - an FLV or a transport stream: the path of a file or of a named pipe, or its bytes, such as `response.body` or the
 *   standard output of a process
 * @returns the files, in their order, all of them whole and on the disk
 * @throws SalvorError where the files that `onFile` was told of are whole all the same: `usage`, `unreadable`, `unrecoverable`, `output`
 */
export async function record(
  input: string | AsyncIterable<Uint8Array>,
  options: RecordOptions,
): Promise<RecordedFile[]> {
  const { output, signal = new AbortController().signal, onFile, onNotice, onProgress, onBegin } = options;
  const settings = recordSettings({ ...options, path: output });
  const name = typeof input === 'string' ? input : '-';
  const began = performance.now();
  const files: RecordedFile[] = [];
  let read = 0;
  const recorder = new Recorder({
    ...settings,
    describe: name,
    onNotice: (message) => onNotice?.(message),
    onChunk(chunk, findings) {
      const file = { ...chunk, report: chunkReport(chunk, findings, { path: name, bytes: read, began }) };
      files.push(file);
      onFile?.(file);
    },
  });
  onBegin?.(() => recorder.cut());
  const stream = await open(input, options.keepAlive ?? false, signal);
  if (stream === undefined) return files;
  try {
    const progress = ({ bytes, file }: { readonly bytes: number; readonly file: string | undefined }): void => {
      read = bytes;
      onProgress?.(bytes, file);
    };
    await recordStream(stream, recorder, { signal, progress });
  } finally {
    stream.close();
  }
  // Each is closed in the background.
  return files.toSorted((one, other) => one.start - other.start);
}

async function open(
  input: string | AsyncIterable<Uint8Array>,
  keepAlive: boolean,
  signal: AbortSignal,
): Promise<ByteStream | undefined> {
  if (typeof input !== 'string') {
    return new StandardInput(signal, input instanceof Readable ? input : Readable.from(input, { objectMode: true }));
  }
  if (input === '') throw new SalvorError('usage', 'there is no input');
  return openRecorded(input, keepAlive, signal);
}
