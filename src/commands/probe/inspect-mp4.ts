/** Looks at an MP4 or MOV, whole or torn: its boxes and tables always, all of its media when a deep look is asked for. */
import { parseAvcDecoderConfiguration } from '../../codecs/h264/decoder-configuration.ts';
import { parseHevcDecoderConfiguration } from '../../codecs/h265/decoder-configuration.ts';
import type { ByteSource } from '../../io/file-source.ts';
import { Pace } from '../../io/pace.ts';
import { Findings, type FindingCode } from '../../media/findings.ts';
import type { Advice, ProbedRecording, ProbedTrack, Verdict } from '../../media/probed-recording.ts';
import { reportLayout } from '../../mp4/layout-findings.ts';
import { mediaKindOf, reportSamples } from '../../mp4/movie-findings.ts';
import { movieFileSteps, type MovieFile } from '../../mp4/movie-reader.ts';
import { isMediaSegment } from '../../mp4/other-files.ts';
import { movieSamplesSteps, type MovieSamples } from '../../mp4/movie-samples.ts';
import { advise } from './advice.ts';
import type { InspectOptions, Inspection } from './inspection.ts';
import { scanMedia, type NalUnitTrack } from './media-scan.ts';
import { findUndescribed } from '../../rescue/movie-index/undescribed-media.ts';
import {
  isDefaultSize,
  isLeftOpen,
  isOfGoServer,
  isPutRight,
  unseenSecondsOf,
} from '../../rescue/movie-index/put-right.ts';
import { findLostAudioTimes, startOf, type ShownTrack } from '../../rescue/movie-index/lost-audio-times.ts';
import { rangesWithoutZeros } from '../../rescue/movie-index/lost-ranges.ts';
import { mp4Tree } from './mp4-tree.ts';
import { describeTrack, placementOf } from './mp4-track.ts';
import { reportZeroTail } from '../../io/zero-tail.ts';
import { trackFacts } from './mp4-codec.ts';
import { movieTags } from './mp4-tags.ts';
import { rowsOf } from './table-rows.ts';
import { bitRateOfFile, timingsOf } from './timings.ts';

/** Throws only where the source cannot be read; what is wrong with the file becomes findings. */
export async function inspectMp4(source: ByteSource, options: InspectOptions): Promise<Inspection> {
  const findings = new Findings();
  const pace = new Pace(options.signal);
  const file = await pace.through(movieFileSteps(source, { thorough: options.deep }));
  const samples = await pace.through(movieSamplesSteps(file));
  reportLayout(file, findings);
  await pace.through(reportSamples(file, samples, findings, unseenSecondsOf(file)));
  await findUndescribed({ file, samples }, findings, pace);
  if (pace.isDue) await pace.turn();
  reportConfigurations(file, samples, findings);
  findLostAudioTimes(file, timedTracks(file, samples), findings);
  // A day in fragments has its index beside each: only its end tells that the disk did not get all of it.
  if (file.movie === undefined || file.fragments.length > 0) reportZeroTail(source, 'mp4-zero-range', findings);
  if (options.deep) {
    const media = file.layout.boxes.filter(({ type }) => type === 'mdat' || type === 'imda');
    const ranges = media.map(({ body, end }) => ({ start: body, end }));
    const owned = file.movie === undefined || file.movie.torn ? ranges : [...rangesWithoutZeros(samples.tracks)];
    await scanMedia(source, ranges, { tracks: nalUnitTracks(samples), owned }, findings, options);
  }
  const isFragmented = file.fragments.length > 0 || (file.movie?.isFragmented ?? false);
  const tracks: ProbedTrack[] = [];
  for (const read of file.movie === undefined ? [] : samples.tracks) {
    if (pace.isDue) await pace.turn();
    tracks.push(describeTrack(read, file, file.movie!, isFragmented));
  }
  const recording = describe(file, samples, tracks, findings, options);
  return {
    recording,
    samples: () =>
      rowsOf(
        samples.tracks.map(({ track, samples: { table } }, index) => ({
          index,
          kind: tracks[index]?.kind ?? 'data',
          timeBase: tracks[index]?.timeBase ?? { numerator: 1, denominator: 1 },
          table,
          shift: file.movie === undefined ? 0 : placementOf(track, file.movie, isFragmented).shift,
        })),
      ),
    tree: () => mp4Tree(file),
  };
}

/** Pictures and audio on the clock of the presentation. */
function timedTracks({ movie }: MovieFile, { tracks }: MovieSamples): ShownTrack[] {
  return tracks.flatMap(({ track, samples: { table } }): ShownTrack[] => {
    const kind = mediaKindOf(track);
    const timescale = track.mediaHeader?.timescale ?? 0;
    if (movie === undefined || kind === undefined || timescale === 0) return [];
    const { length, offsets, durations } = table;
    const firstDecodeTime = table.firstDecodeTime + startOf(track, movie, timescale);
    return [{ kind, timescale, samples: { length, offsets, durations, firstDecodeTime } }];
  });
}

/** The tracks whose samples are NAL units with a length before each. */
function nalUnitTracks(samples: MovieSamples): NalUnitTrack[] {
  return samples.tracks.flatMap(({ track, samples: { table } }) => {
    const { type = '', bytes = new Uint8Array(0) } = track.entries[0]?.configuration ?? {};
    const record =
      type === 'avcC'
        ? parseAvcDecoderConfiguration(bytes).value
        : type === 'hvcC'
          ? parseHevcDecoderConfiguration(bytes).value
          : undefined;
    if (record === undefined) return [];
    const timescale = track.mediaHeader?.timescale ?? 0;
    const codec = type === 'avcC' ? 'h264' : 'h265';
    return [{ table, codec, lengthSize: record.nalUnitLengthSize, timescale } as const];
  });
}

function describe(
  file: MovieFile,
  samples: MovieSamples,
  indexed: readonly ProbedTrack[],
  findings: Findings,
  options: InspectOptions,
): ProbedRecording {
  const { source } = file.layout;
  const list = findings.list();
  const verdict = verdictOf(file, samples, findings);
  const isCut = findings.has('mp4-samples-beyond-end');
  const tracks = isCut ? presentTracks(file, samples, indexed) : indexed;
  const timings = timingsOf(tracks);
  const media = longest(tracks);
  const claimed = isCut ? claimedSeconds(file) || longest(indexed) : claimedSeconds(file);
  const isDoubtful = isCut || findings.has('mp4-duration-contradicts');
  const shownSeconds = timings.durationSeconds ?? media;
  const differs = isDoubtful && claimed !== undefined && Math.abs(claimed - (isCut ? shownSeconds : media)) > 0.5;
  const bitRate = bitRateOfFile(source.size, timings.durationSeconds);
  const recorder = recorderOf(file);
  return {
    path: source.path,
    files: [{ path: source.path, bytes: source.size }],
    container: 'mp4',
    containerName: nameOf(file),
    formatName: 'mov,mp4,m4a,3gp,3g2,mj2',
    ...(recorder === undefined ? {} : { recorder }),
    tags: movieTags(file),
    ...timings,
    ...(bitRate === undefined ? {} : { bitRate }),
    tracks,
    health: {
      verdict,
      deep: options.deep,
      ...(tracks.every(({ samples: count }) => count === 0) ? {} : { durationSeconds: shownSeconds }),
      ...(differs ? { claimedDurationSeconds: claimed } : {}),
      findings: list,
      advice: adviceFor(file, verdict, findings),
    },
  };
}

/** The tracks with what of them is in the file, where the index tells of more. */
function presentTracks(
  { layout }: MovieFile,
  { tracks: read }: MovieSamples,
  tracks: readonly ProbedTrack[],
): ProbedTrack[] {
  const { size } = layout.source;
  return tracks.map((track, index) => {
    const { table } = read[index]!.samples;
    const { denominator: timescale } = track.timeBase;
    const offsets = table.offsets.data;
    const sizes = table.sizes.data;
    let [samples, bytes, ticks] = [0, 0, 0];
    for (let i = 0; i < table.length; i++) {
      if (offsets[i]! + sizes[i]! > size) continue;
      samples++;
      bytes += sizes[i]!;
      ticks += table.durations.data[i]!;
    }
    if (samples === table.length) return track;
    const { startTicks: _, ...rest } = track;
    const rate = ticks > 0 ? Math.floor((bytes * 8 * timescale) / ticks) : 0;
    return {
      ...(samples === 0 ? rest : track),
      durationTicks: ticks,
      ...(timescale === 0 ? {} : { mediaSeconds: ticks / timescale }),
      samples,
      bytes,
      bitRate: rate,
    };
  });
}

function longest(tracks: readonly ProbedTrack[]): number {
  return Math.max(0, ...tracks.map(({ mediaSeconds = 0 }) => mediaSeconds));
}

/** The header of a fragmented movie says nothing where it says 0. */
function claimedSeconds({ movie, fragments }: MovieFile): number | undefined {
  const header = movie?.header;
  if (header?.duration === 0 && fragments.length > 0) return undefined;
  if (header === undefined || header.timescale === 0 || header.duration >= 0xffffffff) return undefined;
  return header.duration / header.timescale;
}

function nameOf(file: MovieFile): string {
  const brand = file.fileType?.majorBrand;
  const kind = brand === 'qt  ' || (brand === undefined && file.movie !== undefined) ? 'QuickTime' : 'MP4';
  if (file.movie === undefined) return isMediaSegment(file.layout) ? 'MP4, media segment' : `${kind} without its index`;
  if (file.movie.isFragmented || file.fragments.length > 0) return `${kind}, fragmented`;
  const media = file.layout.boxes.find(({ type }) => type === 'mdat');
  return media !== undefined && media.start > file.movie.span.start ? `${kind}, index first` : `${kind}, index last`;
}

function recorderOf(file: MovieFile): string | undefined {
  const { movie } = file;
  if (movie?.writer !== undefined) return movie.writer.startsWith('Lavf') ? `ffmpeg (${movie.writer})` : movie.writer;
  return isOfGoServer(file) ? 'go-rtmp' : undefined;
}

/** Whether the recorder closed it, and if it did, whether it is intact. */
function verdictOf(file: MovieFile, samples: MovieSamples, findings: Findings): Verdict {
  const { movie, layout } = file;
  if (layout.boxes.length === 0) return 'unreadable';
  const isElsewhere = findings.has('mp4-media-elsewhere');
  if (movie === undefined && isElsewhere && findings.firstError() === undefined) return 'complete';
  if (movie === undefined || findings.has('mp4-fragments-missing')) return 'unfinished';
  const media = layout.boxes.find(({ type }) => type === 'mdat');
  const isLast = media !== undefined && media.start < movie.span.start;
  if (movie.torn && isLast) return 'unfinished';
  if (isLeftOpen(file, findings)) return 'unfinished';
  // A movie in which no track has a sample is whole in its boxes alone.
  const hasMedia = samples.tracks.some(({ samples: { table } }) => table.length > 0);
  const isIntact =
    findings.firstError() === undefined && !findings.has('nal-chain-broken') && !findings.has('mp4-audio-times-lost');
  return (hasMedia || isElsewhere) && isIntact ? 'complete' : 'damaged';
}

function adviceFor(file: MovieFile, verdict: Verdict, findings: Findings): Advice[] {
  const { path } = file.layout.source;
  const isIntact = !findings.list().some((finding) => isPutRight(finding));
  const hasOnly = (code: FindingCode): boolean =>
    findings.list().every((finding) => finding.severity === 'note' || finding.code === code);
  // What a codec was cannot be made up, nor media that never came.
  const isHelpless =
    verdict === 'unreadable' || hasOnly('mp4-configuration-missing') || hasOnly('mp4-fragments-missing');
  if (isHelpless || (verdict === 'complete' && isIntact)) return [];
  const purpose =
    file.movie === undefined || file.movie.torn
      ? 'makes a playable file of the media'
      : hasOnly('mp4-joined')
        ? 'makes one recording of them, where their tracks are alike'
        : 'makes a file whose index says what is there';
  return advise('repair', purpose, path);
}

/** Codecs that cannot be decoded without a configuration beside the media. */
const needConfiguration: ReadonlySet<string> = new Set(['avc1', 'hvc1', 'mp4a', 'av01', 'Opus', 'fLaC', 'alac']);

function reportConfigurations(file: MovieFile, samples: MovieSamples, findings: Findings): void {
  for (const read of samples.tracks) {
    const { track } = read;
    const kind = mediaKindOf(track);
    if (kind === undefined) continue;
    const [entry] = track.entries;
    const place = { file: file.layout.source.path, track: kind, offset: entry?.span.start ?? track.span.start };
    if (entry === undefined) {
      if (file.movie?.torn !== true) {
        findings.add('mp4-configuration-missing', `track ${track.trackId} has no sample entry`, place);
      }
      continue;
    }
    if (entry.configuration === undefined && needConfiguration.has(entry.type)) {
      const message = `the ${entry.type} entry of track ${track.trackId} has none, and nothing in the file says what it was`;
      findings.add('mp4-configuration-missing', message, place);
    }
    const facts = trackFacts(read);
    const { visual } = entry;
    if (visual === undefined || facts.width === undefined || facts.height === undefined) continue;
    const { width, height } = facts;
    if (!isDefaultSize(file, visual, { width, height })) continue;
    findings.add(
      'mp4-size-contradicts',
      `the sample entry says ${visual.width}x${visual.height}, the sequence parameter set ${width}x${height}`,
      place,
    );
  }
}
