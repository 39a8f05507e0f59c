/**
 * Arbitrary contents of staging files for property tests: everything the format can express, not only what the server
 * was seen to write.
 */
import fc from 'fast-check';
import type { InfoRun, StagingInfo, TrackRecord } from '../../src/staging/info.ts';
import type { StagingSample } from '../../src/staging/set-writer.ts';

const u8 = fc.integer({ min: 0, max: 0xff });
const u32 = fc.integer({ min: 0, max: 0xffffffff });
const i32 = fc.integer({ min: -0x80000000, max: 0x7fffffff });
/** What fits a 64-bit field and a double exactly. */
const u53 = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });
const i53 = fc.integer({ min: -Number.MAX_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER });

/** Plain objects, as the parsers make them. */
const plain = { noNullPrototype: true } as const;

const unsignedRun: fc.Arbitrary<InfoRun> = fc.record({ count: u32, value: u32 }, plain);
const signedRun: fc.Arbitrary<InfoRun> = fc.record({ count: u32, value: i32 }, plain);

function trackRecord(kind: TrackRecord['kind']): fc.Arbitrary<TrackRecord> {
  const isVideo = kind === 'video';
  return fc.record(
    {
      kind: fc.constant(kind),
      trackId: u8,
      width: isVideo ? u32 : fc.constant(0),
      height: isVideo ? u32 : fc.constant(0),
      timescale: fc.integer({ min: 1, max: 0xffffffff }),
      configuration: fc.uint8Array({ maxLength: 300 }),
      durationRuns: u32,
      lastDurationRun: unsignedRun,
      lastDecodeTime: i53,
      sameSizeFlag: u8,
      sizeOrCount: u32,
      compositionRuns: isVideo ? u32 : fc.constant(0),
      lastCompositionRun: isVideo ? signedRun : fc.constant({ count: 0, value: 0 }),
      is64: u32,
      sampleCount: u32,
    },
    plain,
  );
}

/** How a key-frame list of so many numbers stands in the file: a full last block of 1024 is missing. */
function listInFile(numbers: readonly number[]): StagingInfo['keyFrames'] {
  const present = numbers.length > 0 && numbers.length % 1024 === 0 ? numbers.length - 1024 : numbers.length;
  return { count: numbers.length, numbers: Uint32Array.from(numbers.slice(0, present)) };
}

const keyFrameList = fc.oneof(
  fc.array(u32, { maxLength: 40 }),
  fc.constantFrom(1023, 1024, 1025, 2048).map((count) => Array.from({ length: count }, (_, index) => 3 * index + 1)),
);

/** Any `.info`, with nothing stale behind it. */
export const anyInfo: fc.Arbitrary<StagingInfo> = fc
  .record({
    keyFrames: keyFrameList,
    sizeFieldOffset: fc.constantFrom(8, 40),
    mediaBytes: u53,
    movieTimescale: fc.integer({ min: 1, max: 0xffffffff }),
    winQtCompat: u8,
    creationTime: u53,
    nextTrackId: u32,
    tracksPresent: fc.constantFrom(1, 2, 3),
    audio: trackRecord('audio'),
    video: trackRecord('video'),
  })
  .map((value) => ({
    ...value,
    keyFrames: (value.tracksPresent & 2) === 0 ? undefined : listInFile(value.keyFrames),
    audio: (value.tracksPresent & 1) === 0 ? undefined : value.audio,
    video: (value.tracksPresent & 2) === 0 ? undefined : value.video,
    stale: new Uint8Array(0),
  }));

/** A sample as it arrives, with its size. */
export type SizedSample = StagingSample & { readonly size: number };

/** Samples of one track in runs: steps and composition offsets repeat as a real clock's do, and now and then step back. */
export function samplesOf(kind: StagingSample['kind']): fc.Arbitrary<SizedSample[]> {
  const piece = fc.record({
    length: fc.integer({ min: 1, max: 12 }),
    step: fc.oneof(fc.constantFrom(0, 23, 40, 3600), fc.integer({ min: -0x7fffffff, max: 0x7fffffff })),
    compositionOffset: kind === 'audio' ? fc.constant(0) : fc.oneof(fc.constantFrom(0, 40, 80), i32),
    size: fc.oneof(fc.constantFrom(1, 149), u32),
    sync: fc.boolean(),
  });
  return fc
    .tuple(fc.integer({ min: 0, max: 0xffffffff }), fc.array(piece, { maxLength: 20 }))
    .map(([start, pieces]) => {
      let decodeTime = start;
      return pieces.flatMap(({ length, step, compositionOffset, size, sync }) =>
        Array.from({ length }, () => {
          const sample = { kind, decodeTime, compositionOffset, size, sync };
          decodeTime += step;
          return sample;
        }),
      );
    });
}
