/**
 * What salvor says in ffprobe's words is what ffprobe says: on the genuine recordings that were closed in good order and
 * on files that ffmpeg makes of every codec in every container. Where the two differ on purpose, it stands in the table of
 * exceptions with its reason.
 */
import assert from 'node:assert/strict';
import { copyFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { heAacFrame, inAdts, octave } from '../../codecs/aac/he-aac.ts';
import { runJudge } from '../../support/judges.ts';
import { runInProcess } from '../../support/programs.ts';
import { fixturesDirectory } from '../../support/project.ts';
import { scratchDirectory } from '../../support/scratch.ts';

type Fields = Readonly<Record<string, unknown>>;

interface Shown {
  readonly streams: readonly Fields[];
  readonly format: Fields;
}

const streamFields =
  'codec_type codec_name codec_long_name codec_tag_string profile level width height has_b_frames pix_fmt sample_aspect_ratio sample_rate channels channel_layout time_base start_time duration nb_frames r_frame_rate avg_frame_rate bit_rate sample_fmt bits_per_sample bits_per_raw_sample field_order color_range color_space color_transfer color_primaries chroma_location is_avc nal_length_size coded_width coded_height codec_tag mime_codec_string extradata_size start_pts disposition tags'.split(
    ' ',
  );
const formatFields = 'format_name format_long_name start_time duration size bit_rate nb_streams nb_programs tags'.split(
  ' ',
);

/** Where salvor says something else than ffprobe, and why. */
interface Exception {
  readonly file: RegExp;
  readonly codec?: string;
  readonly fields: readonly string[];
  readonly reason: string;
}

const exceptions: readonly Exception[] = [
  { file: /./, codec: 'hevc', fields: ['mime_codec_string'], reason: 'ffprobe makes none of H.265; salvor does' },
  {
    file: /ts$/,
    codec: 'aac',
    fields: ['bit_rate'],
    reason: 'of ADTS ffprobe averages the frames it happened to parse; salvor claims no bit rate that nothing states',
  },
  {
    file: /^he-aac.*(flv|mp4)$/,
    fields: ['mime_codec_string'],
    reason: 'ffprobe names the core, which is all that the configuration says; salvor what plays',
  },
  {
    file: /latm\.ts$/,
    codec: 'aac_latm',
    fields: ['mime_codec_string', 'bit_rate', 'duration', 'extradata_size'],
    reason: 'as of ADTS; ffprobe has no such string for LATM, and counts the configuration in its frames as extradata',
  },
  ...['aac', 'ac3', 'mp3', 'opus'].map((codec) => ({
    file: /ts$/,
    codec,
    fields: ['duration'],
    reason: 'ffprobe leaves out the sound of the last PES packet, all frames of which play',
  })),
  {
    file: /ts$/,
    fields: ['format.duration', 'format.bit_rate'],
    reason: 'the same, of the longest stream, and what follows from it',
  },
  {
    file: /flv$/,
    fields: ['color_space'],
    reason: 'where enhanced FLV has no colorInfo, ffprobe says gbr, which is what 0 stands for',
  },
];

function exceptionFor(file: string, codec: unknown, field: string): Exception | undefined {
  return exceptions.find(
    (each) => each.file.test(file) && (each.codec === undefined || each.codec === codec) && each.fields.includes(field),
  );
}

async function byFfprobe(file: string): Promise<Shown> {
  const { stdout } = await runJudge('ffprobe', ['-v', 'quiet', '-of', 'json', '-show_format', '-show_streams', file]);
  return JSON.parse(stdout) as Shown;
}

async function bySalvor(file: string): Promise<Shown & { health: Fields }> {
  const { status, stdout, stderr } = await runInProcess('salvor', ['probe', '--json', file]);
  assert.deepEqual({ status, stderr }, { status: 0, stderr: '' });
  return JSON.parse(stdout) as Shown & { health: Fields };
}

/** Every field in which the two differ, but for the exceptions. */
function differences(file: string, theirs: Shown, ours: Shown): string[] {
  const found: string[] = [];
  for (const field of formatFields) {
    if (isDeepStrictEqual(theirs.format[field], ours.format[field])) continue;
    if (exceptionFor(file, undefined, `format.${field}`) !== undefined) continue;
    found.push(
      `format.${field}: ffprobe ${JSON.stringify(theirs.format[field])}, salvor ${JSON.stringify(ours.format[field])}`,
    );
  }
  for (const [index, stream] of theirs.streams.entries()) {
    if (stream['codec_type'] === 'data') continue;
    const own = ours.streams[index] ?? {};
    for (const field of streamFields) {
      if (isDeepStrictEqual(stream[field], own[field])) continue;
      if (exceptionFor(file, stream['codec_name'], field) !== undefined) continue;
      found.push(
        `stream ${index} ${field}: ffprobe ${JSON.stringify(stream[field])}, salvor ${JSON.stringify(own[field])}`,
      );
    }
  }
  return found;
}

async function assertSame(file: string): Promise<void> {
  const [theirs, ours] = await Promise.all([byFfprobe(file), bySalvor(file)]);
  assert.ok(theirs.streams.length > 0, `ffprobe found nothing in ${file}`);
  assert.deepEqual(differences(basename(file), theirs, ours), []);
  assert.equal(ours.health['verdict'], 'complete');
}

/** The genuine recordings that were closed in good order and lie here whole. */
const genuine = ['go-rtmp/aac_only_mp4/recording.mp4', 'go-rtmp/h265_segments_clean/recording.mp4'].map((path) =>
  join(fixturesDirectory, path),
);

const pictures = ['-f', 'lavfi', '-i', 'testsrc2=size=320x180:rate=25:duration=3'];
const sound = ['-f', 'lavfi', '-i', 'sine=frequency=440:sample_rate=48000:duration=3.1'];
const both = [...pictures, ...sound];
const x264 = ['-c:v', 'libx264', '-preset', 'ultrafast', '-bf', '2', '-g', '30'];
const x265 = ['-c:v', 'libx265', '-preset', 'ultrafast', '-x265-params', 'log-level=none', '-g', '30'];

const languages =
  '-map 0:v -map 0:a -map 0:a -metadata:s:a:0 language=deu -disposition:a:0 hearing_impaired -metadata:s:a:1 language=fra -disposition:a:1 visual_impaired+descriptions'.split(
    ' ',
  );
const interlaced = ['-flags', '+ilme+ildct', '-x264-params'];
const mpeg2 = ['-c:v', 'mpeg2video', '-g', '12', '-bf', '2', '-flags', '+ilme+ildct', '-fflags', '+bitexact'];
const words =
  'title=Cam\u00e9ra 1;artist=A;album=B;composer=C;track=3/12;disc=1/2;compilation=1;hd_video=1;gapless_playback=1;media_type=9;episode_sort=4;season_number=2;location=+52.3693-006.6761+010.500/;copyright=\u00a9 D;date=2026;comment=E;show=F;network=G;sort_name=H;description=I;synopsis=K;genre=L;grouping=M;lyrics=N;make=O;model=P;keywords=Q'
    .split(';')
    .flatMap((word) => ['-metadata', word]);

/** What is made first; the other containers are made of these without encoding again. */
const encoded: readonly (readonly [name: string, args: readonly string[]])[] = [
  ['h264-aac.mp4', [...both, ...x264, '-c:a', 'aac']],
  ['hevc-opus.mp4', [...both, ...x265, '-tag:v', 'hvc1', '-c:a', 'libopus']],
  [
    'vp9-mp3.mp4',
    [...both, '-c:v', 'libvpx-vp9', '-deadline', 'realtime', '-cpu-used', '8', '-g', '30', '-c:a', 'libmp3lame'],
  ],
  ['av1-ac3.mp4', [...both, '-c:v', 'libaom-av1', '-cpu-used', '8', '-usage', 'realtime', '-g', '30', '-c:a', 'ac3']],
  ['mpeg4-eac3.mp4', [...both, '-c:v', 'mpeg4', '-g', '30', '-c:a', 'eac3']],
  [
    'main-mono.mp4',
    [
      ...pictures,
      '-f',
      'lavfi',
      '-i',
      'sine=sample_rate=44100:duration=3',
      ...x264,
      '-profile:v',
      'main',
      '-r',
      '30000/1001',
      '-c:a',
      'aac',
      '-ac',
      '1',
    ],
  ],
  ['tenbit.mp4', [...pictures, ...x264, '-pix_fmt', 'yuv422p10le', '-aspect', '4:3']],
  ['full.mp4', [...pictures, ...x264, '-pix_fmt', 'yuvj420p', '-bf', '0']],
  ['surround.mp4', ['-f', 'lavfi', '-i', 'aevalsrc=0|0|0|0|0|0:c=5.1:s=48000:d=2', '-c:a', 'aac']],
  ['flac.mp4', [...sound, '-c:a', 'flac']],
  ['alac.mp4', [...sound, '-c:a', 'alac', '-ac', '1']],
  ['pcm.mov', [...both, ...x264, '-c:a', 'pcm_s16le']],
  ['top-first.mp4', [...pictures, ...x264, ...interlaced, 'tff=1']],
  [
    'bottom-first.mp4',
    [...pictures, ...x264, ...interlaced, 'bff=1:pic-struct=1:nal-hrd=vbr:vbv-maxrate=900:vbv-bufsize=900'],
  ],
  ['mpeg2-top-first.ts', [...pictures, '-vf', 'setfield=tff', ...mpeg2]],
  ['mpeg2-bottom-first.ts', [...pictures, '-vf', 'setfield=bff', ...mpeg2]],
];

/** MPEG-4 Part 2 and H.263, with pixels that are not square. */
const small = ['-f', 'lavfi', '-i', 'testsrc2=size=176x144:rate=25:duration=1'];
const shapes: readonly (readonly [name: string, args: readonly string[]])[] = [
  ['wide.mp4', [...small, '-c:v', 'mpeg4', '-vf', 'setsar=40/33']],
  ['odd.mp4', [...small, '-c:v', 'mpeg4', '-vf', 'setsar=7/5']],
  // Its configuration says nothing of pictures out of order: their times do.
  ['out-of-order.mp4', [...small, '-c:v', 'mpeg4', '-bf', '2', '-g', '12']],
  ['cif.3gp', [...small, '-c:v', 'h263', '-vf', 'setsar=12/11']],
];

/** HE-AAC without a word of it but in the frames: no encoder at hand writes it. */
const parametricStereo = heAacFrame(1, { ...octave, extensionId: 2 });
const framesOf: Readonly<Record<string, Buffer>> = {
  'he-aac': inAdts(new Array<Uint8Array>(60).fill(heAacFrame(2, 'empty')), 6, 2),
  'he-aac-v2': inAdts(new Array<Uint8Array>(60).fill(parametricStereo), 6, 1),
};
const implicit: readonly (readonly [name: string, of: string, args: readonly string[]])[] = [
  ['he-aac.ts', 'he-aac', []],
  ['he-aac-v2.ts', 'he-aac-v2', []],
  ['he-aac.flv', 'he-aac', []],
  ['he-aac-v2.flv', 'he-aac-v2', []],
  ['he-aac-v2.mp4', 'he-aac-v2', []],
  ['he-aac-v2-latm.ts', 'he-aac-v2.mp4', ['-mpegts_flags', 'latm']],
];

const copied: readonly (readonly [name: string, of: string, args: readonly string[]])[] = [
  ['h264-fast.mp4', 'h264-aac.mp4', ['-movflags', '+faststart']],
  ['h264-fragments.mp4', 'h264-aac.mp4', ['-movflags', 'frag_keyframe+empty_moov+default_base_moof']],
  ['h264-later-fragments.mp4', 'h264-aac.mp4', ['-movflags', 'frag_keyframe']],
  ['h264-aac.mov', 'h264-aac.mp4', []],
  ['words.mp4', 'h264-aac.mp4', [...words, '-metadata:s:a', 'title=Second']],
  ['words.mov', 'h264-aac.mp4', words],
  ['place.3gp', 'h264-aac.mp4', ['-metadata', 'location=+52.3693-006.6761+010.500/']],
  ['top-first.flv', 'top-first.mp4', []],
  ['top-first.ts', 'top-first.mp4', []],
  ['bottom-first.ts', 'bottom-first.mp4', []],
  ['h264-aac.flv', 'h264-aac.mp4', []],
  ['h264-aac.ts', 'h264-aac.mp4', []],
  ['languages.ts', 'h264-aac.mp4', languages],
  ['hevc-opus.ts', 'hevc-opus.mp4', []],
  ['hevc.flv', 'hevc-opus.mp4', ['-an']],
  ['av1-ac3.flv', 'av1-ac3.mp4', []],
  ['vp9-mp3.flv', 'vp9-mp3.mp4', []],
  ['only-ac3.ts', 'av1-ac3.mp4', ['-vn']],
  ['hevc-ac3-ac3.ts', 'hevc-opus.mp4', ['-an']],
  ['bluray.m2ts', 'h264-aac.mp4', ['-mpegts_m2ts_mode', '1', '-f', 'mpegts']],
  ['mp3.ts', 'vp9-mp3.mp4', ['-vn']],
  ['two-of-each.flv', 'h264-aac.mp4', ['-map', '0:v', '-map', '0:v', '-map', '0:a', '-map', '0:a']],
];

describe('what ffprobe says of', () => {
  const directory = scratchDirectory({ after });
  before(async () => {
    const make = async (args: readonly string[], name: string): Promise<void> => {
      const { status, stderr } = await runJudge('ffmpeg', [
        '-nostdin',
        '-v',
        'error',
        '-y',
        ...args,
        join(directory, name),
      ]);
      assert.equal(status, 0, `${name}: ${stderr}`);
    };
    for (const [name, args] of encoded) await make(args, name);
    for (const [name, of, args] of copied) await make(['-i', join(directory, of), '-c', 'copy', ...args], name);
    copyFileSync(join(directory, 'h264-aac.mp4'), join(directory, 'called.flv'));
  });

  for (const [name] of [...encoded, ...copied]) {
    test(`${name}, made by ffmpeg, salvor says too`, () => assertSame(join(directory, name)));
  }

  for (const file of genuine) {
    test(`${file.slice(fixturesDirectory.length + 1)} salvor says too`, () => assertSame(file));
  }

  for (const [name, args] of shapes) {
    test(`${name}, whose pictures say their shape and whose entry does not, salvor says too`, async () => {
      const file = join(directory, name);
      await runJudge('ffmpeg', ['-nostdin', '-v', 'error', '-y', ...args, file]);
      const bytes = readFileSync(file);
      const at = bytes.indexOf('pasp');
      assert.ok(at > 0);
      bytes.write('free', at);
      writeFileSync(file, bytes);
      await assertSame(file);
    });
  }

  for (const [name, of, args] of implicit) {
    test(`${name}, whose frames alone tell what it is, salvor says too`, async () => {
      const file = join(directory, name);
      const made = framesOf[of];
      const input = made === undefined ? join(directory, of) : join(scratchDirectory({ after }), 'frames.aac');
      if (made !== undefined) writeFileSync(input, made);
      const copy = ['-nostdin', '-v', 'error', '-y', '-i', input, '-c', 'copy', ...args, file];
      const { status, stderr } = await runJudge('ffmpeg', copy);
      assert.equal(status, 0, stderr);
      await assertSame(file);
    });
  }

  test('a file by its content and not by its name, salvor says too', () => assertSame(join(directory, 'called.flv')));

  const listed = [
    ...['h264-aac.mp4', 'h264-fragments.mp4', 'hevc-opus.mp4', 'h264-aac.flv', 'two-of-each.flv', 'av1-ac3.flv'],
    ...['h264-aac.ts', 'bluray.m2ts', 'only-ac3.ts', 'hevc-ac3-ac3.ts', 'mp3.ts'],
  ];
  for (const name of listed) {
    test(`every packet of ${name}, salvor lists too`, async () => {
      const file = join(directory, name);
      const [ours, theirs] = [await salvorPackets(file), await ffprobePackets(file)];
      assert.ok(theirs.length > 20);
      assert.deepEqual(ours.map(comparable(name)), theirs.map(comparable(name)));
    });
  }

  test('every file that was made is one of those that are compared', () => {
    const compared = new Set([...encoded, ...copied, ...shapes, ...implicit].map(([name]) => name));
    assert.deepEqual(
      readdirSync(directory).filter((name) => !compared.has(name)),
      ['called.flv'],
    );
  });
});

interface Packet {
  readonly stream: number;
  readonly pts: number | undefined;
  readonly dts: number | undefined;
  readonly size: number;
  readonly pos: number | undefined;
  readonly key: boolean;
}

const inOrder = (packets: Packet[]): Packet[] =>
  packets.toSorted((one, other) => one.stream - other.stream || (one.dts ?? 0) - (other.dts ?? 0));

/**
 * Of FLV ffprobe tells where the tag lies, and so does salvor. Of transport streams both tell where the PES packet begins,
 * but ffprobe by the packet without what stands before it, and of sound only for the first frame of each.
 */
const comparable =
  (name: string) =>
  (packet: Packet): Packet =>
    name.endsWith('ts') ? { ...packet, pos: undefined } : packet;

async function ffprobePackets(file: string): Promise<Packet[]> {
  const fields = 'packet=stream_index,pts,dts,size,pos,flags';
  const args = ['-v', 'error', '-of', 'json', '-show_packets', '-show_entries', fields, file];
  const { stdout } = await runJudge('ffprobe', args);
  const { packets } = JSON.parse(stdout) as { packets: Record<string, string | number>[] };
  return inOrder(
    packets.map((packet) => ({
      stream: Number(packet['stream_index']),
      pts: Number(packet['pts']),
      dts: Number(packet['dts']),
      size: Number(packet['size']),
      pos: Number(packet['pos']),
      key: String(packet['flags']).includes('K'),
    })),
  );
}

async function salvorPackets(file: string): Promise<Packet[]> {
  const { stdout } = await runInProcess('salvor', ['probe', '--samples', '--ndjson', file]);
  const rows = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, number | boolean>);
  return inOrder(
    rows.map((row) => ({
      stream: Number(row['track']),
      pts: Number(row['pts']),
      dts: Number(row['dts']),
      size: Number(row['size']),
      pos: Number(row['offset']),
      key: row['sync'] === true,
    })),
  );
}
