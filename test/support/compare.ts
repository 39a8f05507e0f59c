/**
 * Holds a written file against the truth of what was recorded: which samples ffprobe finds in it, which are missing,
 * which were never recorded, and how far their times and key-frame flags are off. It gives figures; whether they are
 * good enough is for the test to say.
 *
 * Times. The recorder rebases each recording to its earliest sample, and a player shows nothing before time zero, so
 * presentation times are compared up to ONE offset, the same for audio and video: the median difference. A track that is
 * early or late against the other shows that as its error.
 *
 * Decode times are compared under the same offset and one correction of ffprobe's: where a composition offset is
 * negative it moves the whole track's DTS back by the lowest one, so that no PTS lies before its DTS (it does so for a
 * version-1 ctts as for the same times written with an edit list). It overlooks the last two runs of the ctts when it
 * looks for the lowest. So a track's DTS may be moved by that amount or not at all, but by the same for all its samples.
 */
import { probe, probePackets, type ProbedPacket, type ProbedStream } from './judges.ts';
import { trackSamples, type TrackKind, type Truth, type TruthSample } from './truth.ts';

/** A sample whose time or flag is not the recorded one. */
export interface Deviation {
  /** Number of the sample in its track, from 0. */
  readonly index: number;
  readonly ptsErrorMs: number;
  readonly dtsErrorMs: number;
}

export interface TrackComparison {
  readonly kind: TrackKind;
  /** Samples recorded. */
  readonly expected: number;
  /** Samples found with the same bytes, in the recorded order. */
  readonly found: number;
  /** Samples of the truth not found, by number. */
  readonly missing: readonly number[];
  /** Packets that are no recorded sample, or not at their place in the order, by number. */
  readonly invented: readonly number[];
  /** Found samples whose key-frame flag is wrong, by number. */
  readonly syncErrors: readonly number[];
  /** Found samples outside the edit list: decoded but not shown. */
  readonly discarded: number;
  readonly maxPtsErrorMs: number;
  readonly maxDtsErrorMs: number;
  /** Found samples more than 1 ms off in either time. */
  readonly deviations: readonly Deviation[];
  /** By how much ffprobe moved the track's decode times: 0, or the lowest composition offset where that is negative. */
  readonly dtsShiftMs: number;
}

export interface Comparison {
  /** Added to every recorded time to get the file's. */
  readonly offsetMs: number;
  readonly tracks: readonly TrackComparison[];
  /** The sums and maxima of all tracks. */
  readonly expected: number;
  readonly found: number;
  readonly missing: number;
  /** Packets that are no recorded sample, of further streams too. */
  readonly invented: number;
  readonly syncErrors: number;
  readonly discarded: number;
  readonly maxPtsErrorMs: number;
  readonly maxDtsErrorMs: number;
}

/** Compares an MP4 file with the truth. */
export async function compareWithTruth(file: string, truth: Truth): Promise<Comparison> {
  const [{ streams }, packets] = await Promise.all([probe(file), probePackets(file, { asStored: true })]);
  return comparePackets(streams, packets, truth);
}

interface Match {
  readonly index: number;
  readonly sample: TruthSample;
  readonly packet: ProbedPacket;
  /** Times of the packet less those of the truth; NaN where ffprobe gives none. */
  readonly ptsDifferenceMs: number;
  readonly dtsDifferenceMs: number;
}

interface Alignment {
  readonly matches: readonly Match[];
  readonly missing: readonly number[];
  readonly invented: readonly number[];
}

/** Compares packets that ffprobe found with the truth. */
export function comparePackets(
  streams: readonly ProbedStream[],
  packets: readonly ProbedPacket[],
  truth: Truth,
): Comparison {
  const kinds = (['video', 'audio'] as const).filter((kind) => trackSamples(truth, kind).length > 0);
  const aligned = kinds.map((kind) => {
    const stream = streams.find((candidate) => candidate.codec_type === kind);
    const own = packets.filter((packet) => packet.stream === stream?.index);
    return { kind, stream, alignment: align(own, trackSamples(truth, kind), truth.timescale[kind], stream) };
  });
  const offsetMs = median(aligned.flatMap(({ alignment }) => alignment.matches.map((match) => match.ptsDifferenceMs)));
  const tracks = aligned.map(({ kind, alignment }) => compareTrack(kind, truth, alignment, offsetMs));
  const known = new Set(aligned.map(({ stream }) => stream?.index));
  const foreign = packets.filter((packet) => !known.has(packet.stream)).length;
  return {
    offsetMs,
    tracks,
    expected: sum(tracks.map((track) => track.expected)),
    found: sum(tracks.map((track) => track.found)),
    missing: sum(tracks.map((track) => track.missing.length)),
    invented: sum(tracks.map((track) => track.invented.length)) + foreign,
    syncErrors: sum(tracks.map((track) => track.syncErrors.length)),
    discarded: sum(tracks.map((track) => track.discarded)),
    maxPtsErrorMs: greatest(tracks.map((track) => track.maxPtsErrorMs)),
    maxDtsErrorMs: greatest(tracks.map((track) => track.maxDtsErrorMs)),
  };
}

function compareTrack(kind: TrackKind, truth: Truth, alignment: Alignment, offsetMs: number): TrackComparison {
  const samples = trackSamples(truth, kind);
  const { matches, missing, invented } = alignment;
  const lowestCtsTicks = samples.reduce((lowest, sample) => Math.min(lowest, sample.ctsTicks), 0);
  const dtsErrors = (shiftMs: number): number[] =>
    matches.map((match) => Math.abs(match.dtsDifferenceMs - offsetMs - shiftMs));
  const shifts = [...new Set([0, (lowestCtsTicks * 1000) / truth.timescale[kind]])];
  const [best] = shifts
    .map((shiftMs) => ({ shiftMs, errors: dtsErrors(shiftMs) }))
    .sort((one, other) => median(one.errors) - median(other.errors));
  const dtsErrorsMs = best?.errors ?? [];
  const deviations = matches.map((match, number) => ({
    index: match.index,
    ptsErrorMs: Math.abs(match.ptsDifferenceMs - offsetMs),
    dtsErrorMs: dtsErrorsMs[number] ?? Number.NaN,
  }));
  return {
    kind,
    expected: samples.length,
    found: matches.length,
    missing,
    invented,
    syncErrors: wrongSyncFlags(samples, matches),
    discarded: matches.filter((match) => match.packet.discarded).length,
    maxPtsErrorMs: greatest(deviations.map((deviation) => deviation.ptsErrorMs)),
    maxDtsErrorMs: greatest(dtsErrorsMs),
    deviations: deviations.filter(({ ptsErrorMs, dtsErrorMs }) => !(ptsErrorMs <= 1 && dtsErrorMs <= 1)),
    dtsShiftMs: best?.shiftMs ?? 0,
  };
}

/** ffprobe calls the first packet of a track a key frame when no sample of it is one (an empty stss). */
function wrongSyncFlags(samples: readonly TruthSample[], matches: readonly Match[]): readonly number[] {
  const noneIsSync = !samples.some((sample) => sample.sync);
  const onlyFirstFlagged = matches.every((match, number) => match.packet.sync === (number === 0));
  if (noneIsSync && onlyFirstFlagged) return [];
  return matches.filter((match) => match.packet.sync !== match.sample.sync).map((match) => match.index);
}

/**
 * Finds the recorded samples among the packets by their bytes, in order. At a difference it skips whatever is shorter:
 * the packets up to the next recorded sample, or the recorded samples up to the next packet. Among samples of equal
 * bytes a loss cannot be told from a shift; there it is the times that show it.
 */
function align(
  packets: readonly ProbedPacket[],
  samples: readonly TruthSample[],
  timescale: number,
  stream: ProbedStream | undefined,
): Alignment {
  const tickMs = stream === undefined ? Number.NaN : tickMilliseconds(stream.time_base);
  const packetKeys = packets.map((packet) => `${packet.size}:${packet.sha1.slice(0, 16)}`);
  const sampleKeys = samples.map((sample) => `${sample.size}:${sample.sha1}`);
  const matches: Match[] = [];
  const missing: number[] = [];
  const invented: number[] = [];
  let at = 0;
  let index = 0;
  while (at < packets.length && index < samples.length) {
    const packet = packets[at] as ProbedPacket;
    const sample = samples[index] as TruthSample;
    if (packetKeys[at] === sampleKeys[index]) {
      const differenceMs = (ticks: number | undefined, truthTicks: number): number =>
        toNanosecond((ticks ?? Number.NaN) * tickMs - (truthTicks * 1000) / timescale);
      matches.push({
        index,
        sample,
        packet,
        ptsDifferenceMs: differenceMs(packet.ptsTicks, sample.dtsTicks + sample.ctsTicks),
        dtsDifferenceMs: differenceMs(packet.dtsTicks, sample.dtsTicks),
      });
      at++;
      index++;
      continue;
    }
    const skippedPackets = distanceTo(packetKeys, at, sampleKeys[index]);
    const skippedSamples = distanceTo(sampleKeys, index, packetKeys[at]);
    if (skippedPackets === Infinity && skippedSamples === Infinity) {
      invented.push(at++);
      missing.push(index++);
    } else if (skippedPackets <= skippedSamples) {
      for (const end = at + skippedPackets; at < end; at++) invented.push(at);
    } else {
      for (const end = index + skippedSamples; index < end; index++) missing.push(index);
    }
  }
  for (; at < packets.length; at++) invented.push(at);
  for (; index < samples.length; index++) missing.push(index);
  return { matches, missing, invented };
}

function distanceTo(keys: readonly string[], from: number, key: string | undefined): number {
  const found = key === undefined ? -1 : keys.indexOf(key, from);
  return found === -1 ? Infinity : found - from;
}

/** The length of a tick in milliseconds, from ffprobe's `1/90000`. */
function tickMilliseconds(timeBase: string): number {
  const [numerator, denominator] = timeBase.split('/').map(Number);
  return ((numerator ?? Number.NaN) * 1000) / (denominator ?? Number.NaN);
}

/** Drops what is only the rounding of binary fractions, so that an error of one millisecond is not a little more. */
function toNanosecond(milliseconds: number): number {
  return Math.round(milliseconds * 1e6) / 1e6;
}

function median(values: readonly number[]): number {
  const known = values.filter((value) => !Number.isNaN(value)).sort((one, other) => one - other);
  return known[known.length >> 1] ?? 0;
}

/** The greatest value, NaN if one is: a time that is not there is no small error. */
function greatest(values: readonly number[]): number {
  return values.reduce((most, value) => (Number.isNaN(value) ? value : value > most ? value : most), 0);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
