/**
 * Puts recordings into another container without encoding anything anew: read the inputs, make one timeline of them, write,
 * say what could not be carried over. The inputs are only read.
 */
import { basename } from 'node:path';
import { isSameFile } from '../../io/directory.ts';
import { waitUntilClosed } from '../../io/open-for-writing.ts';
import { Pace } from '../../io/pace.ts';
import { SalvorError } from '../../media/errors.ts';
import { Findings } from '../../media/findings.ts';
import { roundSeconds, type RecordingReport } from '../../media/report.ts';
import { placeOnTimeline } from '../../media/timeline.ts';
import { creationTimeAt } from '../../mp4/creation-time.ts';
import { trackReport } from '../../mp4/track-report.ts';
import { makeMovie, type MakingOptions } from '../../rescue/making/make-movie.ts';
import { openInput, type Input } from './inputs.ts';
import { joinInputs, type RemuxedTrack, type JoinOptions } from './join.ts';
import { mediaAsItLies } from './media-as-it-lies.ts';
import { movieOf } from './write-movie.ts';
import { writeStream, type StreamContainer } from './write-stream.ts';

/** The containers that are written. */
export type OutputKind = 'mp4' | StreamContainer;

/** What is asked for. */
export interface RemuxOptions extends JoinOptions {
  readonly output: string;
  readonly kind: OutputKind;
  /** Whether an existing file of that name may be replaced. */
  readonly replace: boolean;
  readonly dryRun: boolean;
  /** Seconds to wait for a recorder to close the inputs. */
  readonly wait?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly progress?: ((what: 'reading' | 'writing', done: number, total: number) => void) | undefined;
}

/** Makes one output of the inputs, in their order. Throws a `SalvorError`, with everything as it was, where that cannot be done. */
export async function remux(paths: readonly string[], options: RemuxOptions): Promise<RecordingReport> {
  const started = performance.now();
  const { output, dryRun, signal, progress } = options;
  const pace = new Pace(signal);
  await waitUntilClosed([...paths], options.wait ?? 0, signal);
  const own = paths.find((path) => isSameFile(path, output));
  if (own !== undefined) {
    throw new SalvorError('usage', 'the output would replace an input', {
      file: own,
      advice: 'give another name to -o',
    });
  }
  const findings = new Findings();
  const inputs: Input[] = [];
  try {
    for (const path of paths) {
      const reading = (done: number, total: number): void => progress?.('reading', done, total);
      const spoolBeside = dryRun ? undefined : `${output}.${inputs.length}`;
      inputs.push(await openInput(path, { spoolBeside, findings, pace, progress: reading, before: inputs.at(-1) }));
    }
    const tracks = await pace.through(joinInputs(inputs, options, findings));
    const made = await write(tracks, inputs, options, findings);
    return { ...made, elapsedSeconds: roundSeconds((performance.now() - started) / 1000) };
  } finally {
    for (const input of inputs) input.close();
  }
}

/** What came of writing. */
interface Written {
  readonly outcome: RecordingReport['outcome'];
  readonly bytes: number;
  readonly replaced: boolean;
}

async function write(
  tracks: readonly RemuxedTrack[],
  inputs: readonly Input[],
  options: RemuxOptions,
  findings: Findings,
): Promise<Omit<RecordingReport, 'elapsedSeconds'>> {
  const { output, kind, signal, progress } = options;
  const sources = inputs.flatMap((input) => input.sources);
  const common = {
    ...options,
    sources,
    findings,
    progress: (done: number, total: number) => progress?.('writing', done, total),
  };
  const written: Written =
    kind === 'mp4'
      ? await writeMp4(tracks, inputs, common)
      : await writeStream(tracks, { ...common, kind, pace: new Pace(signal) });
  const reports = placeOnTimeline(tracks).map((place) => trackReport(place, { file: undefined }, { from: 'recorded' }));
  const ends = reports.map(({ startSeconds, durationSeconds }) => startSeconds + durationSeconds);
  const mediaBytes = tracks.reduce((sum, { samples }) => sum + samples.mediaBytes, 0);
  const { outcome, bytes, replaced } = written;
  return {
    recording: inputs[0]!.path,
    outcome,
    inputs: inputs.map((input) => ({ path: input.path, bytes: input.bytes, fate: 'kept' })),
    output: { path: output, bytes, durationSeconds: roundSeconds(Math.max(...ends)), replaced },
    tracks: reports,
    unindexed: [],
    findings: findings.list(),
    bytesMoved: outcome === 'made' ? mediaBytes : 0,
  };
}

async function writeMp4(
  tracks: readonly RemuxedTrack[],
  inputs: readonly Input[],
  options: Omit<MakingOptions, 'again' | 'isOnlyCopy'>,
): Promise<Written> {
  const [first] = inputs;
  const modified = creationTimeAt(options.sources[0]!.modified);
  const edits = inputs.length === 1 ? first!.edits : undefined;
  const lying = await new Pace(options.signal).through(mediaAsItLies(tracks));
  const movie = movieOf(tracks, basename(options.output), edits, first!.creationTime ?? modified, lying);
  const { outcome, layout, replaced } = await makeMovie(() => movie, {
    ...options,
    again: options.replace,
    isOnlyCopy: false,
  });
  return { outcome, bytes: layout.fileLength, replaced };
}
