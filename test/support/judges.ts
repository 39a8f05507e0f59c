/**
 * The independent programs that judge what salvor writes: ffprobe, ffmpeg, MediaInfo, flvmeta. It finds them, runs
 * them and gives their answers as plain values; what is right is for the test to say. It must know nothing of salvor.
 *
 * .ci/get-judges puts current ones into .judges/; without those the ones on the PATH serve. A test names the judges it
 * cannot do without: `test('…', needs('ffprobe'), async () => …)`. Where one is missing the test is skipped and says
 * why, but with CI=true it fails.
 */
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { runOrRecall } from './kept-runs.ts';
import { projectRoot } from './project.ts';
import { runProcess, type ProcessResult } from './run-process.ts';

export type JudgeName = 'ffprobe' | 'ffmpeg' | 'mediainfo' | 'flvmeta';

/** What ffprobe says of a stream; every further field under the name ffprobe gives it. */
export interface ProbedStream {
  readonly index: number;
  readonly codec_type: string;
  readonly codec_name?: string;
  readonly codec_tag_string?: string;
  readonly profile?: string;
  /** Length of a tick in seconds, as a fraction: `1/90000`. */
  readonly time_base: string;
  readonly start_time?: string;
  readonly duration?: string;
  readonly nb_frames?: string;
  readonly width?: number;
  readonly height?: number;
  readonly sample_aspect_ratio?: string;
  readonly color_range?: string;
  readonly color_space?: string;
  readonly sample_rate?: string;
  readonly channels?: number;
  readonly channel_layout?: string;
  readonly [field: string]: unknown;
}

export interface ProbedFormat {
  readonly format_name: string;
  readonly nb_streams: number;
  readonly start_time?: string;
  readonly duration?: string;
  readonly size: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly [field: string]: unknown;
}

export interface Probe {
  readonly format: ProbedFormat;
  readonly streams: readonly ProbedStream[];
  /** What ffprobe complained of, a line each. */
  readonly complaints: readonly string[];
}

/** A packet as ffprobe's demuxer handed it out. */
export interface ProbedPacket {
  readonly stream: number;
  readonly kind: string;
  /** Ticks of the stream's `time_base`; undefined where ffprobe has none. */
  readonly ptsTicks: number | undefined;
  readonly dtsTicks: number | undefined;
  readonly durationTicks: number | undefined;
  /** Where the packet lies in the file, undefined where it does not lie in one piece. */
  readonly offset: number | undefined;
  readonly size: number;
  readonly sync: boolean;
  /** Decoded but not shown: it lies outside the edit list. */
  readonly discarded: boolean;
  /** SHA-1 of the packet's bytes, 40 hexadecimal digits. */
  readonly sha1: string;
}

/** How the decoding of a file went. */
export interface DecodeReport {
  /** What ffmpeg's demuxer and decoders complained of, a line each; a flawless file gives none. */
  readonly complaints: readonly string[];
  /** Decoded pictures and sounds that are to be shown no later than the one before them. */
  readonly backwardTimes: number;
}

/** What MediaInfo says of a track, all values as text: `Format`, `Duration` (seconds), `SamplingRate`, `Channels`, … */
export type MediaInfoTrack = Readonly<Record<string, string>>;

export interface MediaInfoReport {
  readonly general: MediaInfoTrack;
  readonly video: readonly MediaInfoTrack[];
  readonly audio: readonly MediaInfoTrack[];
}

/** Where a judge is: the project's own, else the one on the PATH. */
export function findJudge(judge: JudgeName): string | undefined {
  const own = join(process.env['SALVOR_JUDGES'] ?? join(projectRoot, '.judges'), 'bin');
  const directories = [own, ...(process.env['PATH'] ?? '').split(delimiter).filter((directory) => directory !== '')];
  return directories.map((directory) => join(directory, judge)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * The options of a test that cannot do without these judges: skipped, with the reason, where one is missing. With
 * CI=true nothing is skipped; the test then runs into the missing judge and fails.
 */
export function needs(...judges: readonly JudgeName[]): { readonly skip?: string } {
  const missing = judges.filter((judge) => findJudge(judge) === undefined);
  if (missing.length === 0 || process.env['CI'] === 'true') return {};
  return { skip: missingMessage(missing) };
}

function missingMessage(missing: readonly JudgeName[]): string {
  return `NOT TESTED: no ${missing.join(' and no ')} here; run .ci/get-judges`;
}

/** Runs a judge, unless the same run on the same bytes was made before (kept-runs.ts); throws where it is missing. */
export async function runJudge(judge: JudgeName, args: readonly string[]): Promise<ProcessResult> {
  const path = findJudge(judge);
  if (path === undefined) throw new Error(missingMessage([judge]));
  return runOrRecall(path, args, () => runProcess(path, args, { timeoutSeconds: 600 }));
}

/** ffprobe's view of a file as a whole and of each stream. */
export async function probe(file: string): Promise<Probe> {
  const args = ['-v', 'error', '-show_format', '-show_streams', '-of', 'json', file];
  const { status, stdout, stderr } = await runJudge('ffprobe', args);
  if (status !== 0) throw new Error(`ffprobe cannot read ${file}: ${stderr}`);
  const { format, streams } = JSON.parse(stdout) as Pick<Probe, 'format' | 'streams'>;
  return { format, streams, complaints: complaintLines(stderr) };
}

/**
 * Every packet ffprobe's demuxer finds, in the order it hands them out.
 *
 * `asStored` takes times and flags as the container has them. Without it ffmpeg's H.264 parser looks into the pictures
 * and overwrites the key-frame flags: an MP4 whose stss is wrong, empty or absent then gets the same flags as a right
 * one, and nothing is judged. For FLV and MPEG-TS, which need the parser, leave it off.
 * `hashed: false`: the SHA-1 of each packet is left empty, which spares much time with gigabytes.
 */
export async function probePackets(
  file: string,
  options: { readonly asStored: boolean; readonly hashed?: boolean },
): Promise<readonly ProbedPacket[]> {
  const reading = ['-v', 'error', ...(options.asStored ? ['-fflags', '+noparse+nofillin'] : [])];
  const fields = 'packet=codec_type,stream_index,pts,dts,duration,size,pos,flags,data_hash';
  const hashing = options.hashed === false ? [] : ['-show_data_hash', 'SHA160'];
  const showing = ['-show_packets', ...hashing, '-show_entries', fields];
  const form = ['-of', 'compact=print_section=0'];
  const { status, stdout, stderr } = await runJudge('ffprobe', [...reading, ...showing, ...form, file]);
  if (status !== 0) throw new Error(`ffprobe cannot read ${file}: ${stderr}`);
  return stdout
    .split('\n')
    .filter((line) => line.startsWith('codec_type='))
    .map(parsePacket);
}

/** A line of ffprobe's compact form: `codec_type=video|stream_index=0|pts=…`. */
function parsePacket(line: string): ProbedPacket {
  const fields = new Map(
    line.split('|').map((field) => {
      const equals = field.indexOf('=');
      return [field.slice(0, equals), field.slice(equals + 1)] as const;
    }),
  );
  const flags = fields.get('flags') ?? '';
  return {
    stream: Number(fields.get('stream_index')),
    kind: fields.get('codec_type') ?? '',
    ptsTicks: optionalNumber(fields.get('pts')),
    dtsTicks: optionalNumber(fields.get('dts')),
    durationTicks: optionalNumber(fields.get('duration')),
    offset: optionalNumber(fields.get('pos')),
    size: Number(fields.get('size')),
    sync: flags.includes('K'),
    discarded: flags.includes('D'),
    sha1: (fields.get('data_hash') ?? '').replace('SHA160:', ''),
  };
}

function optionalNumber(text: string | undefined): number | undefined {
  return text === undefined || text === 'N/A' ? undefined : Number(text);
}

/**
 * Decodes every stream of a file with ffmpeg. Streams begun within a group of pictures make its decoder complain however
 * they are packed; sourceStream() of source-stream.ts gives the same pictures without a container, to tell that apart.
 */
export async function decode(file: string): Promise<DecodeReport> {
  const args = ['-nostdin', '-v', 'error', '-i', file, '-map', '0', '-fps_mode', 'passthrough', '-f', 'null', '-'];
  const { status, stderr } = await runJudge('ffmpeg', args);
  const lines = complaintLines(stderr);
  const backwards = lines.filter((line) => line.includes('non monotonically increasing dts to muxer'));
  const complaints = lines.filter((line) => !backwards.includes(line));
  if (status !== 0 && complaints.length === 0) complaints.push(`ffmpeg ended with status ${status}`);
  return { complaints, backwardTimes: backwards.length };
}

/** Lines without the addresses of ffmpeg's own objects, which differ from run to run. */
function complaintLines(stderr: string): readonly string[] {
  return stderr
    .split('\n')
    .map((line) => line.replaceAll(/ @ 0x[0-9a-f]+/g, '').trim())
    .filter((line) => line !== '');
}

/** MediaInfo's view of a file. */
export async function mediaInfo(file: string): Promise<MediaInfoReport> {
  const { status, stdout, stderr } = await runJudge('mediainfo', ['--Output=JSON', file]);
  if (status !== 0) throw new Error(`MediaInfo cannot read ${file}: ${stderr}`);
  const { media } = JSON.parse(stdout) as { media: { track: readonly Record<string, unknown>[] } | null };
  const tracks = (media?.track ?? []).map(textFields);
  const ofType = (type: string): readonly MediaInfoTrack[] => tracks.filter((track) => track['@type'] === type);
  return { general: ofType('General')[0] ?? {}, video: ofType('Video'), audio: ofType('Audio') };
}

function textFields(track: Record<string, unknown>): MediaInfoTrack {
  return Object.fromEntries(
    Object.entries(track).filter((field): field is [string, string] => typeof field[1] === 'string'),
  );
}
