import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { parseEsDescriptor, type EsDescriptor } from '../../src/codecs/mpeg4/es-descriptor.ts';
import { writeAvcDecoderConfiguration } from '../../src/codecs/h264/decoder-configuration.ts';
import { FileSource, type ByteSource } from '../../src/io/file-source.ts';
import { box, container, readBoxes, type Box } from '../../src/mp4/box.ts';
import { esds } from '../../src/mp4/boxes/esds.ts';
import { hdlr } from '../../src/mp4/boxes/hdlr.ts';
import { mdhd } from '../../src/mp4/boxes/mdhd.ts';
import { stsd } from '../../src/mp4/boxes/stsd.ts';
import { aacOf, specificConfigOf } from '../../src/media/codec-reference.ts';
import type { CodecConfiguration } from '../../src/media/track.ts';
import {
  readMovieConfigurations as walkConfigurations,
  readMovieReference,
} from '../../src/mp4/codec-configurations.ts';
import { fromHex, toHex } from '../codecs/hex.ts';
import { announced, goRecording } from '../flv/recordings.ts';
import { mutants } from '../support/damage.ts';
import { forgetfulSource } from '../support/forgetful-source.ts';
import { needs, runJudge } from '../support/judges.ts';
import { scratchDirectory } from '../support/scratch.ts';
import { bytesOfBox } from './memory-source.ts';

/** What an EvoStream-style server writes: an ES_Descriptor with an AudioSpecificConfig of two bytes. */
function descriptorWith(specificConfig: string, objectTypeIndication = '40'): EsDescriptor {
  const hex = `03808080220001000480808014${objectTypeIndication}1500000000000000000000000580808002${specificConfig}068080800102`;
  const { value } = parseEsDescriptor(fromHex(hex));
  assert.ok(value !== undefined);
  return value;
}

/** A file with one track of sound, described by one sample entry. */
function audioFile(entry: Box, handlerType = 'soun'): Uint8Array {
  const times = { creationTime: 0, modificationTime: 0, duration: 0 };
  const stbl = container('stbl', [stsd(entry)]);
  const mdia = container('mdia', [
    mdhd({ ...times, timescale: 44100, language: 'und' }),
    hdlr({ handlerType, name: 'x'.repeat(500_000) }),
    container('minf', [stbl]),
  ]);
  return bytesOfBox(container('moov', [container('trak', [mdia])]));
}

/** An mp4a sample entry: fields of a version, what comes between them and the boxes, and the boxes. */
function audioEntry(version: number, between: number, ...boxes: readonly Box[]): Box {
  return box('mp4a', (sink) => {
    sink.zeros(6);
    sink.u16(1);
    sink.u16(version);
    sink.zeros(6);
    sink.u16(2);
    sink.u16(16);
    sink.u32(0);
    sink.u32(44100 * 65536);
    for (let index = 0; index < between; index++) sink.u8(index);
    for (const inner of boxes) inner.write(sink);
  });
}

const readMovieConfigurations = (source: ByteSource) => [...walkConfigurations(source)];

/** The bytes of an AudioSpecificConfig, undefined of any other codec. */
function configOf(configuration: CodecConfiguration | undefined): Uint8Array | undefined {
  return configuration?.codec === 'aac' ? specificConfigOf(configuration) : undefined;
}

function specificConfigs(bytes: Uint8Array): (string | undefined)[] {
  return readMovieConfigurations(forgetfulSource(bytes)).map(({ configuration }) => {
    const config = configOf(configuration);
    return config === undefined ? undefined : toHex(config);
  });
}

function summary({
  kind,
  timescale,
  sampleEntryType,
}: ReturnType<typeof readMovieConfigurations>[number]): readonly unknown[] {
  return [kind, timescale, sampleEntryType];
}

describe('the codec configurations of an MP4 recording', () => {
  it('are found in a moov at the end, as the Go server writes it', () => {
    const configurations = readMovieConfigurations(forgetfulSource(goRecording('aac_only_mp4', 'recording.mp4')));
    assert.deepEqual(configurations.map(summary), [['audio', 48000, 'mp4a']]);
    const [audio] = configurations;
    assert.equal(toHex(configOf(audio?.configuration) ?? new Uint8Array(0)), announced('aac_only_mp4').audio);
  });

  it('are those of H.265 and of its audio, with the clocks of their tracks', () => {
    const source = forgetfulSource(goRecording('h265_segments_clean', 'recording.mp4'), 'segment.mp4');
    const configurations = readMovieConfigurations(source);
    assert.deepEqual(configurations.map(summary), [
      ['video', 1000, 'hvc1'],
      ['audio', 48000, 'mp4a'],
    ]);
    const { file, video, audio } = readMovieReference(source);
    assert.equal(toHex(configOf(audio[0]?.configuration)!), announced('h265_segments_clean').audio);
    assert.deepEqual([file, video?.configuration.codec, video?.timescale], ['segment.mp4', 'h265', 1000]);
  });

  it('are read without the media, but for the first frames of AAC, which tell how they end', () => {
    const recording = goRecording('aac_only_mp4', 'recording.mp4');
    const source = forgetfulSource(recording);
    readMovieConfigurations(source);
    const [frames, frameBytes] = [32, 350];
    assert.ok(recording.length > 5 * frames * frameBytes, 'there is more media than that');
    assert.ok(source.bytesRead < 2000 + frames * frameBytes, `${source.bytesRead} bytes were read`);
  });

  it('are read from sound descriptions of every version, the esds in a wave box or not', () => {
    const found = esds(descriptorWith('1210'));
    const wave = container('wave', [
      box('frma', (sink) => sink.latin1('mp4a')),
      box('mp4a', (sink) => sink.u32(0)),
      found,
      box('\0\0\0\0', () => undefined),
    ]);
    const entries: readonly Box[] = [
      audioEntry(0, 0, found),
      audioEntry(1, 16, found),
      audioEntry(1, 16, wave),
      audioEntry(2, 36, wave),
      audioEntry(1, 0, found), // ISO/IEC 14496-12, AudioSampleEntryV1
      audioEntry(
        0,
        0,
        box('chan', (sink) => sink.zeros(16)),
        found,
      ),
    ];
    for (const entry of entries) assert.deepEqual(specificConfigs(audioFile(entry)), ['1210']);
  });

  it('are none where the coder is not AAC, the box is missing, or the track is no sound', () => {
    const mp3 = audioEntry(0, 0, esds(descriptorWith('1210', '6b')));
    assert.deepEqual(specificConfigs(audioFile(mp3)), [undefined]);
    assert.deepEqual(specificConfigs(audioFile(audioEntry(0, 0))), [undefined]);
    assert.deepEqual(specificConfigs(audioFile(audioEntry(0, 0), 'hint')), []);
    assert.equal(aacOf(readMovieReference(forgetfulSource(audioFile(mp3)))), undefined);
  });

  it('put back what the original combiner cut off an HE-AAC configuration', () => {
    // 2b8a0800 (object type 5, 22050 Hz, mono, 44100 Hz by extension, then object type 2), of which the first two bytes were kept.
    const reference = readMovieReference(forgetfulSource(audioFile(audioEntry(0, 0, esds(descriptorWith('2b8a'))))));
    assert.equal(aacOf(reference)?.audio.samplingFrequency.hertz, 22050);
    assert.equal(aacOf(reference)?.audio.extension?.samplingFrequency?.hertz, 44100);
  });

  it('are none in a file without a moov, of another kind, or with a torn one', () => {
    const whole = goRecording('aac_only_mp4', 'recording.mp4');
    const moov = [...readBoxes(forgetfulSource(whole), 0, whole.length)].find(({ type }) => type === 'moov')?.start;
    assert.ok(moov !== undefined);
    for (const bytes of [new Uint8Array(0), whole.subarray(0, moov), whole.subarray(0, 40_000), new Uint8Array(1000)]) {
      assert.deepEqual(readMovieConfigurations(forgetfulSource(bytes)), []);
    }
    for (let length = moov; length < whole.length; length += 7) {
      for (const { configuration } of readMovieConfigurations(forgetfulSource(whole.subarray(0, length)))) {
        const config = configOf(configuration);
        if (config !== undefined) assert.equal(toHex(config), announced('aac_only_mp4').audio, `${length} bytes`);
      }
    }
  });

  it('take no time however many boxes a file pretends to have', () => {
    const bytes = Buffer.alloc(8_000_000, Uint8Array.of(0, 0, 0, 8, 0x66, 0x72, 0x65, 0x65));
    const source = forgetfulSource(bytes);
    assert.deepEqual(readMovieConfigurations(source), []);
    assert.ok(source.bytesRead <= 16 * 100_001, `${source.bytesRead} bytes were read`);
  });

  it('never make the reader fail, however damaged the file', () => {
    for (const name of ['aac_only_mp4', 'h265_segments_clean']) {
      const whole = goRecording(name, 'recording.mp4');
      const moov =
        [...readBoxes(forgetfulSource(whole), 0, whole.length)].find(({ type }) => type === 'moov')?.start ?? 0;
      for (const { bytes, description } of mutants(whole.subarray(moov), { seed: 43_000, count: 400 })) {
        assert.doesNotThrow(() => readMovieReference(forgetfulSource(bytes)), `${name}, ${description}`);
      }
    }
  });

  it('survive damage to every byte of a small moov', () => {
    const small = audioFile(audioEntry(1, 16, container('wave', [esds(descriptorWith('1210'))])));
    const entry = small.subarray(-170);
    for (let at = 0; at < entry.length; at++) {
      for (const value of [0, 1, 0x7f, 0xff]) {
        const bytes = small.slice();
        bytes[small.length - entry.length + at] = value;
        assert.doesNotThrow(() => readMovieReference(forgetfulSource(bytes)));
      }
    }
  });
});

describe('the codec configurations of what ffmpeg writes', () => {
  const av = ['-c:v', 'libx264', '-pix_fmt', 'yuv420p', '-c:a', 'aac'];
  const cases: readonly (readonly [what: string, file: string, args: readonly string[], entries: readonly string[]])[] =
    [
      ['an MP4 with the moov at the end', 'end.mp4', av, ['avc1', 'mp4a']],
      ['an MP4 with the moov in front', 'front.mp4', [...av, '-movflags', '+faststart'], ['avc1', 'mp4a']],
      [
        'a fragmented MP4',
        'fragments.mp4',
        [...av, '-g', '5', '-movflags', '+frag_keyframe+empty_moov'],
        ['avc1', 'mp4a'],
      ],
      [
        'a CMAF file with in-band parameter sets',
        'cmaf.mp4',
        [...av, '-tag:v', 'avc3', '-movflags', '+cmaf+empty_moov'],
        ['avc3', 'mp4a'],
      ],
      ['a QuickTime file, esds in wave', 'wave.mov', av, ['avc1', 'mp4a']],
      ['a QuickTime file of 96 kHz, version 2', 'version2.mov', [...av, '-ar', '96000'], ['avc1', 'mp4a']],
      [
        'a fragmented QuickTime file',
        'fragments.mov',
        [...av, '-movflags', '+frag_keyframe+empty_moov'],
        ['avc1', 'mp4a'],
      ],
      ['sound alone, mono', 'mono.m4a', ['-vn', '-ac', '1', '-c:a', 'aac'], ['mp4a']],
      ['sound alone, 5.1', 'surround.m4a', ['-vn', '-ac', '6', '-c:a', 'aac'], ['mp4a']],
      [
        'H.265 and Opus',
        'other.mp4',
        ['-c:v', 'libx265', '-x265-params', 'log-level=none', '-c:a', 'libopus'],
        ['hev1', 'Opus'],
      ],
    ];
  for (const [what, name, args, entries] of cases) {
    it(`are those that ffprobe finds: ${what}`, needs('ffmpeg', 'ffprobe'), async (t) => {
      const file = join(scratchDirectory(t), name);
      const sources = [
        '-f',
        'lavfi',
        '-i',
        'testsrc=size=64x48:rate=10',
        '-f',
        'lavfi',
        '-i',
        'sine=sample_rate=48000',
      ];
      const made = await runJudge('ffmpeg', [
        '-nostdin',
        '-v',
        'error',
        ...sources,
        '-t',
        '1',
        '-strict',
        '-2',
        ...args,
        file,
      ]);
      assert.equal(made.status, 0, made.stderr);
      const source = new FileSource(file);
      const found = readMovieConfigurations(source);
      const reference = readMovieReference(source);
      source.close();

      const probed = ['-v', 'quiet', '-show_streams', '-show_data_hash', 'SHA160', '-of', 'json', file];
      const { streams } = JSON.parse((await runJudge('ffprobe', probed)).stdout) as {
        streams: readonly {
          codec_type: string;
          codec_name: string;
          codec_tag_string: string;
          time_base: string;
          extradata_hash?: string;
        }[];
      };
      assert.deepEqual(
        found.map(({ sampleEntryType }) => sampleEntryType),
        entries,
      );
      assert.deepEqual(
        found.map(({ kind, timescale, sampleEntryType }) => [kind, `1/${timescale}`, sampleEntryType]),
        streams.map((stream) => [stream.codec_type, stream.time_base, stream.codec_tag_string]),
      );
      const hash = (config: Uint8Array): string => `SHA160:${createHash('sha1').update(config).digest('hex')}`;
      for (const [index, { configuration }] of found.entries()) {
        const judged = streams[index];
        const judgedHash = (codec: string): string | undefined =>
          judged?.codec_name === codec ? judged.extradata_hash : undefined;
        const config = configOf(configuration);
        const avc = configuration.codec === 'h264' ? configuration.record : undefined;
        assert.equal(avc && hash(writeAvcDecoderConfiguration(avc)), judgedHash('h264'));
        assert.equal(config && hash(config), judgedHash('aac'));
        if (config !== undefined) assert.deepEqual(configOf(reference.audio[0]?.configuration), config);
      }
    });
  }
});
