/** Writes joined tracks as an FLV or a transport stream: sample by sample, in the order in which they are decoded. */
import { FlvWriter, unfitForFlv } from '../../flv/stream-writer.ts';
import { AtomicOutput } from '../../io/atomic-output.ts';
import { BlockSource } from '../../io/block-source.ts';
import type { FileSource } from '../../io/file-source.ts';
import { refuseWhileWritten } from '../../io/open-for-writing.ts';
import type { Pace } from '../../io/pace.ts';
import { existsAlready } from '../../io/system-error.ts';
import { pathKind } from '../../io/directory.ts';
import type { AccessUnit, StreamTrack } from '../../media/access-unit.ts';
import { SalvorError } from '../../media/errors.ts';
import type { Findings } from '../../media/findings.ts';
import { TransportWriter, unfitForTransportStream } from '../../mpegts/stream-writer.ts';
import type { RemuxedTrack } from './join.ts';

/** The containers that are written in one go. */
export type StreamContainer = 'flv' | 'ts';

/** Where the stream goes. */
export interface StreamOutputOptions {
  readonly output: string;
  readonly kind: StreamContainer;
  readonly replace: boolean;
  readonly dryRun: boolean;
  /** The open files that it is made of. */
  readonly sources: readonly FileSource[];
  readonly findings: Findings;
  readonly pace: Pace;
  readonly progress?: ((done: number, total: number) => void) | undefined;
}

/** What was written, or would be in a dry run, whose bytes are those of the media. */
export interface WrittenStream {
  readonly outcome: 'made' | 'would-make';
  readonly bytes: number;
  readonly replaced: boolean;
}

const names: Readonly<Record<StreamContainer, string>> = { flv: 'an FLV', ts: 'a transport stream' };
/** Samples between two looks at the clock. */
const samplesAtOnce = 64;

/** Writes the tracks. Throws `unrecoverable` for what the container cannot hold, with everything as it was. */
export async function writeStream(
  tracks: readonly RemuxedTrack[],
  options: StreamOutputOptions,
): Promise<WrittenStream> {
  const { output: target, kind, replace, dryRun } = options;
  refuseUnfit(tracks, kind);
  const replaced = pathKind(target) === 'file';
  if (replaced && !replace) throw existsAlready(target);
  const mediaBytes = tracks.reduce((sum, { samples }) => sum + samples.mediaBytes, 0);
  if (dryRun) return { outcome: 'would-make', bytes: mediaBytes, replaced };
  const output = new AtomicOutput(target, { replace });
  try {
    const sink = output.sink(0);
    const parts = (all: readonly Uint8Array[]): void => {
      for (const part of all) sink.bytes(part);
    };
    const bytes = (chunk: Uint8Array): void => sink.bytes(chunk);
    const length =
      kind === 'flv'
        ? await writeFlv(tracks, mediaBytes, parts, options, (patch, offset) => {
            sink.flush();
            output.write(patch, offset);
          })
        : await writeTs(tracks, mediaBytes, bytes, options);
    sink.flush();
    await output.syncInBackground(options.pace);
    if (output.length !== length) throw new SalvorError('output', 'what was written is not there', { file: target });
    refuseWhileWritten(options.sources);
    output.commit(options.findings);
    return { outcome: 'made', bytes: length, replaced };
  } catch (error) {
    output.discard();
    throw error;
  }
}

function refuseUnfit(tracks: readonly RemuxedTrack[], kind: StreamContainer): void {
  const whyNot = kind === 'flv' ? unfitForFlv : unfitForTransportStream;
  for (const track of tracks) {
    const all = [track.configuration, ...(track.changes ?? []).map(({ configuration }) => configuration)];
    const unfit = all.find((configuration) => whyNot(configuration) !== undefined);
    if (unfit === undefined) continue;
    const what = `${names[kind]} cannot hold ${track.kind} of the codec ${unfit.codec} as it is: ${whyNot(unfit)}`;
    throw new SalvorError('unrecoverable', what, { advice: 'an MP4 holds it' });
  }
}

const secondsOf = (ticks: number, { timescale }: Pick<RemuxedTrack, 'timescale'>): number => ticks / timescale;

function startOf(tracks: readonly RemuxedTrack[]): number {
  return Math.min(...tracks.map((track) => secondsOf(track.samples.firstDecodeTime, track)));
}

/** The tracks under the ids that writers have for them: video odd, audio even. */
function streamTracks(tracks: readonly RemuxedTrack[]): StreamTrack[] {
  const counts = { video: 0, audio: 0 };
  return tracks.map(({ kind, timescale, configuration }) => {
    const id = 2 * counts[kind]++ + (kind === 'video' ? 1 : 2);
    return { id, kind, timescale, configuration };
  });
}

async function writeFlv(
  tracks: readonly RemuxedTrack[],
  mediaBytes: number,
  write: (parts: readonly Uint8Array[]) => void,
  { pace, progress }: StreamOutputOptions,
  patch: (bytes: Uint8Array, offset: number) => void,
): Promise<number> {
  const startSeconds = startOf(tracks);
  const lead = tracks.find(({ kind }) => kind === 'video');
  const { samples } = lead ?? { samples: undefined };
  const indexRoom =
    samples === undefined ? 0 : (samples.sync?.values().reduce((sum, flag) => sum + flag, 0) ?? samples.length);
  const writer = new FlvWriter({ tracks: streamTracks(tracks), startSeconds, indexRoom }, write);
  for (const unit of units(tracks, mediaBytes, progress)) {
    if (unit === undefined) {
      if (pace.isDue) await pace.turn();
    } else writer.unit(unit);
  }
  const ends = tracks.map((track) => secondsOf(track.samples.firstDecodeTime + track.samples.mediaDuration, track));
  const durationSeconds = Math.round((Math.max(...ends) - startSeconds) * 1000) / 1000;
  const { offset, bytes } = writer.finish({ durationSeconds, fileBytes: writer.length });
  patch(bytes, offset);
  return writer.length;
}

async function writeTs(
  tracks: readonly RemuxedTrack[],
  mediaBytes: number,
  write: (bytes: Uint8Array) => void,
  { pace, progress }: StreamOutputOptions,
): Promise<number> {
  const streams = streamTracks(tracks);
  const earlier = new Map<number, number>();
  for (const [index, { samples, timescale }] of tracks.entries()) {
    const lowest = samples.compositionOffsets?.values().reduce((least, offset) => Math.min(least, offset), 0) ?? 0;
    if (lowest < 0) earlier.set(streams[index]!.id, Math.ceil((-lowest * 90_000) / timescale));
  }
  const writer = new TransportWriter({ tracks: streams, startSeconds: startOf(tracks), earlier }, write);
  for (const unit of units(tracks, mediaBytes, progress)) {
    if (unit === undefined) {
      if (pace.isDue) await pace.turn();
    } else writer.unit(unit);
  }
  writer.finish();
  return writer.length;
}

interface Cursor {
  readonly joined: RemuxedTrack;
  track: StreamTrack;
  next: number;
  ticks: number;
  piece: number;
  change: number;
  blocks: BlockSource;
}

/** The samples of all tracks in the order of their decode times; undefined now and then, to give way. */
function* units(
  tracks: readonly RemuxedTrack[],
  mediaBytes: number,
  progress: ((done: number, total: number) => void) | undefined,
): Generator<AccessUnit | undefined> {
  const streams = streamTracks(tracks);
  const cursors = tracks.map((joined, index): Cursor => {
    const [first] = joined.pieces;
    const { firstDecodeTime: ticks } = joined.samples;
    return {
      joined,
      track: streams[index]!,
      next: 0,
      ticks,
      piece: 0,
      change: 0,
      blocks: new BlockSource(first!.media),
    };
  });
  let left = cursors.filter(({ joined }) => joined.samples.length > 0);
  let done = 0;
  for (let count = 1; left.length > 0; count++) {
    let earliest = left[0]!;
    for (const cursor of left) {
      if (cursor.ticks / cursor.joined.timescale < earliest.ticks / earliest.joined.timescale) earliest = cursor;
    }
    const unit = unitAt(earliest);
    yield unit;
    done += unit.data.length;
    earliest.ticks += earliest.joined.samples.durations.data[earliest.next]!;
    if (++earliest.next === earliest.joined.samples.length) left = left.filter((cursor) => cursor !== earliest);
    if (count % samplesAtOnce !== 0) continue;
    progress?.(done, mediaBytes);
    yield undefined;
  }
}

function unitAt(cursor: Cursor): AccessUnit {
  const { joined, next } = cursor;
  const { samples, pieces, changes = [] } = joined;
  while (pieces[cursor.piece + 1] !== undefined && pieces[cursor.piece + 1]!.firstSample <= next) {
    cursor.blocks = new BlockSource(pieces[++cursor.piece]!.media);
  }
  while (changes[cursor.change] !== undefined && changes[cursor.change]!.firstSample <= next) {
    cursor.track = { ...cursor.track, configuration: changes[cursor.change++]!.configuration };
  }
  return {
    track: cursor.track,
    decodeTime: cursor.ticks,
    compositionOffset: samples.compositionOffset(next),
    isSync: samples.isSync(next),
    data: cursor.blocks.read(samples.offsets.data[next]!, samples.sizes.data[next]!),
    offset: -1,
  };
}
