/** Records what comes from an input until it ends or is ended: recognises the container, reads, and lets the recorder write. */
import { FlvAccessUnits } from '../../flv/access-units.ts';
import type { ByteStream } from '../../io/byte-stream.ts';
import type { ByteSource } from '../../io/file-source.ts';
import { Pace } from '../../io/pace.ts';
import type { AccessUnitReader } from '../../media/access-unit.ts';
import { SalvorError } from '../../media/errors.ts';
import { TsAccessUnits } from '../../mpegts/access-units.ts';
import { containerOf } from '../../rescue/container.ts';
import type { Recorder } from './recorder.ts';

/** What is waited for before the bytes of neither container are refused. */
const recognisedWithin = 64 * 1024;
/** An FLV shows itself by its first bytes; packets by some of them. */
const minBytes = 5 * 204;
const blockLength = 128 * 1024;
const tickMilliseconds = 200;

/** How it is going. */
export interface RecordProgress {
  readonly bytes: number;
  readonly file: string | undefined;
  /** Samples that are in no file. */
  readonly lost: number;
}

/** What is told of how it goes, and what ends it before the stream ends. */
export interface RecordControls {
  readonly signal: AbortSignal;
  readonly progress?: ((now: RecordProgress) => void) | undefined;
}

/**
 * Records the stream to its end, or until the signal is aborted. The files are whole and on the disk when it returns, also where
 * it throws: `output` where the disk is full, `unrecoverable` where nothing came that can be recorded and nobody has ended it.
 */
export async function record(input: ByteStream, recorder: Recorder, controls: RecordControls): Promise<void> {
  await recordAll(input, recorder, controls);
  if (recorder.wasFull) {
    const file = recorder.path;
    throw new SalvorError('output', 'the disk is full; what was recorded until then is whole', { file });
  }
  if (controls.signal.aborted || recorder.samples > 0) return;
  throw new SalvorError('unrecoverable', 'no media came that can be recorded');
}

async function recordAll(input: ByteStream, recorder: Recorder, { signal, progress }: RecordControls): Promise<void> {
  const buffer = new Uint8Array(blockLength);
  let reader: AccessUnitReader | undefined;
  let held = Buffer.alloc(0);
  let bytes = 0;
  const failures: unknown[] = [];
  let ticked = performance.now();
  const tick = (): void => {
    ticked = performance.now();
    try {
      recorder.tick();
    } catch (error) {
      failures.push(error);
    }
    progress?.({ bytes, file: recorder.currentFile, lost: recorder.lost });
  };
  const timer = setInterval(tick, tickMilliseconds);
  const pace = new Pace();
  try {
    // What has come through a pipe by then is taken in first.
    while (!recorder.isStopped && failures.length === 0 && !(input.isRepeatable && signal.aborted)) {
      const count = await input.readInto(buffer, 0, buffer.length);
      if (count === 0) break;
      bytes += count;
      if (reader === undefined) {
        held = Buffer.concat([held, buffer.subarray(0, count)]);
        reader = readerFor(held, recorder, false);
        if (reader !== undefined) reader.feed(held);
      } else reader.feed(buffer.subarray(0, count));
      // Where the machine has more to do than it can, each time that others have their turn costs: what was read is written in this one.
      if (performance.now() - ticked >= tickMilliseconds) tick();
      if (pace.isDue) await pace.turn();
    }
    if (reader === undefined && held.length > 0) {
      reader = readerFor(held, recorder, true);
      reader?.feed(held);
    }
    reader?.finish();
    progress?.({ bytes, file: recorder.currentFile, lost: recorder.lost });
  } finally {
    clearInterval(timer);
    await recorder.finish();
  }
  if (failures.length > 0) throw failures[0];
}

/** The reader of what the first bytes are; undefined where more of them have to be there to tell. */
function readerFor(head: Buffer, recorder: Recorder, isEnd: boolean): AccessUnitReader | undefined {
  if (head.toString('latin1', 0, 3) === 'FLV') return new FlvAccessUnits(recorder);
  if (head.length < minBytes && !isEnd) return undefined;
  const source: ByteSource = {
    path: '',
    size: head.length,
    read: (offset, length) => head.subarray(offset, offset + length),
  };
  const container = containerOf(source);
  if (container === 'mpegts') return recorder.packetReader() ?? new TsAccessUnits(recorder);
  if (container === 'flv') return new FlvAccessUnits(recorder, true);
  if (container === undefined && head.length < recognisedWithin && !isEnd) return undefined;
  throw new SalvorError('unreadable', 'is neither an FLV nor a transport stream', {
    advice: 'have the sender write one of them, as ffmpeg does with -f flv or -f mpegts',
  });
}
