/** Looks at an MPEG transport stream: its tables, its streams and their times, and what is missing between its packets. */
import type { ByteSource } from '../../io/file-source.ts';
import { Findings, type FindingCode } from '../../media/findings.ts';
import type { CodecFacts, ProbedRecording, ProbedTrack, Verdict } from '../../media/probed-recording.ts';
import { ticksPerSecond } from '../../mpegts/clock.ts';
import { DescriptorTag, findDescriptor, registrationOf } from '../../mpegts/descriptors.ts';
import { claimsRandomAccess, packetLength, payloadOf, pidOf, startsUnit } from '../../mpegts/packet.ts';
import { packetRuns } from '../../mpegts/packet-stream.ts';
import { PesReader } from '../../mpegts/pes.ts';
import type { ElementaryStream } from '../../mpegts/program-tables.ts';
import { advise } from './advice.ts';
import { opusRate } from './audio-facts.ts';
import { defaultChannelLayout } from '../../codecs/ffprobe/channel-layout.ts';
import { beginsWithEntry, elementaryPicture, elementarySound } from './elementary-facts.ts';
import type { InspectOptions, Inspection, SampleRow, TreeRow } from './inspection.ts';
import { ratio, valueOf } from './ratio.ts';
import { bitRateOfFile, timingsOf } from './timings.ts';
import { clockBase, walkTs, type StreamWalk, type TsWalk } from './ts-walk.ts';

/** What is looked through for packets: junk before them, and sync bytes enough to be sure. */
const searched = 64 * 1024;
const enoughBytes = 3 * packetLength;

/** Whether packets of any length follow one another soon after the beginning. */
export function looksLikeTransportStream(source: ByteSource): boolean {
  for (const run of packetRuns(source, 0, Math.min(source.size, searched))) {
    const length = run.end - run.start;
    if (run.format !== undefined) return length >= enoughBytes || run.offset + length >= source.size;
  }
  return false;
}

export async function inspectTs(source: ByteSource, options: InspectOptions): Promise<Inspection> {
  const findings = new Findings();
  const walk = await walkTs(source, options);
  const streams = walk.survey.programs.flatMap((program) => program.streams);
  const tracks = streams.map((stream, index) =>
    describeStream(stream, walk.streams.get(stream.pid), index, walk.whole),
  );
  report(source, walk, streams, findings);
  const index = new Map(streams.map((stream, position) => [stream.pid, { position, kind: stream.kind }]));
  return {
    recording: describe(source, walk, tracks, findings, options),
    samples: () => unitsOf(source, index),
    tree: () => treeOf(walk),
  };
}

/** ffprobe's names where they are others. */
const names: Readonly<Record<string, string | undefined>> = {
  h265: 'hevc',
  h266: 'vvc',
  mpeg4video: 'mpeg4',
  'aac-latm': 'aac_latm',
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

function describeStream(
  stream: ElementaryStream,
  walk: StreamWalk | undefined,
  index: number,
  whole: boolean,
): ProbedTrack {
  const { pid, kind, streamType, codec, language } = stream;
  const name = nameOf(codec);
  const head = walk?.head.bytes() ?? new Uint8Array(0);
  const found =
    name === undefined
      ? undefined
      : kind === 'video'
        ? elementaryPicture(name, head)
        : kind === 'audio'
          ? elementarySound(name, head)?.facts
          : undefined;
  const facts: CodecFacts = { ...opusOf(name, stream), ...found, name: found?.name ?? name };
  const tag = registrationOf(stream.descriptors) ?? `[${streamType}][0][0][0]`;
  const base = { index, id: pid, kind, codecTag: tag, codec: facts, timeBase: clockBase, gaps: [] };
  if (walk === undefined || walk.firstPts < 0) return { ...base, ...(whole ? { samples: 0 } : {}) };
  const last = kind === 'video' ? frameTicks(facts, walk) : kind === 'audio' ? soundTicks(name, walk) : 0;
  const durationTicks = Math.floor(walk.latest + last);
  const seconds = (walk.clock.ticks + last) / ticksPerSecond;
  const measured = whole && seconds > 0 ? Math.floor((walk.bytes * 8) / seconds) : undefined;
  return {
    ...base,
    startTicks: walk.firstPts,
    durationTicks,
    mediaSeconds: seconds,
    ...(whole ? { samples: walk.units, bytes: walk.bytes } : {}),
    ...(facts.bitRate === undefined ? {} : { bitRate: facts.bitRate }),
    ...(measured === undefined ? {} : { measuredBitRate: measured }),
    ...(kind === 'video' ? frameRates(facts, walk) : {}),
    ...(language === undefined ? {} : { language }),
  };
}

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
    ...(channels === undefined ? {} : { channels }),
    ...(layout === undefined ? {} : { channelLayout: layout }),
  };
}

function frameTicks({ frameRate }: CodecFacts, walk: StreamWalk): number {
  const rate = frameRate === undefined ? 0 : valueOf(frameRate);
  return rate > 0 ? Math.floor(ticksPerSecond / rate) : walk.clock.step;
}

/** How long the sound of the last PES packet lasts. */
function soundTicks(name: string | undefined, walk: StreamWalk): number {
  const sound = name === undefined ? undefined : elementarySound(name, walk.last.bytes());
  return sound === undefined ? walk.clock.step : sound.seconds * ticksPerSecond;
}

function frameRates(
  { frameRate }: CodecFacts,
  walk: StreamWalk,
): Pick<ProbedTrack, 'averageFrameRate' | 'realFrameRate'> {
  const real = walk.frameRate.real();
  const average =
    frameRate !== undefined && valueOf(frameRate) > 0 ? ratio(frameRate.numerator, frameRate.denominator) : real;
  return {
    ...(average === undefined ? {} : { averageFrameRate: average }),
    ...(real === undefined ? {} : { realFrameRate: real }),
  };
}

function report(source: ByteSource, walk: TsWalk, streams: readonly ElementaryStream[], findings: Findings): void {
  const { survey } = walk;
  const file = source.path;
  for (const { offset, length } of survey.syncLosses) {
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
  if (!survey.tables.isComplete) {
    const what = survey.programs.length === 0 ? 'PAT' : 'PMT';
    findings.add('ts-tables-missing', `no ${what} could be read`, { file });
  }
  for (const stream of streams) reportStream(file, stream, walk, findings);
}

function reportStream(file: string, stream: ElementaryStream, walk: TsWalk, findings: Findings): void {
  const { pid, kind, codec } = stream;
  const name = `PID ${pid} (${codec})`;
  const place = { file, ...(kind === 'video' || kind === 'audio' ? { track: kind } : {}) };
  const found = walk.streams.get(pid);
  if (walk.survey.pids.scrambled[pid]! > 0) findings.add('ts-scrambled', `${name} is scrambled`, place);
  if (found === undefined || found.units === 0) {
    findings.add('ts-stream-empty', `${name} is announced and has no PES packet`, place);
    return;
  }
  if (found.wrapped) findings.add('ts-clock-wrapped', `the timestamps of ${name} begin again`, place);
  if (walk.whole && found.clock.jumps > 0) {
    findings.add('ts-clock-jump', `the timestamps of ${name} jump ${found.clock.jumps} times`, place);
  }
  if (walk.survey.tornPids().includes(pid)) {
    findings.add('ts-pes-torn', `the last PES packet of ${name} lacks ${walk.survey.pids.remaining[pid]} bytes`, place);
  }
  const entry = kind === 'video' ? beginsWithEntry(nameOf(codec) ?? '', found.head.bytes()) : undefined;
  if (entry === false) {
    findings.add('ts-first-picture', `${name} does not begin with a picture that can be decoded by itself`, place);
  }
}

const unfinishedCodes: readonly FindingCode[] = ['ts-packet-torn', 'ts-pes-torn'];
const damagedCodes: readonly FindingCode[] = [
  'ts-sync-lost',
  'ts-counter-gap',
  'ts-transport-error',
  'ts-section-damaged',
  'ts-tables-missing',
  'ts-clock-jump',
];

function describe(
  source: ByteSource,
  walk: TsWalk,
  tracks: readonly ProbedTrack[],
  findings: Findings,
  options: InspectOptions,
): ProbedRecording {
  const timings = timingsOf(tracks);
  const bitRate = bitRateOfFile(source.size, timings.durationSeconds);
  const isDamaged = damagedCodes.some((code) => findings.has(code));
  const isUnfinished = unfinishedCodes.some((code) => findings.has(code));
  const verdict: Verdict = isDamaged ? 'damaged' : isUnfinished ? 'unfinished' : 'complete';
  const media = Math.max(0, ...tracks.map(({ mediaSeconds = 0 }) => mediaSeconds));
  const seconds = walk.whole ? Math.min(media, timings.durationSeconds ?? media) : timings.durationSeconds;
  const isJumping = findings.has('ts-clock-jump') && timings.durationSeconds !== undefined;
  const stride = walk.survey.format?.stride;
  return {
    path: source.path,
    files: [{ path: source.path, bytes: source.size }],
    container: 'mpegts',
    containerName: `MPEG transport stream${stride === undefined || stride === packetLength ? '' : ` of ${stride}-byte packets`}`,
    formatName: 'mpegts',
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
      ...(isJumping ? { claimedDurationSeconds: timings.durationSeconds! } : {}),
      findings: findings.list(),
      advice: findings.has('ts-first-picture')
        ? advise(options.verbs, 'ts-split', 'cuts it where decoding can begin', source.path)
        : [],
    },
  };
}

/** PES packets, each when the next of its PID begins. Their media is what they carry, frames as a rule. */
function* unitsOf(
  source: ByteSource,
  streams: ReadonlyMap<number, { readonly position: number; readonly kind: string }>,
): Generator<SampleRow> {
  const open = new Map<number, { row: SampleRow; size: number }>();
  const readers = new Map<number, PesReader>();
  for (const run of packetRuns(source)) {
    if (run.format === undefined) continue;
    const { stride, lead } = run.format;
    for (let cell = run.start; cell < run.end; cell += stride) {
      const at = cell + lead;
      const pid = pidOf(run.bytes, at);
      const stream = streams.get(pid);
      if (stream === undefined) continue;
      const reader = readers.get(pid) ?? new PesReader();
      readers.set(pid, reader);
      const end = at + packetLength;
      const from = payloadOf(run.bytes, at);
      if (from >= end) continue;
      const media = reader.take(run.bytes, from, end, startsUnit(run.bytes, at));
      if (reader.begun) {
        const before = open.get(pid);
        if (before !== undefined) yield { ...before.row, size: before.size };
        const sync = stream.kind !== 'video' || claimsRandomAccess(run.bytes, at);
        open.set(pid, { row: unitRow(reader, stream, run.offset + cell - run.start, sync), size: 0 });
      }
      const unit = open.get(pid);
      if (unit !== undefined && reader.isOpen) unit.size += end - media;
    }
  }
  for (const { row, size } of open.values()) yield { ...row, size };
}

function unitRow(
  { ptsTicks, dtsTicks }: PesReader,
  { position, kind }: { readonly position: number; readonly kind: string },
  offset: number,
  sync: boolean,
): SampleRow {
  return {
    track: position,
    kind,
    timeBase: clockBase,
    dtsTicks: dtsTicks < 0 ? undefined : dtsTicks,
    ptsTicks: ptsTicks < 0 ? undefined : ptsTicks,
    durationTicks: undefined,
    size: 0,
    offset,
    sync,
  };
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
