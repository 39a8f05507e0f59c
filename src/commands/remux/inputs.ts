/**
 * Reads what is to be put into another container, whatever holds it now: the tracks as tables, and where their media lies.
 */
import { AtomicOutput } from '../../io/atomic-output.ts';
import { pathKind } from '../../io/directory.ts';
import { FileSource, type ByteSource } from '../../io/file-source.ts';
import type { Pace } from '../../io/pace.ts';
import { FlvAccessUnits } from '../../flv/access-units.ts';
import { openFlv } from '../../flv/opening.ts';
import type { AccessUnitReader } from '../../media/access-unit.ts';
import { SalvorError } from '../../media/errors.ts';
import type { Findings } from '../../media/findings.ts';
import type { Track } from '../../media/track.ts';
import { TsAccessUnits } from '../../mpegts/access-units.ts';
import { quoted } from '../../media/shell-word.ts';
import { containerOf, damagedContainerOf, foreignFormatOf, foreignRemedy } from '../../rescue/container.ts';
import { readStagingSet } from '../../staging/reader.ts';
import { stripStagingSuffix } from '../../staging/names.ts';
import { openStagingFiles, stagingFilesOf } from '../../staging/open-set.ts';
import { GatheredTracks } from '../../rescue/gathered-tracks.ts';
import { readMovieTracks, type EditList } from './movie-input.ts';

/** What an input is. */
export type InputKind = 'flv' | 'mpegts' | 'mp4' | 'staging';

/** An input that was read. */
export interface Input {
  readonly path: string;
  readonly kind: InputKind;
  /** Bytes of its files. */
  readonly bytes: number;
  readonly tracks: readonly Track[];
  /** Where the samples lie. */
  readonly media: ByteSource;
  /** The files that must not change while it is used. */
  readonly sources: readonly FileSource[];
  /** Of an MP4: edit lists that say more than where a track begins, by track id. */
  readonly edits?: EditList | undefined;
  /** Seconds since 1904-01-01, UTC, where it says so. */
  readonly creationTime?: number | undefined;
  close(): void;
}

/** What inputs are read with. */
export interface InputOptions {
  /** Beside which the media of a transport stream is put together; undefined: nothing is written. */
  readonly spoolBeside: string | undefined;
  readonly findings: Findings;
  readonly pace: Pace;
  /** The input before, from which a part that a server cut goes on. */
  readonly before?: Input | undefined;
  readonly progress?: ((done: number, total: number) => void) | undefined;
}

const blockLength = 128 * 1024;

/** Opens and reads one. Throws what it cannot be read for. */
export async function openInput(path: string, options: InputOptions): Promise<Input> {
  const recording = stripStagingSuffix(path);
  const isSet = pathKind(path) === undefined || recording !== path;
  for (const candidate of isSet ? [recording, `${recording}.mp4`] : []) {
    if (pathKind(`${candidate}.info`) !== undefined) return readSet(candidate, options);
  }
  const source = new FileSource(path);
  try {
    const container = containerOf(source) ?? damagedContainerOf(source);
    switch (container) {
      case 'flv':
        return await readFlv(source, options);
      case 'mpegts':
        return await readTs(source, options);
      case 'mp4':
        return await readMp4(source, options);
      default:
        throw unknown(source);
    }
  } catch (error) {
    source.close();
    throw error;
  }
}

function unknown(source: FileSource): SalvorError {
  const foreign = foreignFormatOf(source);
  const advice = foreign === undefined ? undefined : foreignRemedy(foreign, source.path);
  const found = foreign === undefined ? '' : `is ${foreign}: `;
  return new SalvorError('unreadable', `${found}expected an FLV, a transport stream, an MP4 or a staging set`, {
    file: source.path,
    ...(advice === undefined ? {} : { advice }),
  });
}

/** Shows a reader all bytes of a source from an offset on. */
async function readThrough(
  source: ByteSource,
  from: number,
  reader: AccessUnitReader,
  { pace, progress }: InputOptions,
): Promise<void> {
  for (let at = from; at < source.size;) {
    const bytes = source.read(at, Math.min(blockLength, source.size - at));
    if (bytes.length === 0) break;
    reader.feed(bytes);
    at += bytes.length;
    if (!pace.isDue) continue;
    progress?.(at, source.size);
    await pace.turn();
  }
  reader.finish();
}

function requireTracks(tracks: readonly Track[], { path }: FileSource, findings: Findings): void {
  if (tracks.length > 0) return;
  throw new SalvorError('unrecoverable', 'has no pictures and no audio that can be carried over', {
    file: path,
    findings: findings.list(),
  });
}

function noteClock(settings: number, file: string, findings: Findings): void {
  if (settings === 0) return;
  const times = settings === 1 ? 'once' : `${settings} times`;
  findings.add('stream-clock-set', `the clock was set ${times}; what follows is placed behind what came before`, {
    file,
  });
}

async function readFlv(source: FileSource, options: InputOptions): Promise<Input> {
  const { findings } = options;
  const opening = openFlv(source);
  if (opening === undefined) throw unknown(source);
  const first = opening.firstTag;
  const gathered = new GatheredTracks(source.path, findings);
  const reader = new FlvAccessUnits(gathered, true);
  await readThrough(opening.source, first, reader, options);
  noteClock(reader.clockSettings, source.path, findings);
  const tracks = gathered.finish();
  requireTracks(tracks, source, findings);
  // The reader counts from the first tag on.
  for (const { samples } of tracks) for (let i = 0; i < samples.length; i++) samples.offsets.data[i]! += first;
  const { path, size: bytes } = source;
  return { path, kind: 'flv', bytes, tracks, media: opening.source, sources: [source], close: () => source.close() };
}

async function readTs(source: FileSource, options: InputOptions): Promise<Input> {
  const { findings, spoolBeside } = options;
  const output = spoolBeside === undefined ? undefined : new AtomicOutput(`${spoolBeside}.media`, { replace: false });
  let media: FileSource | undefined;
  try {
    const sink = output?.sink(0);
    let written = 0;
    const gathered = new GatheredTracks(source.path, findings, (data) => {
      sink?.bytes(data);
      written += data.length;
      return written - data.length;
    });
    const { before } = options;
    const reader = new TsAccessUnits(gathered, before?.kind === 'mpegts' ? before.tracks.map(lastOf) : []);
    await readThrough(source, 0, reader, options);
    sink?.flush();
    noteClock(reader.clockSettings, source.path, findings);
    const tracks = gathered.finish();
    requireTracks(tracks, source, findings);
    media = output === undefined ? undefined : new FileSource(output.temporaryPath);
    const { path, size: bytes } = source;
    const close = (): void => {
      source.close();
      media?.close();
      output?.discard();
    };
    return { path, kind: 'mpegts', bytes, tracks, media: media ?? source, sources: [source], close };
  } catch (error) {
    media?.close();
    output?.discard();
    throw error;
  }
}

/** A track with the configuration that it ends with. */
function lastOf({ id, configuration, changes }: Track): Pick<Track, 'id' | 'configuration'> {
  return { id, configuration: changes?.at(-1)?.configuration ?? configuration };
}

async function readMp4(source: FileSource, { findings, pace }: InputOptions): Promise<Input> {
  const movie = await readMovieTracks(source, findings, pace);
  requireTracks(movie.tracks, source, findings);
  const { path, size: bytes } = source;
  return { ...movie, path, kind: 'mp4', bytes, media: source, sources: [source], close: () => source.close() };
}

async function readSet(recording: string, { findings, pace }: InputOptions): Promise<Input> {
  const sources = openStagingFiles(stagingFilesOf(recording));
  try {
    const set = await readStagingSet(sources, findings, pace);
    const fault = findings.firstError();
    if (set === undefined || fault !== undefined || set.leftOut.video.samples + set.leftOut.audio.samples > 0) {
      throw new SalvorError('unrecoverable', fault?.message ?? 'the staging files contradict each other', {
        file: fault?.file ?? recording,
        advice: `salvor mp4writer --recovery ${quoted(recording)} makes an MP4 of what can be kept, which remux takes`,
        findings: findings.list(),
      });
    }
    const tracks = set.tracks.filter(({ samples }) => samples.length > 0);
    requireTracks(tracks, sources.mdat!, findings);
    const bytes = sources.all.reduce((sum, { size }) => sum + size, 0);
    const { creationTime } = set;
    const { all, mdat } = sources;
    const close = (): void => sources.close();
    return { path: recording, kind: 'staging', bytes, tracks, media: mdat!, sources: all, creationTime, close };
  } catch (error) {
    sources.close();
    throw error;
  }
}
