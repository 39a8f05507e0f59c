import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { ByteWriter } from '../../src/bytes/byte-sink.ts';
import { readFlvReference } from '../../src/flv/codec-configurations.ts';
import { recordOf } from '../../src/flv/codec-record.ts';
import { writeFlvHeader } from '../../src/flv/header.ts';
import { TagType, writePreviousTagSize, writeTagHeader } from '../../src/flv/tag.ts';
import { FileSource } from '../../src/io/file-source.ts';
import { aacOf, avcOf, type CodecReference, type ReferenceStream } from '../../src/media/codec-reference.ts';
import { fromHex, toHex } from '../codecs/hex.ts';
import { mutants } from '../support/damage.ts';
import { stagingFixtures } from '../support/fixtures.ts';
import { forgetfulSource } from '../support/forgetful-source.ts';
import { needs, runJudge } from '../support/judges.ts';
import { scratchDirectory } from '../support/scratch.ts';
import { allFlv, announced, emsFlv, goFlvNames, goRecording } from './recordings.ts';

/** The configurations in hexadecimal, as truth files have them. */
function inHex({ video, audio }: CodecReference): { video: string | undefined; audio: string | undefined } {
  const hexOf = (stream: ReferenceStream | undefined) =>
    stream === undefined ? undefined : toHex(recordOf(stream.configuration)!.record);
  return { video: hexOf(video), audio: hexOf(audio[0]) };
}

/** A file of tags, each of a type and with its data in hexadecimal. */
function flv(...tags: readonly (readonly [type: number, data: string])[]): Uint8Array {
  const writer = new ByteWriter();
  writeFlvHeader(writer, { version: 1, hasAudio: true, hasVideo: true, reservedFlags: 0, dataOffset: 9 });
  writer.u32(0);
  for (const [type, hex] of tags) {
    const data = fromHex(hex);
    const header = { type, filter: false, reserved: 0, dataSize: data.length, timestampMilliseconds: 0, streamId: 0 };
    writeTagHeader(writer, header);
    writer.bytes(data);
    writePreviousTagSize(writer, header);
  }
  return writer.toBytes().slice();
}

const { audio, video, scriptData } = TagType;
const avc = announced('h264_aac').video ?? '';
const aac = announced('h264_aac').audio ?? '';

describe('the codec configurations of an FLV recording', () => {
  it('are those the stream announced to the Go server', () => {
    for (const name of goFlvNames) {
      const source = forgetfulSource(goRecording(name, 'recording.flv'), `${name}.flv`);
      const reference = readFlvReference(source);
      assert.deepEqual(inHex(reference), announced(name), name);
      assert.equal(reference.file, `${name}.flv`);
    }
  });

  it('are those of the staging files that the EvoStream-style server kept of the same stream', () => {
    const truth = (group: 'clean' | 'crashed', name: string): string =>
      stagingFixtures(group, name)[0]?.truth.config.video ?? '';
    const found = (name: string): ReturnType<typeof inHex> => inHex(readFlvReference(forgetfulSource(emsFlv(name))));
    assert.deepEqual(found('av-bframes'), { video: truth('clean', 'av-bframes'), audio: '121056e500' });
    assert.deepEqual(found('video-only'), { video: truth('clean', 'video-only'), audio: undefined });
    // The truth of a crashed set is what the publisher announced; the recorder leaves the High-profile extension out.
    const published = truth('crashed', 'i-chunked4-12.00s');
    assert.deepEqual(found('killed-chunk3'), { video: published.slice(0, -'fdf8f800'.length), audio: '121056e500' });
  });

  it('say what they mean', () => {
    const reference = readFlvReference(forgetfulSource(goRecording('h264_aac', 'recording.flv')));
    const [record, found] = [avcOf(reference), aacOf(reference)];
    assert.deepEqual([record?.avcProfileIndication, record?.avcLevelIndication], [100, 13]);
    assert.deepEqual([found?.audio.samplingFrequency.hertz, found?.audio.channelConfiguration], [44100, 2]);
  });

  it('are found in a file on disk, and copied out of its window', (t) => {
    const file = join(scratchDirectory(t), 'a.flv');
    writeFileSync(file, goRecording('h264_aac', 'recording.flv'));
    const source = new FileSource(file);
    const reference = readFlvReference(source);
    source.read(0, source.size).fill(0);
    source.close();
    assert.deepEqual(inHex(reference), announced('h264_aac'));
  });

  it('are found in enhanced headers too', () => {
    const bytes = flv([video, `90 61766331 ${avc}`], [audio, `90 6d703461 ${aac}`]);
    assert.deepEqual(inHex(readFlvReference(forgetfulSource(bytes))), { video: avc, audio: aac });
    const late = flv([video, `97 02 000001 00 61766331 ${avc}`]);
    assert.equal(inHex(readFlvReference(forgetfulSource(late))).video, avc);
  });

  it('are not taken from other codecs, whose sequence headers look alike', () => {
    const bytes = flv(
      [video, `90 68766331 ${avc}`], // hvc1
      [video, `1c 00 000000 ${avc}`], // HEVC in a legacy header
      [video, `91 61766331 ${avc}`], // coded frames
      [audio, `90 4f707573 ${aac}`], // Opus
      [audio, `2f 00 ${aac}`], // MP3
      [audio, `af 01 ${aac}`], // a raw access unit
    );
    assert.deepEqual(inHex(readFlvReference(forgetfulSource(bytes))), { video: undefined, audio: undefined });
  });

  it('are the first of their kind that can be read, whatever is around them', () => {
    const bytes = flv(
      [15, '00'], // a reserved type
      [scriptData, '02 0000'],
      [video, '17 00 000000'], // a sequence header without a record, as some encoders begin
      [video, `17 00 000000 01 64000d ff e0 00`], // a record without parameter sets
      [audio, 'af 00'],
      [audio, ''],
      [video, `17 00 000000 ${avc}`],
      [audio, `af 00 ${aac}`],
      [audio, 'af 00 1190'],
    );
    assert.deepEqual(inHex(readFlvReference(forgetfulSource(bytes))), { video: avc, audio: aac });
  });

  it('are whole or absent, wherever the file is torn', () => {
    const bytes = goRecording('h264_aac', 'recording.flv').subarray(0, 400);
    // The truth: the video's tag lies in bytes 228 to 288, the audio's in 292 to 310 (each without the size behind it).
    for (let length = 0; length <= bytes.length; length++) {
      const found = inHex(readFlvReference(forgetfulSource(bytes.subarray(0, length))));
      assert.equal(found.video, length >= 288 ? avc : undefined, `${length} bytes`);
      assert.equal(found.audio, length >= 310 ? aac : undefined, `${length} bytes`);
    }
  });

  it('are not looked for beyond the first 2000 tags or 4 MB, nor in a tail of zeros', () => {
    const filler: readonly (readonly [number, string])[] = Array.from({ length: 2000 }, () => [audio, 'af 01 00']);
    const config = [audio, `af 00 ${aac}`] as const;
    assert.equal(readFlvReference(forgetfulSource(flv(...filler, config))).audio[0], undefined);
    assert.notEqual(readFlvReference(forgetfulSource(flv(...filler.slice(1), config))).audio[0], undefined);

    const large = Array.from({ length: 5 }, () => [video, '00'.repeat(1_000_000)] as const);
    const source = forgetfulSource(flv(...large, config));
    assert.equal(readFlvReference(source).audio[0], undefined);
    assert.ok(source.bytesRead < 200_000, `${source.bytesRead} bytes were read`);

    const zeros = forgetfulSource(Buffer.concat([flv(), Buffer.alloc(15 * 100), flv(config)]));
    assert.equal(readFlvReference(zeros).audio[0], undefined);
    assert.ok(zeros.bytesRead < 200_000);
  });

  it('are none in a file of another kind', () => {
    for (const bytes of [new Uint8Array(0), goRecording('aac_only_mp4', 'recording.mp4')]) {
      assert.deepEqual(readFlvReference(forgetfulSource(bytes, 'a')), {
        file: 'a',
        video: undefined,
        audio: [],
      });
    }
  });

  it('never make the reader fail, however damaged the file', () => {
    for (const [name, bytes] of allFlv()) {
      const head = bytes.subarray(0, 1500);
      for (const mutant of mutants(head, { seed: 42_000, count: 200 })) {
        assert.doesNotThrow(() => readFlvReference(forgetfulSource(mutant.bytes)), `${name}, ${mutant.description}`);
      }
    }
  });

  it(
    'are what ffmpeg finds in the same files, and in those it writes itself',
    needs('ffmpeg', 'ffprobe'),
    async (t) => {
      const directory = scratchDirectory(t);
      const files = allFlv().map(([name, bytes]) => {
        const file = join(directory, `${name}.flv`);
        writeFileSync(file, bytes);
        return file;
      });
      const own = join(directory, 'own.flv');
      const { status, stderr } = await runJudge('ffmpeg', [
        ...['-nostdin', '-v', 'error', '-f', 'lavfi', '-i', 'testsrc=size=64x48:rate=10', '-f', 'lavfi', '-i', 'sine'],
        ...['-t', '0.5', '-c:v', 'libx264', '-pix_fmt', 'yuv420p', '-c:a', 'aac', own],
      ]);
      assert.equal(status, 0, stderr);
      for (const file of [...files, own]) {
        const source = new FileSource(file);
        const { video: record, audio: found } = inHex(readFlvReference(source));
        source.close();
        const hash = (hex: string): string => `SHA160:${createHash('sha1').update(fromHex(hex)).digest('hex')}`;
        const args = ['-v', 'quiet', '-show_streams', '-show_data_hash', 'SHA160', '-of', 'json', file];
        const { streams } = JSON.parse((await runJudge('ffprobe', args)).stdout) as {
          streams: readonly { codec_type: string; extradata_hash?: string }[];
        };
        const judged = (kind: string): string | undefined =>
          streams.find((stream) => stream.codec_type === kind)?.extradata_hash;
        assert.equal(record && hash(record), judged('video'), file);
        assert.equal(found && hash(found), judged('audio'), file);
      }
    },
  );
});
