/** Looks at an MPEG transport stream: its tables, its streams and their times, and what is missing between its packets. */
import type { ByteSource } from '../../io/file-source.ts';
import { Findings, type FindingCode, type FindingPlace } from '../../media/findings.ts';
import type { Advice, CodecFacts, ProbedRecording, ProbedTrack, Ratio, Verdict } from '../../media/probed-recording.ts';
import { ticksPerSecond } from '../../mpegts/clock.ts';
import { DescriptorTag, findDescriptor, dispositionsOf, registrationOf } from '../../mpegts/descriptors.ts';
import { packetLength } from '../../mpegts/packet.ts';
import { untilNextUnit } from '../../mpegts/pid-states.ts';
import type { ElementaryStream } from '../../mpegts/program-tables.ts';
import { defaultChannelLayout, ratio, valueOf } from '../../media/ffprobe/ffprobe.ts';
import { tableContradictionOf, tablesFor } from '../../rescue/mpegts/tables.ts';
import { advise } from './advice.ts';
import { opusRate } from './audio-facts.ts';
import { elementaryPicture, audioWithin } from './elementary-facts.ts';
import type { InspectOptions, Inspection, TreeRow } from './inspection.ts';
import { streamExtradataSize } from './stream-extradata.ts';
import { bitRateOfFile, timingsOf } from './timings.ts';
import { tsSamples } from './ts-samples.ts';
import { clockBase, walkTs, type StreamWalk, type TsWalk } from './ts-walk.ts';

/** Throws only where the source cannot be read; what is wrong with the stream becomes findings. */
export async function inspectTs(source: ByteSource, options: InspectOptions): Promise<Inspection> {
  const findings = new Findings();
  const walk = await walkTs(source, options);
  const { streams } = walk.survey;
  const tracks = streams.map((stream, index) => describeStream(stream, walk, index));
  report(source, walk, streams, findings);
  const listed = new Map(
    streams.map(({ pid, kind, codec }, position) => [pid, { position, kind, codec, name: nameOf(codec) }]),
  );
  return {
    recording: describe(source, walk, tracks, findings),
    samples: () => tsSamples(source, listed),
    tree: () => treeOf(walk),
  };
}

/** ffprobe's names where they are others. */
const names: Readonly<Record<string, string | undefined>> = {
  h265: 'hevc',
  h266: 'vvc',
  mpeg4video: 'mpeg4',
  'aac-latm': 'aac_latm',
  'mpegh-3d-audio': 'mpegh_3d_audio',
  'dts-uhd': 'dts_uhd',
  avs: 'cavs',
  'dvb-subtitle': 'dvb_subtitle',
  teletext: 'dvb_teletext',
  id3: 'timed_id3',
  scte35: 'scte_35',
  pgs: 'hdmv_pgs_subtitle',
  lpcm: 'pcm_bluray',
  unknown: undefined,
};

function nameOf(codec: string): string | undefined {
  return codec in names ? names[codec] : codec;
}

function describeStream(stream: ElementaryStream, { streams, survey, whole }: TsWalk, index: number): ProbedTrack {
  const walk = streams.get(stream.pid);
  const { pid, kind, streamType, codec, language } = stream;
  const name = nameOf(codec);
  const head = walk?.head.bytes() ?? new Uint8Array(0);
  const found =
    name === undefined
      ? undefined
      : kind === 'video'
        ? (elementaryPicture(name, head) ?? elementaryPicture(name, survey.parameterSets(pid)))
        : kind === 'audio'
          ? audioWithin(name, head)?.facts
          : undefined;
  const extradataSize =
    kind === 'video'
      ? (streamExtradataSize(found?.name, head) ?? streamExtradataSize(found?.name, survey.parameterSets(pid)))
      : undefined;
  const facts: CodecFacts = {
    ...opusOf(name, stream),
    ...found,
    ...(extradataSize === undefined ? {} : { extradataSize }),
    name: found?.name ?? name,
  };
  const tag = registrationOf(stream.descriptors) ?? `[${streamType}][0][0][0]`;
  const base = {
    index,
    id: pid,
    kind,
    codecTag: tag,
    codec: facts,
    timeBase: clockBase,
    gaps: [],
    ...(language === undefined ? {} : { language }),
    dispositions: dispositionsOf(stream.descriptors),
  };
  const extent = walk?.extent();
  if (walk === undefined || extent === undefined) return { ...base, ...(whole ? { samples: 0 } : {}) };
  const last = kind === 'video' ? frameTicks(facts, walk) : kind === 'audio' ? audioTicks(name, walk) : 0;
  const durationTicks = Math.floor(extent.last - extent.first + last);
  const seconds = durationTicks / ticksPerSecond;
  const measured = whole && seconds > 0 ? Math.floor((walk.bytes * 8) / seconds) : undefined;
  return {
    ...base,
    startTicks: walk.origin + extent.first,
    durationTicks,
    mediaSeconds: seconds,
    ...(whole ? { bytes: walk.bytes, ...samplesOf(name, walk) } : {}),
    ...(facts.bitRate === undefined ? {} : { bitRate: facts.bitRate }),
    ...(measured === undefined ? {} : { measuredBitRate: measured }),
    ...(kind === 'video' ? pictureFigures(facts, walk) : {}),
    ...(kind === 'video' && whole ? { keyFrames: walk.rhythm.keyFrames } : {}),
    gaps: walk.rhythm.gaps,
  };
}

function samplesOf(name: string | undefined, walk: StreamWalk): { samples?: number } {
  const samples = walk.framesOf(name);
  return samples === undefined ? {} : { samples };
}

const identificationHeaderLength = 19;

/** Opus says its channels in a descriptor that few know; its rate is always the same. */
function opusOf(name: string | undefined, { descriptors }: ElementaryStream): Partial<CodecFacts> {
  if (name !== 'opus') return {};
  const extension = findDescriptor(descriptors, DescriptorTag.extension);
  // Opus in MPEG-2 TS, 4.1: channel_config_code, of which 1 to 8 are channels; 0 is two mono channels.
  const code = extension?.[0] === 0x80 ? extension[1] : undefined;
  const channels = code === 0 ? 2 : code !== undefined && code <= 8 ? code : undefined;
  const layout = channels === undefined ? undefined : defaultChannelLayout(channels);
  return {
    sampleRate: opusRate,
    mimeCodec: 'opus',
    // ffprobe makes the header that Ogg has (RFC 7845, 5.1); more channels need a table.
    ...(code === 1 || code === 2 ? { extradataSize: identificationHeaderLength } : {}),
    ...(channels === undefined ? {} : { channels }),
    ...(layout === undefined ? {} : { channelLayout: layout }),
  };
}

function frameTicks({ frameRate }: CodecFacts, walk: StreamWalk): number {
  return isRate(frameRate, walk) ? Math.floor(ticksPerSecond / valueOf(frameRate)) : walk.clock.step;
}

/** How long the audio of the last PES packet lasts. */
function audioTicks(name: string | undefined, walk: StreamWalk): number {
  const audio = name === undefined ? undefined : audioWithin(name, walk.last.bytes());
  return audio === undefined ? walk.clock.step : audio.seconds * ticksPerSecond;
}

/** Parameter sets count in units of any size; more pictures than this are none that anybody makes. */
const maxRate = 1000;

/** A picture that lasts so much longer than it takes to the next is a wrong claim too; three fields of a film are no such. */
const maxOfSteps = 2.5;

function isRate(rate: Ratio | undefined, { clock, units }: StreamWalk): rate is Ratio {
  if (rate === undefined || valueOf(rate) <= 0 || valueOf(rate) > maxRate) return false;
  return units < 3 || ticksPerSecond / valueOf(rate) <= maxOfSteps * clock.step;
}

function pictureFigures({ frameRate }: CodecFacts, walk: StreamWalk): Partial<ProbedTrack> {
  const real = walk.frameRate.real();
  const average = isRate(frameRate, walk) ? ratio(frameRate.numerator, frameRate.denominator) : real;
  return {
    ...(average === undefined ? {} : { averageFrameRate: average }),
    ...(real === undefined ? {} : { realFrameRate: real }),
    variableFrameRate: walk.rhythm.isVariable,
    ...walk.rhythm.keyFrameInterval(),
  };
}

function report(source: ByteSource, walk: TsWalk, streams: readonly ElementaryStream[], findings: Findings): void {
  const { survey } = walk;
  const file = source.path;
  for (const { offset, length } of survey.syncLosses) {
    // Captures begin anywhere: what is left of the packet that was under way is no damage.
    if (offset === 0 && length < (survey.format?.stride ?? packetLength)) {
      findings.add('ts-first-packet-torn', `the first ${length} bytes are the end of a packet`, {
        file,
        offset,
        length,
      });
      continue;
    }
    const isTail = offset + length >= source.size && length < (survey.format?.stride ?? packetLength);
    const where = offset === 0 ? 'before the first packet' : 'between packets';
    findings.add(
      isTail ? 'ts-packet-torn' : 'ts-sync-lost',
      isTail ? `the last packet has ${length} bytes` : `${length} bytes ${where}`,
      { file, offset, length },
    );
  }
  for (const [pid, offset] of survey.firstCounterGaps) {
    const count = survey.pids.counterGaps[pid]!;
    findings.add('ts-counter-gap', `PID ${pid}: packets are missing in ${count} place${count === 1 ? '' : 's'}`, {
      file,
      offset,
    });
  }
  if (survey.pids.transportErrors > 0) {
    findings.add('ts-transport-error', `${survey.pids.transportErrors} packets are marked as faulty`, { file });
  }
  if (survey.tables.faultySections > 0) {
    findings.add('ts-section-damaged', `${survey.tables.faultySections} sections have a wrong CRC`, { file });
  }
  reportTables(file, walk, findings);
  for (const stream of streams) reportStream(file, stream, walk, findings);
}

/**
 * A PAT may name programs that are not there: recorders of one program keep the PAT of its transponder. Media that no map
 * describes is what shows that tables are missing.
 */
function reportTables(file: string, { survey, jumps, isCertain }: TsWalk, findings: Findings): void {
  const needed = tablesFor(survey);
  const undescribed = survey.streams.filter(({ programNumber }) => programNumber === 0);
  if (survey.programs.every(({ hasMap }) => !hasMap) || undescribed.length > 0) {
    const what = survey.programs.length === 0 ? 'PAT' : 'PMT';
    const message =
      undescribed.length === 0
        ? `no ${what} could be read`
        : `no ${what} tells of ${undescribed.map(({ pid, codec }) => `PID ${pid} (${codec})`).join(', ')}: what they are was recognised from their media`;
    findings.add('ts-tables-missing', message, { file });
  }
  for (const stream of needed?.contradicted ?? []) {
    findings.add('ts-stream-type-wrong', tableContradictionOf(stream), { file, pid: stream.pid });
  }
  for (const { pid, codec, from, to } of survey.streams) {
    if (to >= 0) {
      const message = `the tables list PID ${pid} (${codec}) from byte ${from} to byte ${to} only`;
      findings.add('ts-program-changed', message, { file, offset: to, pid });
    }
  }
  for (const { offset, raw } of jumps) {
    const time = Math.round((raw / ticksPerSecond) * 1e6) / 1e6;
    findings.add('ts-clock-jump', 'the timestamps jump', { file, offset, time });
  }
  if (!isCertain) {
    const message = 'the clock changes too often for a quick look; the duration is an estimate, --deep measures it';
    findings.add('ts-duration-estimated', message, { file });
  }
}

function reportStream(file: string, stream: ElementaryStream, walk: TsWalk, findings: Findings): void {
  const { pid, kind, codec } = stream;
  const name = `PID ${pid} (${codec})`;
  const place = { file, ...(kind === 'video' || kind === 'audio' ? { track: kind } : {}) };
  const found = walk.streams.get(pid);
  const { scrambled, packets } = walk.survey.pids;
  if (scrambled[pid]! > 0) {
    const part = isWhollyScrambled(walk, pid) ? '' : ` in ${scrambled[pid]} of ${packets[pid]} packets`;
    findings.add('ts-scrambled', `${name} is scrambled${part}`, place);
  }
  if (found === undefined || found.units === 0) {
    findings.add('ts-stream-empty', `${name} is announced and has no PES packet`, place);
    return;
  }
  if (found.wrapped !== undefined) {
    findings.add('ts-clock-wrapped', `the timestamps of ${name} begin again`, { ...place, ...found.wrapped });
  }
  if (found.jumped !== undefined && walk.whole) {
    const { jumps } = found;
    findings.add('ts-clock-jump', `the timestamps of ${name} jump in ${jumps} place${jumps === 1 ? '' : 's'}`, {
      ...place,
      ...found.jumped,
    });
  }
  reportTorn(name, stream, found, walk, place, findings);
  if (found.beginsWithEntry === false) {
    findings.add('ts-first-picture', `${name} does not begin with a picture that can be decoded by itself`, place);
  }
}

/** So many PES packets show how a multiplexer ends them. */
const minEndsToJudge = 16;

/**
 * A PES packet that says how long it is lacks what it lacks. One that does not ends with a packet that is filled up with
 * stuffing: the media comes out even in one of 184 only.
 */
function reportTorn(
  name: string,
  { pid }: ElementaryStream,
  found: StreamWalk,
  walk: TsWalk,
  place: FindingPlace,
  findings: Findings,
): void {
  const at = { ...place, offset: found.lastBegun };
  const lacks = walk.survey.pids.remaining[pid]!;
  if (walk.survey.tornPids().includes(pid)) {
    findings.add('ts-pes-torn', `the last PES packet of ${name} lacks ${lacks} bytes`, at);
  } else if (
    lacks === untilNextUnit &&
    found.isFull &&
    found.stuffedEnds >= minEndsToJudge * Math.max(1, found.fullEnds)
  ) {
    const message = `the last PES packet of ${name} ends in a packet full of media, and ${found.stuffedEnds} of ${found.stuffedEnds + found.fullEnds} before it in one with stuffing: its end seems to be missing, and nothing brings it back`;
    findings.add('ts-pes-torn', message, at);
  }
}

/** Nothing but a picture that does not say how long it is lacks its end. */
function lacksEndOfPictureOnly({ survey }: TsWalk): boolean {
  return survey.tornPids().length === 0;
}

/** Packets without payload are never scrambled. */
function isWhollyScrambled({ survey, streams }: TsWalk, pid: number): boolean {
  return survey.pids.scrambled[pid]! > 0 && (streams.get(pid)?.clearUnits ?? 0) === 0;
}

/** Media beside maps of all programs that no map describes is as it was recorded: `ts-fix` would make no other tables. */
function lacksTables({ survey }: TsWalk): boolean {
  return survey.programs.every(({ hasMap }) => !hasMap) || tablesFor(survey) !== undefined;
}

/** Whether media is lost to scrambling: a part of a stream, or all there is to see and to hear. */
function isLostToScrambling(walk: TsWalk, streams: readonly ElementaryStream[]): boolean {
  const media = streams.filter(({ kind }) => kind === 'video' || kind === 'audio');
  const touched = media.filter(({ pid }) => walk.survey.pids.scrambled[pid]! > 0);
  const whole = touched.filter(({ pid }) => isWhollyScrambled(walk, pid));
  return touched.length > whole.length || (media.length > 0 && whole.length === media.length);
}

const unfinishedCodes: readonly FindingCode[] = ['ts-packet-torn', 'ts-pes-torn'];
const damagedCodes: readonly FindingCode[] = [
  'ts-sync-lost',
  'ts-counter-gap',
  'ts-transport-error',
  'ts-section-damaged',
  'ts-stream-type-wrong',
  'ts-clock-jump',
];

function describe(
  source: ByteSource,
  walk: TsWalk,
  tracks: readonly ProbedTrack[],
  findings: Findings,
): ProbedRecording {
  const timings = timingsOf(tracks);
  const bitRate = bitRateOfFile(source.size, timings.durationSeconds);
  const isDamaged =
    damagedCodes.some((code) => findings.has(code)) ||
    lacksTables(walk) ||
    isLostToScrambling(walk, walk.survey.streams);
  const isUnfinished = unfinishedCodes.some((code) => findings.has(code));
  const verdict: Verdict = isDamaged ? 'damaged' : isUnfinished ? 'unfinished' : 'complete';
  const seconds = timings.durationSeconds;
  const stride = walk.survey.format?.stride;
  return {
    path: source.path,
    files: [{ path: source.path, bytes: source.size }],
    container: 'mpegts',
    containerName: `MPEG transport stream${stride === undefined || stride === packetLength ? '' : ` of ${stride}-byte packets`}`,
    formatName: 'mpegts',
    programs: walk.survey.programs.length,
    ...(walk.survey.programs[0]?.service?.provider === undefined
      ? {}
      : { recorder: walk.survey.programs[0].service.provider }),
    ...timings,
    ...(bitRate === undefined ? {} : { bitRate }),
    tracks,
    health: {
      verdict,
      deep: walk.whole,
      ...(seconds === undefined || tracks.length === 0 ? {} : { durationSeconds: seconds }),
      findings: findings.list(),
      advice: adviceFor(source.path, walk, verdict, findings),
    },
  };
}

/** What makes it play: a repair where something is wrong, and a beginning that can be decoded. */
function adviceFor(path: string, walk: TsWalk, verdict: Verdict, findings: Findings): readonly Advice[] {
  const { streams, survey } = walk;
  const media = survey.streams.filter(({ kind }) => kind === 'video' || kind === 'audio');
  // What is scrambled from beginning to end cannot be helped here.
  if (media.every(({ pid }) => isWhollyScrambled(walk, pid))) return [];
  const beginsLate = survey.streams.some(({ pid }) => {
    const counts = survey.pictures.get(pid);
    const entries = counts === undefined ? 0 : counts.idr + counts.irap + counts.recoveryPoint;
    return streams.get(pid)?.beginsWithEntry === false && entries > 0;
  });
  // The beginning of a picture is kept where its end is missing: there is nothing to repair.
  const isHelpless = verdict === 'unfinished' && !findings.has('ts-packet-torn') && lacksEndOfPictureOnly(walk);
  if ((verdict === 'complete' || isHelpless) && !beginsLate) return [];
  const words = [...(findings.has('ts-clock-jump') ? ['--retime'] : []), ...(beginsLate ? ['--from-first-key'] : [])];
  const purpose = verdict === 'complete' ? 'lets it begin where decoding can begin' : 'repairs it';
  return advise('ts-fix', purpose, path, ...words);
}

/** Programs, their streams, and how many packets each has. */
function* treeOf({ survey }: TsWalk): Generator<TreeRow> {
  const stride = survey.format?.stride ?? packetLength;
  const row = (depth: number, type: string, pid: number, text: string): TreeRow => {
    const packets = survey.pids.packets[pid]!;
    return { depth, type, offset: 0, size: packets * stride, text: `PID ${pid}, ${packets} packets${text}` };
  };
  yield row(0, 'PAT', 0, '');
  for (const program of survey.programs) {
    yield row(1, 'PMT', program.pmtPid, `, program ${program.programNumber}`);
    for (const stream of program.streams) {
      const units = survey.times.get(stream.pid)?.pesPackets ?? 0;
      yield row(2, stream.codec, stream.pid, `, ${units} PES packets`);
    }
  }
}
