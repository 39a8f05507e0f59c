import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { comparePackets } from './compare.ts';
import type { ProbedPacket, ProbedStream } from './judges.ts';
import type { TrackKind, Truth, TruthSample } from './truth.ts';

const streams: readonly ProbedStream[] = [
  { index: 0, codec_type: 'video', time_base: '1/90000' },
  { index: 1, codec_type: 'audio', time_base: '1/48000' },
];

/** A recording of 10 pictures (a key frame every fifth, decoded in another order than shown) and 20 sounds. */
function recording(lowestCtsMs = 0): Truth {
  const sample = (track: TrackKind, index: number, dtsTicks: number, ctsTicks: number): TruthSample => ({
    track,
    dtsTicks,
    ctsTicks,
    offset: 0,
    size: 10 + index,
    sync: track === 'audio' || index % 5 === 0,
    sha1: `${track}${index}`.padEnd(16, '0'),
  });
  const samples = [
    ...Array.from({ length: 10 }, (_, index) =>
      sample('video', index, 40 * index, lowestCtsMs + [80, 120, 0][index % 3]!),
    ),
    ...Array.from({ length: 20 }, (_, index) => sample('audio', index, 20 * index, 0)),
  ];
  return {
    note: '',
    source: undefined,
    timescale: { audio: 1000, video: 1000 },
    config: { audio: '', video: '' },
    samples,
  };
}

/** The packets ffprobe would find in a file that holds a recording rightly, 500 ms later. */
function packetsOf(truth: Truth, dtsShiftMs = 0): ProbedPacket[] {
  return truth.samples.map(({ track, dtsTicks, ctsTicks, size, sync, sha1 }) => {
    const [stream, ticksPerMs] = track === 'video' ? [0, 90] : [1, 48];
    return {
      stream,
      kind: track,
      ptsTicks: (dtsTicks + ctsTicks + 500) * ticksPerMs,
      dtsTicks: (dtsTicks + 500 + (track === 'video' ? dtsShiftMs : 0)) * ticksPerMs,
      durationTicks: undefined,
      offset: undefined,
      size,
      sync,
      discarded: false,
      sha1: sha1.padEnd(40, 'f'),
    };
  });
}

function ofTrack(packets: readonly ProbedPacket[], kind: TrackKind): ProbedPacket[] {
  return packets.filter((packet) => packet.kind === kind);
}

describe('comparing a file with the truth', () => {
  test('a file that holds every sample at its time is without fault, whatever its common offset', () => {
    const truth = recording();
    const { tracks, ...totals } = comparePackets(streams, packetsOf(truth), truth);
    assert.deepEqual(totals, {
      offsetMs: 500,
      expected: 30,
      found: 30,
      missing: 0,
      invented: 0,
      syncErrors: 0,
      discarded: 0,
      maxPtsErrorMs: 0,
      maxDtsErrorMs: 0,
    });
    assert.deepEqual(
      tracks.map(({ kind, expected, deviations }) => [kind, expected, deviations.length]),
      [
        ['video', 10, 0],
        ['audio', 20, 0],
      ],
    );
  });

  test('a lost sample, a cut tail and a lost head are missing and shift nothing else', () => {
    const truth = recording();
    const video = ofTrack(packetsOf(truth), 'video');
    const audio = ofTrack(packetsOf(truth), 'audio');
    const kept = [...video.slice(2, 5), ...video.slice(6), ...audio.slice(0, 17)];
    const comparison = comparePackets(streams, kept, truth);
    assert.deepEqual(
      comparison.tracks.map(({ missing }) => missing),
      [
        [0, 1, 5],
        [17, 18, 19],
      ],
    );
    assert.equal(comparison.maxPtsErrorMs, 0);
    assert.equal(comparison.invented, 0);
  });

  test('packets nobody recorded are told from the recorded ones around them', () => {
    const truth = recording();
    const packets = packetsOf(truth);
    const forged = { ...packets[3]!, sha1: '0'.repeat(40) };
    const comparison = comparePackets(streams, [forged, ...packets.slice(0, 5), forged, ...packets.slice(5)], truth);
    assert.deepEqual(comparison.tracks[0]?.invented, [0, 6]);
    assert.equal(comparison.found, 30);
  });

  test('a sample with a torn end is one missing and one invented', () => {
    const truth = recording();
    const packets = packetsOf(truth);
    packets[4] = { ...packets[4]!, sha1: '1'.repeat(40) };
    const video = comparePackets(streams, packets, truth).tracks[0];
    assert.deepEqual([video?.missing, video?.invented], [[4], [4]]);
  });

  test('two samples in the wrong order are not both found', () => {
    const truth = recording();
    const packets = packetsOf(truth);
    [packets[3], packets[4]] = [packets[4]!, packets[3]!];
    const comparison = comparePackets(streams, packets, truth);
    assert.deepEqual([comparison.found, comparison.missing, comparison.invented], [29, 1, 1]);
  });

  test('a track that starts too late against the other is off by as much, though each is right in itself', () => {
    const truth = recording();
    const packets = packetsOf(truth).map((packet) =>
      packet.kind === 'video'
        ? { ...packet, ptsTicks: packet.ptsTicks! + 90 * 40, dtsTicks: packet.dtsTicks! + 90 * 40 }
        : packet,
    );
    const comparison = comparePackets(streams, packets, truth);
    assert.equal(comparison.offsetMs, 500);
    assert.deepEqual(
      comparison.tracks.map(({ maxPtsErrorMs }) => maxPtsErrorMs),
      [40, 0],
    );
    assert.equal(comparison.maxDtsErrorMs, 40);
  });

  test('a sample at a wrong time is named, and its neighbours are not', () => {
    const truth = recording();
    const packets = packetsOf(truth);
    packets[7] = { ...packets[7]!, ptsTicks: packets[7]!.ptsTicks! + 90 * 7 };
    packets[8] = { ...packets[8]!, ptsTicks: packets[8]!.ptsTicks! + 90 };
    const video = comparePackets(streams, packets, truth).tracks[0];
    assert.deepEqual(video?.deviations, [{ index: 7, ptsErrorMs: 7, dtsErrorMs: 0 }]);
  });

  test('a time that ffprobe does not know is an error, not a zero', () => {
    const truth = recording();
    const packets = packetsOf(truth);
    packets[7] = { ...packets[7]!, ptsTicks: undefined };
    const comparison = comparePackets(streams, packets, truth);
    assert.ok(Number.isNaN(comparison.maxPtsErrorMs));
    assert.deepEqual(
      comparison.tracks[0]?.deviations.map(({ index }) => index),
      [7],
    );
  });

  test('decode times that ffprobe moved back for a negative composition offset are right', () => {
    const truth = recording(-40);
    const moved = comparePackets(streams, packetsOf(truth, -40), truth);
    assert.deepEqual([moved.maxDtsErrorMs, moved.tracks[0]?.dtsShiftMs], [0, -40]);
    const unmoved = comparePackets(streams, packetsOf(truth), truth);
    assert.deepEqual([unmoved.maxDtsErrorMs, unmoved.tracks[0]?.dtsShiftMs], [0, 0]);
  });

  test('decode times moved by anything else are wrong', () => {
    assert.equal(comparePackets(streams, packetsOf(recording(-40), -80), recording(-40)).maxDtsErrorMs, 40);
    assert.equal(comparePackets(streams, packetsOf(recording(), -40), recording()).maxDtsErrorMs, 40);
  });

  test('a wrong key-frame flag is found on the sample that has it', () => {
    const truth = recording();
    const packets = packetsOf(truth);
    packets[2] = { ...packets[2]!, sync: true };
    packets[5] = { ...packets[5]!, sync: false };
    assert.deepEqual(comparePackets(streams, packets, truth).tracks[0]?.syncErrors, [2, 5]);
  });

  test('the key frame ffprobe makes up at the start of a track without any is no error, a second one is', () => {
    const whole = recording();
    const samples = whole.samples.map((sample) => (sample.track === 'video' ? { ...sample, sync: false } : sample));
    const truth = { ...whole, samples };
    const packets = packetsOf(truth);
    packets[0] = { ...packets[0]!, sync: true };
    assert.equal(comparePackets(streams, packets, truth).syncErrors, 0);
    packets[3] = { ...packets[3]!, sync: true };
    assert.deepEqual(comparePackets(streams, packets, truth).tracks[0]?.syncErrors, [0, 3]);
  });

  test('a whole track that is missing, and one too many, are counted', () => {
    const truth = recording();
    const packets = packetsOf(truth);
    const subtitle: ProbedStream = { index: 2, codec_type: 'subtitle', time_base: '1/1000' };
    const comparison = comparePackets(
      [streams[0]!, subtitle],
      [...ofTrack(packets, 'video'), { ...packets[0]!, stream: 2, kind: 'subtitle' }],
      truth,
    );
    assert.deepEqual([comparison.found, comparison.missing, comparison.invented], [10, 20, 1]);
  });
});
