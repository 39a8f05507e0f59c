import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { compareWithTruth } from './compare.ts';
import { decode, findJudge, mediaInfo, needs, probe, probePackets, runJudge, type ProbedPacket } from './judges.ts';
import { scratchDirectory, type Lifetime } from './scratch.ts';
import type { Truth, TruthSample } from './truth.ts';

/** An MP4 by ffmpeg: two seconds at 25 pictures a second, reordered, a key frame every tenth; a tone at 44100 Hz. */
async function ffmpegRecording(t: Lifetime, ...options: readonly string[]): Promise<string> {
  const file = join(scratchDirectory(t), 'made.mp4');
  const sources = ['-f', 'lavfi', '-i', 'testsrc=s=160x120:r=25:d=2', '-f', 'lavfi', '-i', 'sine=d=2'];
  const codecs = ['-pix_fmt', 'yuv420p', '-c:v', 'libx264', '-bf', '2', '-g', '10', '-c:a', 'aac'];
  const made = await runJudge('ffmpeg', ['-v', 'error', ...sources, ...codecs, ...options, file]);
  assert.equal(made.stderr, '');
  return file;
}

/** What a packet list says as a truth, decode times 1/1000 s, moved by `offsetMs`. */
function truthOf(packets: readonly ProbedPacket[], offsetMs: number): Truth {
  const samples = packets.map((packet): TruthSample => {
    const ticks = packet.kind === 'video' ? 12800 : 44100;
    return {
      track: packet.kind === 'video' ? 'video' : 'audio',
      offset: packet.offset ?? 0,
      size: packet.size,
      dtsTicks: Math.round(((packet.dtsTicks ?? 0) * 1000) / ticks) + offsetMs,
      ctsTicks: Math.round((((packet.ptsTicks ?? 0) - (packet.dtsTicks ?? 0)) * 1000) / ticks),
      sync: packet.sync,
      sha1: packet.sha1.slice(0, 16),
    };
  });
  return {
    note: '',
    source: undefined,
    timescale: { audio: 1000, video: 1000 },
    config: { audio: '', video: '' },
    samples,
  };
}

describe('the judges', () => {
  test('a judge that is missing is a reason to skip, and with CI=true none', (t) => {
    const before = { ...process.env };
    t.after(() => {
      delete process.env['SALVOR_JUDGES'];
      delete process.env['CI'];
      Object.assign(process.env, before);
    });
    process.env['PATH'] = '/nowhere';
    process.env['SALVOR_JUDGES'] = '/nowhere';
    process.env['CI'] = '';
    assert.match(needs('ffprobe', 'flvmeta').skip ?? '', /no ffprobe and no flvmeta here; run \.ci\/get-judges/);
    process.env['CI'] = 'true';
    assert.deepEqual(needs('ffprobe'), {});
  });

  if (process.env['CI'] === 'true') {
    test('CI has every judge', () => {
      for (const judge of ['ffprobe', 'ffmpeg', 'mediainfo', 'flvmeta'] as const) assert.ok(findJudge(judge), judge);
    });
  }

  test('ffprobe tells streams, format and complaints', needs('ffmpeg', 'ffprobe'), async (t) => {
    const { streams, format, complaints } = await probe(await ffmpegRecording(t));
    assert.deepEqual(
      streams.map((stream) => [stream.codec_type, stream.codec_name, stream.width, stream.sample_rate]),
      [
        ['video', 'h264', 160, undefined],
        ['audio', 'aac', undefined, '44100'],
      ],
    );
    assert.equal(Number(format.duration).toFixed(2), '2.00');
    assert.deepEqual(complaints, []);
  });

  test('the hash of a packet is that of its bytes in the file', needs('ffmpeg', 'ffprobe'), async (t) => {
    const file = await ffmpegRecording(t);
    const bytes = readFileSync(file);
    const packets = await probePackets(file, { asStored: true });
    assert.equal(packets.filter((packet) => packet.kind === 'video').length, 50);
    for (const { offset, size, sha1 } of packets) {
      assert.ok(offset !== undefined);
      assert.equal(
        createHash('sha1')
          .update(bytes.subarray(offset, offset + size))
          .digest('hex'),
        sha1,
      );
    }
  });

  test(
    'as stored, key-frame flags are those of the container, right or wrong',
    needs('ffmpeg', 'ffprobe'),
    async (t) => {
      const file = await ffmpegRecording(t);
      const flagged = async (asStored: boolean): Promise<readonly number[]> =>
        (await probePackets(file, { asStored }))
          .filter((packet) => packet.kind === 'video')
          .flatMap((packet, index) => (packet.sync ? [index] : []));
      assert.deepEqual(await flagged(true), [0, 10, 20, 30, 40]);
      const bytes = readFileSync(file);
      // size, 'stss', version and flags, entry count, first entry (1-based)
      const stss = bytes.indexOf('stss');
      bytes.writeUInt32BE(1, stss + 8);
      bytes.writeUInt32BE(4, stss + 12);
      writeFileSync(file, bytes);
      assert.deepEqual(await flagged(true), [3]);
      assert.deepEqual(await flagged(false), [0, 10, 20, 30, 40]);
      bytes.writeUInt32BE(0, stss + 8);
      writeFileSync(file, bytes);
      assert.deepEqual(await flagged(true), [0]);
    },
  );

  test(
    'ffmpeg decodes a whole file without a word and says what is wrong with a damaged one',
    needs('ffmpeg'),
    async (t) => {
      const file = await ffmpegRecording(t);
      assert.deepEqual(await decode(file), { complaints: [], backwardTimes: 0 });
      const bytes = readFileSync(file);
      bytes.fill(0x55, 2000, 6000);
      writeFileSync(file, bytes);
      const { complaints } = await decode(file);
      assert.ok(complaints.length > 0);
      assert.ok(complaints.every((line) => !line.includes('0x')));
      writeFileSync(file, bytes.subarray(0, 3000));
      assert.ok((await decode(file)).complaints.length > 0);
    },
  );

  test('MediaInfo tells rate, channels, size and duration', needs('ffmpeg', 'mediainfo'), async (t) => {
    const { general, video, audio } = await mediaInfo(await ffmpegRecording(t));
    assert.equal(general['Format'], 'MPEG-4');
    assert.deepEqual([video[0]?.['Width'], video[0]?.['Height'], video[0]?.['Duration']], ['160', '120', '2.000']);
    assert.deepEqual([audio[0]?.['SamplingRate'], audio[0]?.['Channels']], ['44100', '1']);
  });

  test('flvmeta says who it is', needs('flvmeta'), async () => {
    assert.match((await runJudge('flvmeta', ['--version'])).stdout, /^flvmeta \d/);
  });

  for (const [how, options] of [
    ['an edit list', []],
    ['negative composition offsets', ['-movflags', 'negative_cts_offsets']],
    ['its index in front', ['-movflags', 'faststart']],
  ] as const) {
    test(
      `a file by ffmpeg with ${how} compares with its own packets without fault`,
      needs('ffmpeg', 'ffprobe'),
      async (t) => {
        const file = await ffmpegRecording(t, ...options);
        const packets = await probePackets(file, { asStored: true });
        const { tracks, ...totals } = await compareWithTruth(file, truthOf(packets, 7777));
        const { expected, found, missing, invented, syncErrors } = totals;
        assert.deepEqual(
          { expected, found, missing, invented, syncErrors },
          { expected: packets.length, found: packets.length, missing: 0, invented: 0, syncErrors: 0 },
        );
        assert.equal(Math.round(totals.offsetMs), -7777);
        assert.ok(totals.maxPtsErrorMs <= 1 && totals.maxDtsErrorMs <= 1);
        assert.ok(tracks.every((track) => track.deviations.length === 0));
      },
    );
  }
});
