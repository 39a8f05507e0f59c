/**
 * Makes an MP4 of one staging set: find the samples, put them on one timeline, write the container, say what was lost.
 * The staging files stay as they are until the result is complete, checked and on the disk.
 */
import { isSameFile } from '../../io/directory.ts';
import { refuseWhileWritten, waitUntilClosed } from '../../io/open-for-writing.ts';
import { Pace } from '../../io/pace.ts';
import type { CodecReference } from '../../media/codec-reference.ts';
import { SalvorError } from '../../media/errors.ts';
import { Findings, type Finding } from '../../media/findings.ts';
import {
  configurationOrigin,
  roundSeconds,
  type InputReport,
  type RecordingReport,
  type TrackReport,
} from '../../media/report.ts';
import { makeDecodeTimesRise, placeOnTimeline, type PlacedTrack } from '../../media/timeline.ts';
import { readStagingSet, type StagingRecording } from '../../staging/reader.ts';
import { evidenceOf } from '../../rescue/carver/carved-evidence.ts';
import { recoverStagingSet } from '../../rescue/staging/recovery.ts';
import { carveRecording, undescribedRecording, type CarvedSet } from './carved-recording.ts';
import { makeMovie, removeLeavings } from '../../rescue/making/make-movie.ts';
import { isRemovalBegun } from '../../rescue/staging/removal-mark.ts';
import type { SecondJudge } from '../../rescue/making/second-judge.ts';
import { earlierResult } from './finished.ts';
import { isMadeInPlace, makeSetInPlace, nameMade, settleInPlace } from './in-place.ts';
import { MediaInspection } from './media-inspection.ts';
import { removeStagingFiles } from './removal.ts';
import {
  openStagingFiles,
  pathsOf,
  sizesOf,
  stagingFilesOf,
  type OpenStagingFiles,
  type StagingFiles,
} from './staging-files.ts';
import { trackReport } from '../../mp4/track-report.ts';
import type { MovieLayout, MovieSource } from '../../mp4/write-movie.ts';

/** What is asked for one staging set. */
export interface CombineOptions {
  /** Path of the MP4. */
  readonly output: string;
  /** Whether an existing file of that name may be replaced. */
  readonly replace: boolean;
  /** Make it again even if it is there already just as it would be made. */
  readonly again: boolean;
  /** Whether the staging files are removed once the MP4 is in place and nothing in them is left unused. */
  readonly removeStaging: boolean;
  /** Do everything but write and remove. */
  readonly dryRun: boolean;
  /** Keep what can be kept of a set whose files contradict each other. Undefined: such a set is refused. */
  readonly recovery?:
    | {
        readonly references: () => Iterable<CodecReference>;
        /** Pictures a second to take where nothing else tells. */
        readonly framesPerSecond?: number | undefined;
      }
    | undefined;
  /** Let a decoder have a look at the result before it gets its name. */
  readonly judge?: SecondJudge | undefined;
  /** Make the file with the media the MP4, in the place of the recording: there is no second copy, and none is needed. */
  readonly inPlace?: boolean | undefined;
  /** Seconds to wait for a recorder to close the staging files. */
  readonly wait?: number | undefined;
  /** Ask for 32-bit fields throughout, or not, whatever the set itself says. */
  readonly winQtCompat?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called with the bytes of media done and to do. */
  readonly progress?: ((done: number, total: number) => void) | undefined;
}

const useRecovery = 'run again with --recovery to keep what can be kept';

/** Combines the set of one recording. Throws a SalvorError, with everything as it was, where that cannot be done. */
export async function combine(recording: string, options: CombineOptions): Promise<RecordingReport> {
  const started = performance.now();
  const elapsed = (): number => roundSeconds((performance.now() - started) / 1000);
  const pace = new Pace(options.signal);
  await pace.turn();
  await waitUntilClosed(pathsOf(stagingFilesOf(recording)), options.wait ?? 0, options.signal);
  const files = stagingFilesOf(recording);
  const own = pathsOf(files).find((path) => isSameFile(path, options.output));
  if (own !== undefined) {
    throw new SalvorError('usage', 'the output would replace a staging file of the recording itself', {
      file: own,
      advice: 'give another name to --output',
    });
  }
  settleInPlace(files, options);
  const sizes = sizesOf(files);
  const inputs = (fate: InputReport['fate'], ofMedia = fate): InputReport[] =>
    sizes.map((input) => ({ ...input, fate: input.path === files.mdat ? ofMedia : fate }));
  const sources = openStagingFiles(files);
  try {
    const findings = new Findings();
    /** An earlier run made it; what is left of the staging files goes if it is known to be no longer needed. */
    const alreadyMade = (mayRemove: boolean): RecordingReport => {
      const aboutFiles = new Findings();
      if (!options.dryRun) removeLeavings(options.output);
      const fate = dispose(recording, sources, options, mayRemove, aboutFiles);
      return {
        recording,
        outcome: 'already-made',
        inputs: inputs(fate),
        tracks: [],
        unindexed: [],
        findings: aboutFiles.list(),
        elapsedSeconds: elapsed(),
        bytesMoved: 0,
      };
    };
    // What it was made of is gone or was begun to be removed: it cannot be made again, whoever asks for it.
    const looksForEarlier = !options.again || sources.mdat === undefined || isRemovalBegun(recording);
    if (await isMadeInPlace(sources, pace)) {
      await nameMade(recording, sources, options, pace);
      const report = await combine(recording, options);
      const named = new Findings();
      named.add('staging-made-earlier', 'an earlier run, which was stopped, had made it in place', {
        file: options.output,
      });
      return { ...report, findings: [...named.list(), ...report.findings] };
    }
    const earlier = looksForEarlier
      ? await earlierResult(recording, options.output, sources, pace, options.inPlace)
      : undefined;
    if (earlier?.isWhole === true) return alreadyMade(earlier.mayRemove);
    let set: CarvedSet;
    try {
      set =
        options.recovery === undefined
          ? await readConsistently(files, sources, pace, findings)
          : await recover(files, sources, { ...options.recovery, pace }, findings);
    } catch (error) {
      if (earlier !== undefined && options.recovery !== undefined && isUnrecoverable(error)) return alreadyMade(false);
      // Half of what a recorder is just writing contradicts the rest.
      if (isUnrecoverable(error) && !options.dryRun) refuseWhileWritten(sources.all);
      throw error;
    }
    if (earlier !== undefined && sampleBytesOf(set) <= earlier.sampleBytes) return alreadyMade(false);
    await pace.turn();
    for (const track of set.tracks) {
      makeDecodeTimesRise(track, findings, files.tracks.get(track.id));
      if (pace.isDue) await pace.turn();
    }
    const inspector = new MediaInspection(set.tracks, findings, {
      file: sources.mdat!.path,
      listIncomplete: set.keyFramesIncomplete,
      leftOut: options.recovery === undefined ? undefined : set.leftOut,
    });
    const isPlanned = options.inPlace === true;
    const made = await makeMovie(() => movieOf(set, sources, asksFor32Bits(set, options)), {
      ...options,
      dryRun: options.dryRun || isPlanned,
      isOnlyCopy: options.removeStaging,
      sources: sources.all,
      inspector,
      findings,
    });
    const inPlace =
      isPlanned && made.outcome === 'would-make'
        ? await makeSetInPlace(made, recording, sources, {
            ...options,
            isToGo: options.removeStaging && isWhole(set, findings),
            findings,
            pace,
          })
        : undefined;
    const { movie } = made;
    const layout = inPlace?.layout ?? made.layout;
    noteLargeFields(layout, set, options, findings);
    const fate =
      inPlace === undefined || options.dryRun
        ? dispose(recording, sources, options, isWhole(set, findings), findings)
        : inPlace.isRemoved
          ? 'removed'
          : 'kept';
    const list = findings.list();
    const tracks = movie.tracks.map((place) => reportOf(place, set, movie.media.path, list));
    const ends = tracks.map(({ startSeconds, durationSeconds }) => startSeconds + durationSeconds);
    return {
      recording,
      outcome: inPlace === undefined || options.dryRun ? made.outcome : 'made',
      inputs: inPlace === undefined ? inputs(fate) : inputs(fate, options.dryRun ? 'to be patched' : 'patched'),
      output: {
        path: options.output,
        bytes: layout.fileLength,
        durationSeconds: roundSeconds(Math.max(...ends)),
        replaced: made.replaced,
      },
      tracks,
      unindexed: set.unindexed.map((range) => ({ file: movie.media.path, ...range })),
      findings: list,
      ...(inPlace === undefined ? {} : { inPlace: inPlace.facts }),
      elapsedSeconds: elapsed(),
      bytesMoved: made.outcome === 'made' ? movie.mediaEnd - movie.mediaStart : 0,
    };
  } finally {
    sources.close();
  }
}

/** What is reported of a track of the set. */
function reportOf(place: PlacedTrack, set: CarvedSet, file: string, findings: readonly Finding[]): TrackReport {
  const { id, kind } = place.track;
  const carved = evidenceOf(set.carved, id);
  const described = carved.described ?? set.inferredTimes?.get(id);
  const evidence = { file, leftOut: set.leftOut[kind], ...carved, described };
  return trackReport(place, evidence, configurationOrigin(findings, kind));
}

/** Whether everything that the staging files hold is in the result: every sample, every byte, every track. */
function isWhole({ leftOut, unindexed }: StagingRecording, findings: Findings): boolean {
  const lost = leftOut.video.samples + leftOut.audio.samples;
  return lost === 0 && unindexed.length === 0 && !findings.has('staging-file-missing');
}

function sampleBytesOf({ tracks }: StagingRecording): number {
  return tracks.reduce((sum, { samples }) => sum + samples.mediaBytes, 0);
}

function isUnrecoverable(error: unknown): boolean {
  return error instanceof SalvorError && error.kind === 'unrecoverable';
}

/** Removes the staging files if that was asked for and nothing in them is left unused. Tells what became of them. */
function dispose(
  recording: string,
  sources: OpenStagingFiles,
  options: CombineOptions,
  whole: boolean,
  findings: Findings,
): InputReport['fate'] {
  if (!options.removeStaging || !whole) return 'kept';
  if (options.dryRun) return 'to be removed';
  if (removeStagingFiles(recording, sources)) return 'removed';
  findings.add(
    'staging-files-taken',
    'they have changed since they were read, or a process has them open to write to them; they were not removed',
    { file: recording },
  );
  return 'kept';
}

/** Reads the set and refuses it if its files contradict each other. */
async function readConsistently(
  files: StagingFiles,
  sources: OpenStagingFiles,
  pace: Pace,
  findings: Findings,
): Promise<StagingRecording> {
  const { recording } = files;
  requireMedia(files);
  if (files.info === undefined) {
    throw new SalvorError('unrecoverable', 'the file that describes the tracks is missing', {
      file: `${recording}.info`,
      advice: useRecovery,
    });
  }
  const set = await readStagingSet(sources, findings, pace);
  const fault = findings.firstError();
  if (fault !== undefined || set === undefined) {
    throw new SalvorError('unrecoverable', fault?.message ?? 'the set cannot be read', {
      file: fault?.file ?? recording,
      ...(fault?.offset === undefined ? {} : { offset: fault.offset }),
      advice: `the staging files are as they were; ${useRecovery}`,
      findings: findings.list(),
    });
  }
  if (set.tracks.every(({ samples }) => samples.length === 0)) {
    throw new SalvorError('unrecoverable', 'nothing was recorded: the set has no samples', {
      file: recording,
      findings: findings.list(),
    });
  }
  return set;
}

function requireMedia(files: StagingFiles): void {
  if (files.mdat !== undefined) return;
  throw new SalvorError('unrecoverable', 'the file with the media is missing', {
    file: `${files.recording}.mdat`,
    advice: 'look for it elsewhere; without it nothing can be made',
  });
}

/** Reads whatever the files still say, and the media for what they do not; refuses only a set without a single sample. */
async function recover(
  files: StagingFiles,
  sources: OpenStagingFiles,
  { references, framesPerSecond, pace }: NonNullable<CombineOptions['recovery']> & { readonly pace: Pace },
  findings: Findings,
): Promise<CarvedSet> {
  requireMedia(files);
  const described = (await recoverStagingSet(sources, references, findings, pace)) ?? undescribedRecording(sources);
  const set =
    described === undefined
      ? undefined
      : await carveRecording(described, sources, { references, framesPerSecond, pace }, findings);
  if (set === undefined || set.tracks.length === 0) {
    throw new SalvorError(
      'unrecoverable',
      `no sample was found: no track file describes one, and none can be read in the ${sources.mdat!.size} bytes of ${files.recording}.mdat, which stay there`,
      {
        file: files.recording,
        advice: 'a recording of the same stream (--reference) may show how the media is to be read',
        findings: findings.list(),
      },
    );
  }
  return set;
}

/** The movie that the tracks make as they stand now. */
function movieOf(set: StagingRecording, sources: OpenStagingFiles, asks32Bits: boolean): MovieSource {
  const tracks = set.tracks.filter(({ samples }) => samples.length > 0);
  const edges = tracks.map(({ samples }) => {
    const last = samples.length - 1;
    return { start: samples.offsets.at(0), end: samples.offsets.at(last) + samples.sizes.at(last) };
  });
  if (edges.length === 0) {
    throw new SalvorError('unrecoverable', 'no sample is left that is whole', { file: sources.mdat!.path });
  }
  return {
    media: sources.mdat!,
    mediaStart: Math.min(...edges.map(({ start }) => start)),
    mediaEnd: Math.max(...edges.map(({ end }) => end)),
    mediaHeader: asks32Bits ? 'wide' : 'large',
    tracks: placeOnTimeline(tracks),
    creationTime: set.creationTime,
    timescale: set.movieTimescale,
  };
}

/** Whether players are to be served that know no 64-bit fields. */
function asksFor32Bits(set: StagingRecording, options: CombineOptions): boolean {
  return options.winQtCompat ?? set.winQtCompat;
}

/** A set that asks for 32-bit fields gets them where they suffice, as every set does; where they do not, it is told. */
function noteLargeFields(
  layout: MovieLayout,
  set: StagingRecording,
  options: CombineOptions,
  findings: Findings,
): void {
  if (asksFor32Bits(set, options) && layout.largeFields) {
    findings.add('beyond-32-bits', `the MP4 has ${layout.fileLength} bytes; QuickTime for Windows will not play it`, {
      file: options.output,
    });
  }
}
