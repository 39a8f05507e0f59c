import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { parseAudioSpecificConfig } from '../../src/codecs/aac/audio-specific-config.ts';
import { parseAc3Specific } from '../../src/codecs/ac3/ac3-specific.ts';
import { parseEac3Specific } from '../../src/codecs/ac3/eac3-specific.ts';
import { parseSyncFrame } from '../../src/codecs/ac3/sync-frame.ts';
import { parseAv1CodecConfiguration } from '../../src/codecs/av1/codec-configuration.ts';
import { sequenceHeaderOf } from '../../src/codecs/av1/temporal-unit.ts';
import { parseFlacConfiguration } from '../../src/codecs/flac/metadata-blocks.ts';
import { parseAvcDecoderConfiguration } from '../../src/codecs/h264/decoder-configuration.ts';
import { parseSequenceParameterSet } from '../../src/codecs/h264/sequence-parameter-set.ts';
import { nalUnitsOfType, parseHevcDecoderConfiguration } from '../../src/codecs/h265/decoder-configuration.ts';
import { parseSequenceParameterSet as parseHevcSequenceParameterSet } from '../../src/codecs/h265/sequence-parameter-set.ts';
import { parseMpegAudioFrameHeader } from '../../src/codecs/mpeg-audio/frame-header.ts';
import { parseMpeg2SequenceHeader } from '../../src/codecs/mpeg2/sequence-header.ts';
import { parseEsDescriptor } from '../../src/codecs/mpeg4/es-descriptor.ts';
import { parseOpusSpecificBox } from '../../src/codecs/opus/opus-specific.ts';
import { parseVp8FrameHeader } from '../../src/codecs/vp8/frame-header.ts';
import { parseVpCodecConfiguration } from '../../src/codecs/vp9/codec-configuration.ts';
import { parseVp9FrameHeader } from '../../src/codecs/vp9/frame-header.ts';
import { codecStringOf } from '../../src/media/codec-description.ts';
import { ac3Fields, ffprobeFieldsOf, vp9Fields } from '../../src/media/ffprobe/ffprobe.ts';
import { vp8Fields } from '../../src/media/ffprobe/video-fields.ts';
import type { CodecConfiguration } from '../../src/media/track.ts';
import { boxPayload } from '../codecs/boxes.ts';
import { bytesOf, encode, PICTURES, TONES } from '../codecs/encoded.ts';
import { needs, probe, runJudge, type ProbedStream } from '../support/judges.ts';
import { scratchDirectory } from '../support/scratch.ts';
import { countNoLines } from '../support/uncounted.ts';

countNoLines();

const size = { width: 0, height: 0 };
const sound = { sampleRate: 48000, channels: 2 };

/** The configuration of the one track of an MP4 that ffmpeg made, from its records alone. */
const READERS: Readonly<Record<string, (file: Uint8Array) => CodecConfiguration>> = {
  h264: (file) => {
    const record = parseAvcDecoderConfiguration(boxPayload(file, 'avcC')).value!;
    return { codec: 'h264', record, sps: parseSequenceParameterSet(record.sequenceParameterSets[0]!).value, ...size };
  },
  hevc: (file) => {
    const record = parseHevcDecoderConfiguration(boxPayload(file, 'hvcC')).value!;
    const [sps] = nalUnitsOfType(record, 33);
    return { codec: 'h265', record, sps: parseHevcSequenceParameterSet(sps!).value, ...size };
  },
  av1: (file) => {
    const record = parseAv1CodecConfiguration(boxPayload(file, 'av1C')).value!;
    return { codec: 'av1', record, sequenceHeader: sequenceHeaderOf(record.configObus), ...size };
  },
  vp9: (file) => ({
    codec: 'vp9',
    record: parseVpCodecConfiguration(boxPayload(file, 'vpcC').subarray(4)).value,
    width: 322,
    height: 182,
  }),
  aac: (file) => {
    const descriptor = parseEsDescriptor(boxPayload(file, 'esds').subarray(4)).value!;
    const audio = parseAudioSpecificConfig(descriptor.decoderConfig.decoderSpecificInfo!.bytes).value;
    return { codec: 'aac', descriptor, audio };
  },
  opus: (file) => ({ codec: 'opus', record: parseOpusSpecificBox(boxPayload(file, 'dOps')).value! }),
  flac: (file) => ({ codec: 'flac', record: parseFlacConfiguration(boxPayload(file, 'dfLa').subarray(4)).value! }),
  ac3: (file) => ({ codec: 'ac3', record: parseAc3Specific(boxPayload(file, 'dac3')).value!, ...sound }),
  eac3: (file) => ({ codec: 'eac3', record: parseEac3Specific(boxPayload(file, 'dec3')).value!, ...sound }),
};

const FIELDS = [
  ...['codec_name', 'profile', 'level', 'width', 'height', 'has_b_frames', 'pix_fmt', 'sample_aspect_ratio'],
  ...['color_range', 'color_space', 'color_transfer', 'color_primaries', 'chroma_location', 'field_order'],
  ...['sample_fmt', 'sample_rate', 'channels', 'channel_layout', 'bits_per_sample', 'bits_per_raw_sample'],
];

/** What the container says where ffprobe does not ask the codec. */
const ofContainer: Readonly<Record<string, readonly string[]>> = {
  hevc: ['field_order'],
  av1: ['sample_aspect_ratio', 'field_order'],
  vp9: ['sample_aspect_ratio', 'field_order'],
  vp8: ['sample_aspect_ratio', 'field_order'],
  mpeg1video: ['sample_aspect_ratio'],
};

function assertAsJudged(actual: object, judged: ProbedStream | undefined, except: readonly string[] = []): void {
  assert.ok(judged !== undefined);
  const passedOver = new Set([...except, ...(ofContainer[judged.codec_name ?? ''] ?? [])]);
  const pick = (fields: Readonly<Record<string, unknown>>) =>
    Object.fromEntries(
      FIELDS.filter((name) => !passedOver.has(name))
        .map((name) => [name, fields[name]] as const)
        .filter(([, value]) => value !== undefined && value !== 'unknown' && value !== 'unspecified'),
    );
  assert.deepEqual(pick(actual as Record<string, unknown>), pick(judged));
}

const x265 = (pixelFormat: string, parameters = 'bframes=2'): string[] => {
  const codec = ['-c:v', 'libx265', '-preset', 'ultrafast', '-x265-params', `log-level=none:pools=1:${parameters}`];
  return [...PICTURES, '-pix_fmt', pixelFormat, ...codec];
};
const x264 = (...options: string[]): string[] => [...PICTURES, ...options, '-c:v', 'libx264', '-preset', 'veryfast'];
const aom = (pixelFormat: string, ...options: string[]): string[] => {
  const codec = ['-c:v', 'libaom-av1', '-usage', 'realtime', '-cpu-used', '8'];
  return [...PICTURES, '-frames:v', '3', '-pix_fmt', pixelFormat, ...codec, ...options];
};
const vp9 = (pixelFormat: string, ...options: string[]): string[] => {
  const codec = ['-c:v', 'libvpx-vp9', '-deadline', 'realtime', '-cpu-used', '8'];
  return [...PICTURES, '-frames:v', '3', '-pix_fmt', pixelFormat, ...codec, ...options];
};
const audio = (codec: string, ...options: string[]): string[] => [...TONES, '-c:a', codec, ...options];

/** What ffprobe prints, by ffmpeg's arguments. `string`: as MP4Box, Shaka Packager or hls.js spell it, where it is plain. */
const CASES: readonly { readonly args: readonly string[]; readonly string?: RegExp; readonly except?: string[] }[] = [
  { args: x264('-pix_fmt', 'yuv420p'), string: /^avc1\.64000D$/ },
  { args: x264('-pix_fmt', 'yuvj420p') },
  { args: x264('-pix_fmt', 'yuv422p10le') },
  { args: x264('-pix_fmt', 'yuv444p') },
  { args: x264('-pix_fmt', 'gray') },
  { args: x264('-pix_fmt', 'gray10le') },
  { args: x264('-pix_fmt', 'yuv420p', '-profile:v', 'baseline'), string: /^avc1\.42C00D$/ },
  { args: x264('-pix_fmt', 'yuv420p', '-color_primaries', 'bt709', '-color_trc', 'bt709', '-colorspace', 'bt709') },
  { args: x264('-vf', 'format=yuv420p,setsar=4/3') },
  { args: x264('-pix_fmt', 'yuv420p', '-chroma_sample_location', 'topleft', '-color_range', 'tv') },
  // The order of fields stands in messages of the pictures.
  { args: x264('-vf', 'scale=320:192,format=yuv420p', '-x264-params', 'tff=1'), except: ['field_order'] },
  { args: x265('yuv420p'), string: /^hev1\.1\.6\.L60\.90$/ },
  { args: x265('yuv420p10le'), string: /^hev1\.2\.4\.L60\.90$/ },
  { args: x265('yuv420p', 'range=full:chromaloc=2') },
  { args: x265('yuv422p10le', 'range=full') },
  { args: x265('gray') },
  { args: x265('gray12le') },
  { args: x265('gbrp') },
  { args: x265('yuv444p', 'colorprim=bt2020:transfer=smpte2084:colormatrix=bt2020nc:bframes=0') },
  { args: aom('yuv420p'), string: /^av01\.0\.00M\.08$/ },
  { args: aom('yuv420p10le', '-color_range', 'pc'), string: /^av01\.0\.00M\.10\.0\.110\.02\.02\.02\.1$/ },
  { args: aom('gray') },
  { args: aom('gbrp'), string: /^av01\.1\.00M\.08\.0\.000\.01\.13\.00\.1$/ },
  { args: aom('yuv422p') },
  { args: [...PICTURES, '-frames:v', '3', '-c:v', 'libsvtav1', '-preset', '12', '-pix_fmt', 'yuv420p10le'] },
  { args: vp9('yuv420p'), string: /^vp09\.00\.\d\d\.08\.01\.02\.02\.02\.00$/ },
  { args: vp9('yuv422p') },
  { args: vp9('yuv420p10le', '-colorspace', 'bt2020nc') },
  { args: vp9('yuv444p12le') },
  { args: vp9('gbrp') },
  ...['mono', 'stereo', '2.1', '3.0', '4.0', '5.0', '5.1', '6.1(back)', '7.1'].map((layout) => ({
    args: audio('aac', '-af', `aformat=channel_layouts=${layout}`),
    string: /^mp4a\.40\.2$/,
  })),
  ...['mono', 'stereo', '3.0', 'quad', '5.0', '5.1', '6.1', '7.1'].map((layout) => ({
    args: audio('libopus', '-af', `aformat=channel_layouts=${layout}`, '-mapping_family', '1'),
    string: /^opus$/,
  })),
  ...['mono', 'stereo', '3.0', 'quad', '5.0', '5.1', '6.1', '7.1'].map((layout) => ({
    args: audio('flac', '-sample_fmt', 's16', '-af', `aformat=channel_layouts=${layout}`),
    string: /^fLaC$/,
  })),
  { args: audio('flac', '-sample_fmt', 's32', '-ar', '96000') },
  ...['mono', 'stereo', '3.0', '3.0(back)', '4.0', 'quad(side)', '5.0(side)', '5.1(side)', '3.1', '2.1'].flatMap(
    (layout) => [
      { args: audio('ac3', '-af', `aformat=channel_layouts=${layout}`), string: /^ac-3$/ },
      { args: audio('eac3', '-af', `aformat=channel_layouts=${layout}`), string: /^ec-3$/ },
    ],
  ),
  { args: audio('ac3', '-ar', '44100') },
  { args: audio('ac3', '-ar', '32000') },
];

/** Words of the input, which all cases of pictures, and all of audio, have in common. */
const inputWords = PICTURES.length;

describe("the fields of ffprobe, from a track's configuration record", () => {
  const directory = scratchDirectory({ after });
  const fileOf = (index: number): string => join(directory, `${index}.mp4`);

  // One run of ffmpeg makes all the pictures and one all the audio: a run each would take most of the time to start.
  before(async () => {
    if (needs('ffmpeg').skip !== undefined) return;
    for (const input of [PICTURES, TONES]) {
      const outputs = CASES.flatMap(({ args }, index) =>
        args.slice(0, inputWords).join(' ') === input.join(' ') ? [...args.slice(inputWords), fileOf(index)] : [],
      );
      const { status, stderr } = await runJudge('ffmpeg', ['-nostdin', '-v', 'error', ...input, ...outputs]);
      assert.equal(status, 0, stderr);
    }
  });

  for (const [index, { args, string, except }] of CASES.entries()) {
    const name = args.slice(inputWords).join(' ');
    it(`are ffprobe's: ${name}`, needs('ffmpeg', 'ffprobe'), async () => {
      const file = fileOf(index);
      const [judged] = (await probe(file)).streams;
      const reader = READERS[judged?.codec_name ?? ''];
      assert.ok(reader !== undefined, `no reader of ${judged?.codec_name}`);
      const configuration = reader(bytesOf(file));
      assertAsJudged(ffprobeFieldsOf(configuration)!, judged, except);
      if (string !== undefined) assert.match(codecStringOf(configuration, sampleEntryOf(judged)), string);
    });
  }
});

/** The four-character code, where it is part of the name. */
function sampleEntryOf(judged: ProbedStream | undefined): string | undefined {
  const type = judged?.codec_tag_string;
  return ['avc1', 'hev1', 'hvc1', 'av01', 'vp09'].includes(type ?? '') ? type : undefined;
}

/** The first frame in an IVF file: behind 32 bytes of the file's header and 12 of its own, which begin with its length. */
function firstFrame(file: string): Uint8Array {
  const bytes = bytesOf(file);
  return bytes.subarray(44, 44 + new DataView(bytes.buffer).getUint32(32, true));
}

describe('the fields of ffprobe, from the first frame', () => {
  it('of VP8 and VP9 are the size and colour of the key frame', needs('ffmpeg', 'ffprobe'), async (test) => {
    for (const pixelFormat of ['yuv420p', 'yuv440p', 'yuv444p10le', 'gbrp']) {
      const file = await encode(test, 'vp9.ivf', vp9(pixelFormat));
      const frame = parseVp9FrameHeader(firstFrame(file)).value;
      const [judged] = (await probe(file)).streams;
      assertAsJudged(vp9Fields(undefined, frame), judged);
    }
    const file = await encode(test, 'vp8.ivf', [...PICTURES, '-c:v', 'libvpx', '-deadline', 'realtime']);
    const frame = parseVp8FrameHeader(firstFrame(file)).value;
    assertAsJudged(vp8Fields(frame), (await probe(file)).streams[0]);
  });

  it('of MPEG video are those of the sequence header', needs('ffmpeg', 'ffprobe'), async (test) => {
    const mpeg2 = ['-c:v', 'mpeg2video'];
    const variants: readonly (readonly string[])[] = [
      [...mpeg2, '-pix_fmt', 'yuv420p'],
      [...mpeg2, '-pix_fmt', 'yuv422p'],
      [...mpeg2, '-pix_fmt', 'yuv420p', '-aspect', '16:9', '-r', '29.97', '-bf', '2'],
      [...mpeg2, '-pix_fmt', 'yuv420p', '-flags', '+low_delay'],
      [...mpeg2, '-colorspace', 'bt709', '-color_primaries', 'bt709', '-color_trc', 'bt709'],
      ['-c:v', 'mpeg1video'],
    ];
    for (const variant of variants) {
      const file = await encode(test, 'video.mpegvideo', [
        ...[...PICTURES, ...variant, '-f', variant.includes('mpeg1video') ? 'mpeg1video' : 'mpeg2video'],
      ]);
      const { value, fault } = parseMpeg2SequenceHeader(bytesOf(file));
      assert.equal(fault, undefined);
      const [judged] = (await probe(file)).streams;
      const configuration = { codec: 'mpeg2video', sequenceHeader: value, descriptor: undefined, ...size } as const;
      assertAsJudged(ffprobeFieldsOf(configuration)!, judged);
      const { numerator, denominator } = value!.frameRate;
      assert.equal(`${numerator}/${denominator}`, variant.includes('29.97') ? '30000/1001' : '25/1');
    }
  });

  it('of MPEG audio and AC-3 are those of the frame header', needs('ffmpeg', 'ffprobe'), async (test) => {
    const variants: readonly (readonly [string, ...string[]])[] = [
      ['libmp3lame'],
      ['libmp3lame', '-ac', '1', '-ar', '22050'],
      ['libmp3lame', '-ar', '11025'],
      ['mp2'],
      ['mp2', '-ar', '24000', '-ac', '1'],
    ];
    for (const [codec, ...options] of variants) {
      const file = await encode(
        test,
        codec === 'mp2' ? 'sound.mp2' : 'sound.mp3',
        [...audio(codec, ...options), '-id3v2_version', '0', '-write_xing', '0'].slice(
          0,
          codec === 'mp2' ? -4 : undefined,
        ),
      );
      const header = parseMpegAudioFrameHeader(bytesOf(file));
      const configuration = { codec: 'mp3', header, descriptor: undefined, ...sound } as const;
      assertAsJudged(ffprobeFieldsOf(configuration)!, (await probe(file)).streams[0]);
    }
    for (const codec of ['ac3', 'eac3'] as const) {
      const file = await encode(test, `sound.${codec}`, audio(codec, '-ar', '44100'));
      const frame = parseSyncFrame(bytesOf(file)).value!;
      assertAsJudged(ac3Fields(codec, frame), (await probe(file)).streams[0]);
    }
  });

  it('of PCM are those of the container', needs('ffmpeg', 'ffprobe'), async (test) => {
    const variants = [
      ['pcm_s16le', 'signed', 16, true],
      ['pcm_s24be', 'signed', 24, false],
      ['pcm_f32le', 'float', 32, true],
      ['pcm_u8', 'unsigned', 8, true],
      ['pcm_mulaw', 'mulaw', 8, true],
    ] as const;
    for (const [codec, sampleFormat, bitsPerSample, littleEndian] of variants) {
      const file = await encode(test, 'sound.mov', audio(codec));
      const format = { sampleFormat, bitsPerSample, littleEndian, format: 'lpcm', record: new Uint8Array(0), ...sound };
      assertAsJudged(ffprobeFieldsOf({ codec: 'pcm', ...format })!, (await probe(file)).streams[0]);
    }
  });

  it('of a codec that is not known are none', () => {
    const unknown = { codec: 'unknown', format: 'ap4h', record: new Uint8Array(0) } as const;
    assert.equal(ffprobeFieldsOf(unknown), undefined);
    assert.equal(codecStringOf(unknown), 'ap4h');
  });
});
