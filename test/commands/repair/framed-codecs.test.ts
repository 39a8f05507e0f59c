/**
 * MP4s and MOVs without a moov whose codecs are read no further than to where a sample ends. With another recording of the
 * same kind as reference every sample comes back, and nothing else; and no picture is ever delivered as audio. Judged by
 * ffprobe.
 */
import assert from 'node:assert/strict';
import { copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import { repair } from '../../../src/commands/repair/repair.ts';
import { SalvorError } from '../../../src/media/errors.ts';
import { encode } from '../../codecs/encoded.ts';
import { needs, probePackets } from '../../support/judges.ts';
import { runInProcess } from '../../support/programs.ts';
import { fixturesDirectory } from '../../support/project.ts';
import { scratchDirectory } from '../../support/scratch.ts';
import { killed } from './damaged-recordings.ts';

const pictures = ['-f', 'lavfi', '-i', 'testsrc2=size=176x144:rate=25:duration=1'] as const;
const small = ['-f', 'lavfi', '-i', 'testsrc2=size=96x64:rate=25:duration=1'] as const;
const noise = ['-f', 'lavfi', '-i', 'anoisesrc=amplitude=0.2:sample_rate=48000:duration=1:seed=1'] as const;
const h264 = ['-c:v', 'libx264', '-preset', 'veryfast', '-g', '25'] as const;

const recordings = {
  'ProRes and uncompressed audio': ['prores.mov', ...pictures, ...noise, '-c:v', 'prores_ks', '-c:a', 'pcm_s16le'],
  'Motion JPEG and AAC': ['mjpeg.mov', ...pictures, ...noise, '-c:v', 'mjpeg', '-c:a', 'aac'],
  'Cinepak and uncompressed audio': ['cvid.mov', ...small, ...noise, '-c:v', 'cinepak', '-c:a', 'pcm_s16be'],
  'Animation and AAC': ['rle.mov', ...small, ...noise, '-c:v', 'qtrle', '-g', '12', '-c:a', 'aac'],
  'Animation of 16 bits': ['rle16.mov', ...small, '-c:v', 'qtrle', '-pix_fmt', 'rgb555be', '-g', '12'],
  'ALAC of two channels': ['alac.mov', ...pictures, ...noise, ...h264, '-c:a', 'alac', '-ac', '2'],
  'ALAC of one channel and 24 bits': ['mono.m4a', ...noise, '-c:a', 'alac', '-ac', '1', '-sample_fmt', 's32p'],
  'MPEG-4 Visual and AAC': ['visual.mp4', ...pictures, ...noise, '-c:v', 'mpeg4', '-g', '12', '-c:a', 'aac'],
  MP2: ['mp2.mov', ...pictures, ...noise, ...h264, '-c:a', 'mp2'],
  DTS: ['dts.mp4', ...pictures, ...noise, ...h264, '-c:a', 'dca', '-ac', '2', '-strict', '-2'],
} as const;

/** The SHA-1 of every sample, by stream, and whether it is a sync sample. */
async function samplesOf(path: string): Promise<Record<number, string[]>> {
  const streams: Record<number, string[]> = {};
  for (const { stream, sha1, sync } of await probePackets(path, { asStored: true })) {
    (streams[stream] ??= []).push(`${sha1} ${sync ? 'sync' : ''}`);
  }
  return streams;
}

/** The bytes of all uncompressed audio. */
async function valuesOf(path: string): Promise<string> {
  const bytes = readFileSync(path);
  const audio = (await probePackets(path, { asStored: true })).filter(({ kind }) => kind === 'audio');
  return Buffer.concat(audio.map(({ offset, size }) => bytes.subarray(offset, offset! + size))).toString('hex');
}

async function repairedOf(complete: string, reference = complete): Promise<string> {
  const damaged = join(dirname(complete), 'damaged.mp4');
  const output = join(dirname(complete), 'repaired.mp4');
  writeFileSync(damaged, killed(readFileSync(complete)));
  await repair(damaged, {
    output,
    reference,
    replace: true,
    dryRun: false,
    inPlace: false,
    framesPerSecond: undefined,
  });
  return output;
}

const judged = needs('ffmpeg', 'ffprobe');

/** Makes every sync frame of E-AC-3 say that it has one block of 256 samples (ETSI TS 102 366, E.1.2.2: numblkscod). */
function withShortFrames(path: string): string {
  const bytes = readFileSync(path);
  for (let at = bytes.indexOf('0b77', 0, 'hex'); at >= 0; at = bytes.indexOf('0b77', at + 2, 'hex')) {
    // Bitstream identification 16, and so much of a frame to its next: no sync word by chance.
    if (bytes[at + 5]! >>> 3 === 16) bytes[at + 4]! &= 0xcf;
  }
  writeFileSync(path, bytes);
  return path;
}

describe('codecs that are read to where their samples end', () => {
  for (const [what, [name, ...args]] of Object.entries(recordings)) {
    test(`${what}: every sample comes back`, needs('ffmpeg', 'ffprobe'), async (t) => {
      const complete = await encode(t, name, args);
      const [recorded, found] = [await samplesOf(complete), await samplesOf(await repairedOf(complete))];
      assert.deepEqual(found[0], recorded[0]);
      // Uncompressed audio comes in samples of other sizes.
      if (name !== 'prores.mov' && name !== 'cvid.mov') assert.deepEqual(found, recorded);
      else assert.deepEqual(await valuesOf(join(dirname(complete), 'repaired.mp4')), await valuesOf(complete));
    });
  }

  test('MPEG-4 Visual and AAC whose last sample is a picture: it is not taken for audio', judged, async (t) => {
    const complete = await encode(t, 'last.mov', [
      ...['-f', 'lavfi', '-i', 'testsrc2=size=176x144:rate=25:duration=2,noise=alls=40:allf=t'],
      ...[...noise, '-c:v', 'mpeg4', '-g', '12', '-c:a', 'aac', '-b:a', '64k'],
    ]);
    assert.deepEqual(await samplesOf(await repairedOf(complete)), await samplesOf(complete));
  });

  for (const [name, codec] of [
    ['ends.mp4', 'mpeg4'],
    ['ends.3gp', 'h263'],
  ] as const) {
    test(`${codec} and AAC that ends after a second of six: every sample comes back`, judged, async (t) => {
      const complete = await encode(t, name, [
        ...['-f', 'lavfi', '-i', 'testsrc2=size=176x144:rate=25:duration=6'],
        ...[...noise, '-c:v', codec, '-g', '12', '-c:a', 'aac', '-b:a', '64k'],
      ]);
      assert.deepEqual(await samplesOf(await repairedOf(complete)), await samplesOf(complete));
    });
  }

  test('MPEG-4 Visual and AAC whose frames end with arbitrary bits: a reference shows it', judged, async (t) => {
    const complete = await encode(t, 'free.mp4', [
      ...['-f', 'lavfi', '-i', 'testsrc2=size=176x144:rate=25:duration=2,noise=alls=40:allf=t'],
      ...[...noise, '-c:v', 'mpeg4', '-g', '12', '-c:a', 'aac', '-b:a', '64k'],
    ]);
    const bytes = readFileSync(complete);
    // The END element is three ones: what is zero behind it belongs to no element.
    for (const { kind, offset, size } of await probePackets(complete, { asStored: true })) {
      if (kind === 'audio') bytes[offset! + size - 1]! |= 1;
    }
    writeFileSync(complete, bytes);
    assert.deepEqual(await samplesOf(await repairedOf(complete)), await samplesOf(complete));
  });

  test(
    'pictures whose last bytes look like a data element before the audio frame behind them keep them',
    judged,
    async (t) => {
      const complete = await encode(t, 'data.mp4', [
        ...['-f', 'lavfi', '-i', 'testsrc2=size=176x144:rate=25:duration=3,noise=alls=40:allf=t'],
        ...['-f', 'lavfi', '-i', 'anoisesrc=amplitude=0.2:sample_rate=8000:duration=3:seed=1'],
        ...['-c:v', 'mpeg4', '-g', '12', '-c:a', 'aac', '-ac', '1', '-b:a', '16k'],
      ]);
      const bytes = readFileSync(complete);
      const packets = (await probePackets(complete, { asStored: true })).toSorted((a, b) => a.offset! - b.offset!);
      // data_stream_element() of a tag each, whose count leads to where the picture ends (ISO/IEC 14496-3, table 4.10).
      for (const [n, { kind, offset }] of packets.entries()) {
        const before = packets[n - 1];
        const count = 20 + ((37 * n) % 200);
        if (kind !== 'audio' || before?.kind !== 'video' || before.size < count + 20) continue;
        bytes[offset! - count - 2] = 0x80 | ((n % 16) << 1);
        bytes[offset! - count - 1] = count;
      }
      writeFileSync(complete, bytes);
      assert.deepEqual(await samplesOf(await repairedOf(complete)), await samplesOf(complete));
    },
  );

  test('AAC of other channel elements than its configuration names: a reference shows it', judged, async (t) => {
    const complete = await encode(t, 'elements.m4a', [...noise, '-ac', '2', '-c:a', 'aac', '-b:a', '64k']);
    const bytes = readFileSync(complete);
    // AudioSpecificConfig of 16 bits behind the tag and the length of DecoderSpecificInfo: the channel configuration is in
    // bits 3 to 6 of its second byte (ISO/IEC 14496-3, 1.6.2.1). The frames are a channel pair; six channels are named.
    const config = bytes.indexOf('05808080', bytes.indexOf('esds', undefined, 'latin1'), 'hex') + 5;
    bytes[config + 1] = (bytes[config + 1]! & 0x87) | (6 << 3);
    writeFileSync(complete, bytes);
    assert.deepEqual(await samplesOf(await repairedOf(complete)), await samplesOf(complete));
  });

  test('MPEG-4 Visual and AAC whose moov is torn within the audio: a reference brings that back', judged, async (t) => {
    const complete = await encode(t, 'torn.mp4', [
      ...['-f', 'lavfi', '-i', 'testsrc2=size=176x144:rate=25:duration=2'],
      ...[...noise, '-c:v', 'mpeg4', '-g', '12', '-c:a', 'aac', '-b:a', '64k'],
    ]);
    const bytes = readFileSync(complete);
    const damaged = join(dirname(complete), 'damaged.mp4');
    writeFileSync(damaged, bytes.subarray(0, bytes.lastIndexOf('soun', undefined, 'latin1')));
    const output = join(dirname(complete), 'repaired.mp4');
    const options = { replace: true, dryRun: false, inPlace: false, framesPerSecond: undefined };
    await repair(damaged, { ...options, output, reference: complete });
    assert.deepEqual(await samplesOf(output), await samplesOf(complete));
  });

  test('MPEG-4 Visual that is cut within a picture: no part of one is given as whole', judged, async (t) => {
    const complete = await encode(t, 'cut.mp4', [...pictures, '-c:v', 'mpeg4', '-g', '12']);
    const whole = await probePackets(complete, { asStored: true });
    const cut = whole[20]!;
    const damaged = join(dirname(complete), 'damaged.mp4');
    writeFileSync(damaged, readFileSync(complete).subarray(0, cut.offset! + (cut.size >> 1)));
    const output = join(dirname(complete), 'repaired.mp4');
    const options = { replace: true, dryRun: false, inPlace: false, framesPerSecond: undefined };
    await repair(damaged, { ...options, output, reference: complete });
    const found = await probePackets(output, { asStored: true });
    assert.deepEqual(
      found.map(({ sha1 }) => sha1),
      whole.slice(0, 20).map(({ sha1 }) => sha1),
    );
  });

  test('texts between pictures of MPEG-4 Visual are no part of them', judged, async (t) => {
    const text = join(scratchDirectory(t), 'text.srt');
    const said = ['One', 'Two words', 'Größer als drei', 'Vier'];
    writeFileSync(text, said.map((line, n) => `${n + 1}\n00:00:0${n},100 --> 00:00:0${n},900\n${line}\n\n`).join(''));
    const complete = await encode(t, 'text.mp4', [
      ...['-f', 'lavfi', '-i', 'testsrc2=size=176x144:rate=25:duration=4'],
      ...['-f', 'lavfi', '-i', 'anoisesrc=amplitude=0.2:sample_rate=48000:duration=4:seed=1', '-i', text],
      ...['-map', '0', '-map', '1', '-map', '2', '-c:v', 'mpeg4', '-g', '12', '-c:a', 'aac', '-c:s', 'mov_text'],
    ]);
    const { 0: video, 1: audio } = await samplesOf(complete);
    const found = await samplesOf(await repairedOf(complete));
    assert.deepEqual([found[0], found[1]], [video, audio]);
  });

  test('hints of a streaming server between pictures of MPEG-4 Visual are no part of them', judged, async (t) => {
    const complete = await encode(t, 'hinted.mov', [
      ...['-f', 'lavfi', '-i', 'testsrc2=size=176x144:rate=25:duration=2', ...noise, '-b:v', '2M'],
      ...['-c:v', 'mpeg4', '-g', '12', '-c:a', 'aac', '-movflags', 'rtphint'],
    ]);
    const { 0: video, 1: audio } = await samplesOf(complete);
    const found = await samplesOf(await repairedOf(complete));
    assert.deepEqual([found[0], found[1]], [video, audio]);
  });

  test('H.263 and AMR of a camera: every sample comes back', needs('ffprobe'), async (t) => {
    const genuine = join(fixturesDirectory, 'mp4/h263-amr.3gp');
    const complete = join(scratchDirectory(t), 'complete.3gp');
    copyFileSync(genuine, complete);
    // The camera's own flags are none that the pictures bear out.
    const all = async (path: string): Promise<string[]> =>
      (await probePackets(path, { asStored: true })).map(({ stream, sha1 }) => `${stream} ${sha1}`).sort();
    assert.deepEqual(await all(await repairedOf(complete)), await all(genuine));
  });

  test('an empty box in front of uncompressed audio is no part of it', judged, async (t) => {
    const complete = await encode(t, 'complete.mov', [
      ...[...small, ...noise, '-c:v', 'cinepak', '-c:a', 'pcm_s16be', '-ar', '22050'],
    ]);
    const bytes = readFileSync(complete);
    const [start, end] = [bytes.indexOf('mdat', 0, 'latin1') + 4, bytes.lastIndexOf('moov', undefined, 'latin1') - 4];
    const header = Buffer.alloc(16);
    header.writeUInt32BE(end - start + 16);
    for (const at of [4, 12]) header.write('mdat', at, 'latin1');
    const damaged = join(dirname(complete), 'damaged.mov');
    writeFileSync(damaged, Buffer.concat([bytes.subarray(0, start - 8), header, bytes.subarray(start, end)]));
    const output = join(dirname(complete), 'repaired.mov');
    const options = { replace: true, dryRun: false, inPlace: false, framesPerSecond: undefined };
    await repair(damaged, { ...options, output, reference: complete });
    assert.deepEqual(await valuesOf(output), await valuesOf(complete));
  });

  test(
    'H.263 and AAC whose encoder began anew twice: every sample comes back',
    needs('ffmpeg', 'ffprobe'),
    async (t) => {
      const part = await encode(t, 'part.3gp', [
        ...['-f', 'lavfi', '-i', 'testsrc2=size=352x288:rate=15:duration=3'],
        ...['-f', 'lavfi', '-i', 'sine=frequency=440:sample_rate=44100:duration=3'],
        ...['-c:v', 'h263', '-b:v', '300k', '-c:a', 'aac', '-ac', '2', '-b:a', '96k'],
      ]);
      const list = join(dirname(part), 'parts.txt');
      writeFileSync(list, `file '${part}'\n`.repeat(3));
      const complete = await encode(t, 'complete.3gp', ['-f', 'concat', '-safe', '0', '-i', list, '-c', 'copy']);
      assert.deepEqual(await samplesOf(await repairedOf(complete)), await samplesOf(complete));
    },
  );

  test(
    'frames of E-AC-3 with one block, one a sample: as in the reference, or the doubt is said',
    judged,
    async (t) => {
      const args = [...noise, '-c:a', 'eac3'];
      const complete = withShortFrames(await encode(t, 'short.mp4', args));
      const recorded = await samplesOf(complete);
      assert.equal(recorded[0]!.length, 32);
      assert.deepEqual(await samplesOf(await repairedOf(complete)), recorded);

      const fragmented = withShortFrames(
        await encode(t, 'parts.mp4', [...args, '-movflags', 'empty_moov+delay_moov+frag_keyframe']),
      );
      const damaged = join(dirname(complete), 'damaged.mp4');
      const { stderr } = await runInProcess('salvor', [
        'repair',
        damaged,
        '-o',
        join(dirname(complete), 'again.mp4'),
        '--reference',
        fragmented,
      ]);
      assert.match(stderr, /warning .*where \d+ audio samples begin and end is likely, not certain/);
    },
  );

  test('Sorenson Video is not taken for the uncompressed audio beside it', judged, async (t) => {
    const complete = await encode(t, 'sorenson.mov', [
      ...[...pictures, ...noise, '-c:v', 'svq1', '-c:a', 'pcm_s16be', '-ar', '22050'],
    ]);
    await assert.rejects(
      repairedOf(complete),
      /video of .* is Sorenson Video, which is not read in media without an index/,
    );
    assert.ok(!existsSync(join(dirname(complete), 'repaired.mp4')));
  });

  test('CineForm is no audio, whatever the reference has beside it', needs('ffmpeg', 'ffprobe'), async (t) => {
    const complete = await encode(t, 'cineform.mov', [
      ...[...pictures, ...noise, '-c:v', 'cfhd', '-c:a', 'pcm_s16be', '-ar', '22050'],
    ]);
    const audio = await encode(t, 'audio.mov', [...noise, '-c:a', 'pcm_s16be', '-ar', '22050']);
    for (const reference of [complete, audio]) {
      const refused = await repairedOf(complete, reference).then(
        () => undefined,
        (error: unknown) => error,
      );
      assert.ok(refused instanceof SalvorError, reference);
    }
    const video = await encode(t, 'video.mov', [...pictures, '-c:v', 'cfhd']);
    await assert.rejects(
      repairedOf(complete, video),
      /its video is CineForm, which is not read in media without an index/,
    );
    const other = await encode(t, 'other.mov', [...pictures, '-c:v', 'prores_ks']);
    await assert.rejects(repairedOf(complete, other), /\(no picture can be read with it, from byte \d+ on\)/);
  });
});
