/** What probe says of MP4 and QuickTime files that are intact and unusual. Expected values are ffprobe 9's. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { deflateSync } from 'node:zlib';
import { jsonForm } from '../../../src/commands/probe/json-form.ts';
import { inspectSource } from '../../../src/commands/probe/probe.ts';
import { atOnce } from '../../../src/io/pace.ts';
import { movieFileSteps } from '../../../src/mp4/movie-reader.ts';
import { planInPlace } from '../../../src/commands/repair/patch-in-place.ts';
import type { ProbedRecording } from '../../../src/media/probed-recording.ts';
import { needs, runJudge } from '../../support/judges.ts';
import { fixturesDirectory } from '../../support/project.ts';
import { scratchDirectory } from '../../support/scratch.ts';
import { memorySource } from '../../mp4/memory-source.ts';

const read = (path: string): Buffer => readFileSync(join(fixturesDirectory, path));

async function look(bytes: Uint8Array): Promise<ProbedRecording> {
  return (await inspectSource(memorySource(bytes), { deep: true })).recording;
}

interface Shown {
  readonly format: Record<string, unknown>;
  readonly streams: readonly Record<string, unknown>[];
}
const shown = (recording: ProbedRecording): Shown => jsonForm(recording, '') as unknown as Shown;

function box(type: string, ...bodies: Uint8Array[]): Buffer {
  const body = Buffer.concat(bodies);
  const head = Buffer.alloc(8);
  head.writeUInt32BE(8 + body.length);
  head.write(type, 4, 'latin1');
  return Buffer.concat([head, body]);
}

/** The bytes of an MP4 whose moov is its last box, before the moov and from it on. */
function aroundMoov(file: Buffer): { before: Buffer; moov: Buffer } {
  const at = file.lastIndexOf('moov', undefined, 'latin1') - 4;
  assert.equal(file.readUInt32BE(at), file.length - at, 'the moov is the last box');
  return { before: file.subarray(0, at), moov: file.subarray(at) };
}

const whole = read('go-rtmp/h265_segments_clean/recording.mp4');

describe('probe of an intact movie', () => {
  test('whose moov is compressed says what it says of the plain one', async () => {
    const { before, moov } = aroundMoov(whole);
    const length = Buffer.alloc(4);
    length.writeUInt32BE(moov.length);
    const packed = (bytes: Uint8Array): Buffer =>
      box('moov', box('cmov', box('dcom', Buffer.from('zlib')), box('cmvd', length, bytes)));
    const compressed = Buffer.concat([before, packed(deflateSync(moov))]);
    const [plain, same] = [await look(whole), await look(compressed)];
    assert.equal(same.health.verdict, 'complete');
    assert.deepEqual(shown(same).streams, shown(plain).streams);
    assert.ok(
      'refused' in atOnce(planInPlace(atOnce(movieFileSteps(memorySource(compressed))))),
      'its offsets cannot be patched',
    );
    // More bytes than it claims, or fewer, are no movie.
    length.writeUInt32BE(moov.length - 1);
    const longer = await look(Buffer.concat([before, packed(deflateSync(moov))]));
    assert.equal(longer.health.verdict, 'damaged');
  });

  test('is not confused by a box of another kind that holds a moov of its own', async () => {
    const { before, moov } = aroundMoov(whole);
    const looked = await look(Buffer.concat([before, box('axte', moov, Buffer.alloc(100)), moov]));
    const plain = await look(whole);
    const codes = ({ health }: ProbedRecording): string[] => health.findings.map(({ code }) => code);
    assert.equal(looked.health.verdict, 'complete');
    assert.deepEqual(codes(looked), codes(plain));
    assert.deepEqual(shown(looked).streams, shown(plain).streams);
  });

  test('counts the packets of QuickTime sound whose tables count samples', async () => {
    const looked = await look(read('mp4/qdm2.mov'));
    assert.equal(looked.health.verdict, 'complete');
    assert.deepEqual(
      shown(looked).streams.map(({ codec_name: name }) => name),
      ['svq1', 'qdm2'],
    );
    assert.equal(looked.tracks[1]!.bytes, 19_610);
  });

  test('begins with the picture that is shown first, not with the one that is decoded first', async () => {
    const { format, streams } = shown(await look(read('mp4/leading-pictures.mp4')));
    assert.equal(streams[0]!['start_time'], '0.063000');
    assert.equal(format['duration'], '12.063000');
  });

  test('has AMR as one channel of 8000 or 16000 Hz, whatever its entry says', async () => {
    for (const [type, rate, name] of [
      ['samr', '8000', 'amr_nb'],
      ['sawb', '16000', 'amr_wb'],
    ] as const) {
      const file = Buffer.from(read('go-rtmp/aac_only_mp4/recording.mp4'));
      file.write(type, file.indexOf('mp4a', 0, 'latin1'), 'latin1');
      file.write('damr', file.indexOf('esds', 0, 'latin1'), 'latin1');
      const [stream] = shown(await look(file)).streams;
      assert.deepEqual(
        [stream!['codec_name'], stream!['sample_rate'], stream!['channels'], stream!['channel_layout']],
        [name, rate, 1, 'mono'],
      );
    }
  });
});

describe('probe of what is intact and has its media in other files', () => {
  test(
    'takes the files that ffmpeg writes for DASH for complete, and a segment that is cut for unfinished',
    needs('ffmpeg'),
    async (t) => {
      const directory = scratchDirectory(t);
      const source = join(fixturesDirectory, 'go-rtmp/h265_segments_clean/recording.mp4');
      const args = ['-nostdin', '-v', 'error', '-i', source, '-c', 'copy', '-tag:v', 'hvc1', '-seg_duration', '1'];
      const { status, stderr } = await runJudge('ffmpeg', [...args, '-f', 'dash', join(directory, 'rec.mpd')]);
      assert.equal(status, 0, stderr);
      const names = readdirSync(directory).filter((name) => name.endsWith('.m4s'));
      assert.ok(names.filter((name) => name.startsWith('init')).length === 2 && names.length > 3, names.join(' '));
      for (const name of names) {
        const bytes = readFileSync(join(directory, name));
        // ffmpeg's brands do not tell what initialises segments from a recording that was killed before its first fragment.
        if (name.startsWith('init')) {
          const plain = await look(bytes);
          assert.deepEqual([plain.health.verdict, plain.health.advice], ['unfinished', []], name);
          assert.match(plain.health.findings[0]!.message, /or it initialises segments in other files/);
          assert.equal(bytes.toString('latin1', 4, 12), 'ftypiso5');
          bytes.write('dash', 8, 'latin1');
        }
        const { health } = await look(bytes);
        const codes = health.findings.map(({ code }) => code);
        assert.deepEqual([health.verdict, health.advice], ['complete', []], `${name}: ${codes.join(' ')}`);
        assert.ok(codes.includes('mp4-media-elsewhere'), name);
        const torn = await look(bytes.subarray(0, bytes.length - 20));
        assert.notEqual(torn.health.verdict, 'complete', name);
      }
    },
  );

  test('a reference movie is one', async () => {
    const { health } = await look(box('moov', box('rmra', box('rmda', box('rdrf', Buffer.alloc(40, 0x61))))));
    assert.equal(health.verdict, 'complete');
    assert.deepEqual(
      health.findings.map(({ code }) => code),
      ['mp4-media-elsewhere'],
    );
    assert.equal((await look(box('moov', box('free', Buffer.alloc(40))))).health.verdict, 'damaged');
  });

  test('samples that a movie refers to are not missing from it', async () => {
    const { before, moov } = aroundMoov(whole);
    const location = Buffer.from('file:///media/of-another-file.mp4\0');
    // Each track of the movie is made to say that its samples lie there: flag 0, and where.
    let referring = moov;
    for (let at = referring.indexOf('url '); at > 0; at = referring.indexOf('url ', at + 4)) {
      const bytes = Buffer.concat([referring.subarray(0, at + 8), location, referring.subarray(at + 8)]);
      bytes.writeUInt32BE(0, at + 4);
      for (const type of ['url ', 'dref', 'dinf', 'minf', 'mdia', 'trak', 'moov']) {
        const start = bytes.lastIndexOf(type, at, 'latin1') - 4;
        bytes.writeUInt32BE(bytes.readUInt32BE(start) + location.length, start);
      }
      referring = bytes;
    }
    assert.ok(referring.length > moov.length + location.length, 'there are two tracks');
    const alone = Buffer.concat([before.subarray(0, before.readUInt32BE(0)), referring]);
    const { health, tracks } = await look(alone);
    assert.equal(health.verdict, 'complete', JSON.stringify(health.findings));
    assert.ok(tracks.every(({ samples }) => samples! > 0));
    const lacking = await look(Buffer.concat([before.subarray(0, before.readUInt32BE(0)), moov]));
    assert.equal(lacking.health.verdict, 'damaged');
  });
});
