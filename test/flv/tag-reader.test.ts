import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ByteReader } from '../../src/bytes/byte-reader.ts';
import type { ByteSource } from '../../src/io/file-source.ts';
import { Findings } from '../../src/media/findings.ts';
import { FlvSurvey } from '../../src/flv/survey.ts';
import { firstTagOffset, TagReader } from '../../src/flv/tag-reader.ts';
import { surveyTags } from '../../src/flv/walk.ts';
import { Pace } from '../../src/io/pace.ts';
import { mutants, seededRandom } from '../support/damage.ts';
import { forgetfulSource } from '../support/forgetful-source.ts';
import { emsFlv, goFlvNames, goRecording, truthTags } from './recordings.ts';

interface Walked {
  readonly tags: readonly string[];
  readonly others: readonly string[];
}

function describeEvent(event: string, reader: TagReader): string {
  const { offset, end, type, timestamp, torn, zerosFrom } = reader;
  return event === 'tag' ? `${offset} ${end} ${type} ${timestamp}` : `${event} ${offset} ${end} ${torn} ${zerosFrom}`;
}

function walk(source: ByteSource): Walked {
  const reader = new TagReader(source, firstTagOffset(source) ?? 0);
  const tags: string[] = [];
  const others: string[] = [];
  for (let event = reader.next(); event !== 'end'; event = reader.next()) {
    if (event !== 'searching') (event === 'tag' ? tags : others).push(describeEvent(event, reader));
  }
  return { tags, others };
}

const walkBytes = (bytes: Uint8Array): Walked => walk(forgetfulSource(bytes));

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

const u24 = (value: number): number[] => [value >>> 16, (value >>> 8) & 0xff, value & 0xff];

const whole = goRecording('h264_aac', 'recording.flv');
/** A recording that ends with its last whole tag. */
function wholeTags(bytes: Uint8Array): Uint8Array {
  const { tags } = walkBytes(bytes);
  return new Uint8Array(bytes).slice(0, Number(tags.at(-1)!.split(' ')[1]) + 4);
}
const sound = wholeTags(whole);
const ends = (tags: readonly string[]): number[] => tags.map((tag) => Number(tag.split(' ')[1]));
const starts = (tags: readonly string[]): number[] => tags.map((tag) => Number(tag.split(' ')[0]));

describe('walking the tags of an FLV', () => {
  it('gives every whole tag of the truth with its place, type and time', () => {
    for (const name of goFlvNames) {
      const bytes = goRecording(name, 'recording.flv');
      const expected = truthTags(name)
        .filter(({ tag_offset: offset, tag_size: size }) => offset + size <= bytes.length)
        .map(({ tag_offset: offset, tag_size: size, track, ts }) => {
          return `${offset} ${offset + size - 4} ${track === 'video' ? 9 : 8} ${ts}`;
        });
      const { tags } = walkBytes(bytes);
      assert.deepEqual(tags.filter((tag) => tag.split(' ')[2] !== '18').slice(0, expected.length), expected, name);
      assert.ok(expected.length > 10);
    }
  });

  it('reads little more than the headers where tags are large', () => {
    const picture = new Uint8Array(11 + 100_000 + 4);
    picture.set([9, ...u24(100_000), 0, 0, 0, 0, 0, 0, 0, 0x27, 1]);
    picture.set([0, ...u24(11 + 100_000)], 11 + 100_000);
    const bytes = joined(sound.slice(0, 13), ...Array.from({ length: 50 }, () => picture));
    const source = forgetfulSource(bytes);
    assert.equal(walk(source).tags.length, 50);
    assert.ok(source.bytesRead < bytes.length / 20, `${source.bytesRead} of ${bytes.length} bytes`);
  });

  it('keeps a last tag whose data is whole, wherever behind it the file ends', () => {
    const { tags } = walkBytes(sound);
    const [start, end] = [starts(tags).at(-1)!, ends(tags).at(-1)!];
    for (let length = start + 1; length < sound.length; length++) {
      const cut = walkBytes(sound.slice(0, length));
      if (length >= end) assert.deepEqual([cut.tags.length, cut.others], [tags.length, []], `cut at ${length}`);
      else {
        // Also where the file ends within the header of the tag.
        assert.equal(cut.tags.length, tags.length - 1);
        assert.equal(cut.others[0]!.split(' ').slice(0, 4).join(' '), `gap ${start} ${length} true`);
      }
    }
  });

  it('tells a tail of zeros from a torn tag', () => {
    const { tags } = walkBytes(sound);
    const tail = walkBytes(joined(sound, new Uint8Array(70_000)));
    assert.deepEqual(tail.tags, tags);
    assert.deepEqual(tail.others, [`gap ${sound.length} ${sound.length + 70_000} false ${sound.length}`]);
    const torn = joined(sound.slice(0, sound.length - 30), new Uint8Array(4096));
    const both = walkBytes(torn);
    assert.deepEqual(both.tags, tags.slice(0, -1));
    assert.match(both.others[0]!, new RegExp(`^gap ${starts(tags).at(-1)} ${torn.length} true ${sound.length - 30}$`));
  });

  it('goes on behind a hole of zeros or garbage with the first tag that is whole, and gives no false one', () => {
    const random = seededRandom(11);
    const all = walkBytes(sound).tags;
    for (let round = 0; round < 200; round++) {
      const from = 300 + random.below(sound.length - 4000);
      const to = from + 1 + random.below(3000);
      const bytes = sound.slice();
      const zeros = round % 2 === 0;
      for (let at = from; at < to; at++) bytes[at] = zeros ? 0 : random.below(256);
      const { tags } = walkBytes(bytes);
      const untouched = all.filter((tag) => {
        const [start, end] = tag.split(' ').map(Number);
        return end! + 4 <= from || start! >= to;
      });
      const kept = new Set(tags);
      for (const tag of untouched) assert.ok(kept.has(tag), `hole ${from} to ${to}: ${tag} was lost`);
      for (const tag of tags) assert.ok(all.includes(tag), `hole ${from} to ${to}: ${tag} is false`);
    }
  });

  it('keeps the tag before a hole of zeros that begins in the size behind it', () => {
    const { tags } = walkBytes(sound);
    const index = tags.findIndex((tag) => starts([tag])[0]! > 1000);
    const [end] = ends([tags[index]!]);
    for (const length of [500, sound.length]) {
      // The first bytes of the size are zeros themselves.
      for (const from of [end! + 3, end! + 4]) {
        const bytes = sound.slice().fill(0, from, Math.min(from + length, sound.length));
        assert.deepEqual(walkBytes(bytes).tags.slice(0, index + 1), tags.slice(0, index + 1), `${from} for ${length}`);
      }
    }
  });

  it('does not believe a single tag among strange bytes', () => {
    const lone = new Uint8Array(64).fill(0x77);
    lone.set([8, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0xaf, 1, 0, 0, 0, 13], 20);
    const at = starts(walkBytes(sound).tags)[5]!;
    const { tags, others } = walkBytes(joined(sound.slice(0, at), lone, sound.slice(at)));
    assert.equal(tags.length, walkBytes(sound).tags.length);
    assert.deepEqual(others, [`gap ${at} ${at + 64} false ${at + 64}`]);
  });

  it('believes tags whose PreviousTagSize is wrong everywhere', () => {
    const { tags } = walkBytes(sound);
    for (const size of [0, 1, 0xffffffff]) {
      const bytes = sound.slice();
      for (const end of ends(tags)) new DataView(bytes.buffer).setUint32(end, size);
      const walked = walkBytes(bytes);
      assert.deepEqual(walked.tags, tags, `size ${size}`);
    }
  });

  it('finds the header of a file that was appended, whole or torn before it', () => {
    const { tags } = walkBytes(sound);
    const twice = walkBytes(joined(sound, sound));
    assert.equal(twice.tags.length, 2 * tags.length);
    assert.deepEqual(twice.others, [`header ${sound.length} ${sound.length + 13} false 0`]);
    const torn = sound.slice(0, sound.length - 30);
    const both = walkBytes(joined(torn, sound));
    assert.equal(both.tags.length, 2 * tags.length - 1);
    assert.deepEqual(
      both.others.map((other) => other.split(' ')[0]),
      ['gap', 'header'],
    );
  });

  it('comes to an end over whatever bytes there are', () => {
    for (const { bytes, description } of mutants(sound, { seed: 70, count: 400, other: emsFlv('video-only') })) {
      const { tags, others } = walkBytes(bytes);
      let at = 0;
      for (const start of [...starts(tags), ...others.map((other) => Number(other.split(' ')[1]))].toSorted(
        (a, b) => a - b,
      )) {
        assert.ok(start >= at && start <= bytes.length, description);
        at = start;
      }
    }
  });
});

describe('the survey of an FLV', () => {
  async function survey(bytes: Uint8Array): Promise<{ survey: FlvSurvey; findings: Findings }> {
    const source = forgetfulSource(bytes, 'rec.flv');
    const findings = new Findings();
    const made = new FlvSurvey(source, findings);
    await surveyTags(source, new TagReader(source, firstTagOffset(source) ?? 0), made, { pace: new Pace() });
    made.reportGaps(source.size);
    made.finish();
    return { survey: made, findings };
  }

  it('finds nothing wrong with recordings closed in good order', async () => {
    const codes = async (bytes: Uint8Array): Promise<string[]> =>
      (await survey(bytes)).findings.list().map(({ code }) => code);
    assert.deepEqual(await codes(sound), []);
    assert.deepEqual(await codes(wholeTags(goRecording('aac_only_flv', 'recording.flv'))), []);
  });

  it('counts frames and key frames as the truth does', async () => {
    const { survey: found } = await survey(sound);
    const truth = truthTags('h264_aac').filter(({ kind, tag_offset: at, tag_size: size }) => {
      return kind === undefined && at + size <= sound.length;
    });
    assert.equal(found.video.frames, truth.filter(({ track }) => track === 'video').length);
    assert.equal(found.audio.frames, truth.filter(({ track }) => track === 'audio').length);
    assert.deepEqual(
      [...found.keyFrameOffsets.values()],
      truth.filter(({ track, key }) => track === 'video' && key === true).map(({ tag_offset: at }) => at),
    );
    assert.deepEqual([found.video.codec, found.audio.codec], ['avc1', 'mp4a']);
    assert.equal(found.metadataOffset, 13);
    assert.ok(new ByteReader(found.metadata!.data).remaining > 100);
  });
});
