/** What a rewrite comes to follows from the survey where nothing but `onMetaData` is replaced: as a walk would have found it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { surveyRecording } from '../../../src/rescue/flv/survey-recording.ts';
import { FileSource } from '../../../src/io/file-source.ts';
import { Pace } from '../../../src/io/pace.ts';
import { decide } from '../../../src/rescue/flv/assess.ts';
import { layOutTags, shiftedLayout, type Layout } from '../../../src/rescue/flv/layout.ts';
import { allFlv } from '../../flv/recordings.ts';
import { scratchDirectory } from '../../support/scratch.ts';
import { flvBytes, isKeyFrame, isMedia, place, type FlvTag } from './flv-tags.ts';

/** The tags up to the first that is not whole. */
function wholeTags(bytes: Uint8Array): FlvTag[] {
  const view = Buffer.from(bytes);
  const tags: FlvTag[] = [];
  for (let at = 13; at + 15 <= view.length;) {
    const size = view.readUIntBE(at + 1, 3);
    if (at + 15 + size > view.length) break;
    const timestamp = view.readUIntBE(at + 4, 3) + view[at + 7]! * 2 ** 24;
    tags.push({ type: view[at]!, timestamp, data: view.subarray(at + 11, at + 11 + size) });
    at += 15 + size;
  }
  return tags;
}

function plain({ video, audio, bytes, tags, keyFrameOffsets, keyFrameTimestamps }: Layout): object {
  const tracks = [video, audio].map(({ clock, ...sums }) => ({
    frames: sums.frames,
    keyFrames: sums.keyFrames,
    bytes: sums.bytes,
    endsInKeyFrame: sums.endsInKeyFrame,
    longestComposition: sums.longestComposition,
    clock: [clock.first, clock.lowest, clock.highest, clock.usualStep, clock.elapsed, clock.stalls],
  }));
  return { tracks, bytes, tags, offsets: [...keyFrameOffsets.values()], times: [...keyFrameTimestamps.values()] };
}

/** Both ways to the layout of what `flv-fix --index` makes; the first is undefined where tags have to be walked. */
async function layouts(path: string): Promise<[Layout | undefined, Layout]> {
  const source = new FileSource(path);
  try {
    const pace = new Pace();
    const surveyed = await surveyRecording(source, () => [], pace);
    const options = {
      index: true,
      retime: undefined,
      maxGapSeconds: 10,
      dedupeHeaders: false,
      dropRepeats: false,
      inPlace: true,
    };
    const { context } = await decide(surveyed, options, pace);
    return [shiftedLayout(surveyed.survey, context), await layOutTags(source, context, surveyed.survey, pace)];
  } finally {
    source.close();
  }
}

for (const [name, bytes] of allFlv()) {
  test(`the layout of ${name} follows from its survey`, async (t) => {
    const directory = scratchDirectory(t);
    const tags = wholeTags(bytes);
    const media = tags.filter(isMedia);
    const script = tags.find(({ type }) => type === 18)!;
    for (const [way, list] of [
      ['as it is', tags],
      ['without onMetaData', media],
      ['with it behind media', [...media.slice(0, 20), script, ...media.slice(20)]],
      ['with two of them', [script, ...media.slice(0, 20), script, ...media.slice(20)]],
    ] as const) {
      const [shifted, walked] = await layouts(place(directory, 'rec.flv', flvBytes(list)));
      assert.ok(shifted !== undefined, way);
      assert.deepEqual(plain(shifted), plain(walked), way);
      assert.equal(shifted.keyFrameOffsets.length, list.filter(isKeyFrame).length, way);
    }
    // What has to be left out is not in the survey's sums: the tags are walked.
    const torn = Buffer.concat([flvBytes(tags), Buffer.from('08ffff', 'hex')]);
    const [shifted] = await layouts(place(directory, 'torn.flv', torn));
    assert.equal(shifted, undefined);
  });
}
