/**
 * Makes staging sets of any size from a genuine one: its samples again and again, with times running on. By itself it is
 * a program: `node dist/bench/make-set.js FOLDER GIGABYTES` or `… FOLDER day`.
 */
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { FileSink } from '../src/io/file-sink.ts';
import { readInfo, type StagingInfo, type TrackRecord } from '../src/staging/info.ts';
import type { StagingTrackConfiguration } from '../src/staging/set-writer.ts';
import { StagingWriter } from '../test/support/staging-writer.ts';
import { copyStagingCase, stagingFixtures } from '../test/support/fixtures.ts';
import type { TruthSample } from '../test/support/truth.ts';

export interface SetRequest {
  /** Path of the recording: the staging files are this and `.info`, `.mdat`, `.track1`, `.track2`. */
  readonly recording: string;
  /** Name of a clean fixture. */
  readonly fixture: string;
  /** Bytes of media, or seconds of it, that there are to be at least. */
  readonly until: { readonly mediaBytes: number } | { readonly seconds: number };
  /** Bits per second of video to enlarge the pictures to; as they are unless given. */
  readonly videoBitRate?: number;
}

export interface MadeSet {
  readonly recording: string;
  readonly mediaBytes: number;
  readonly samples: number;
  readonly seconds: number;
}

/** H.264 9.3.1.2: a slice coded with CABAC may be followed by any number of these, each with its emulation prevention byte. */
const cabacZeroWord = Uint8Array.of(0, 0, 3);

/**
 * A picture of about `size` bytes: its last slice is followed by zero words and its length says so. The chain of lengths
 * still closes and decoders still show the same picture.
 */
function enlarged(picture: Uint8Array, size: number): Uint8Array {
  const view = new DataView(picture.buffer, picture.byteOffset, picture.byteLength);
  let last = 0;
  for (let at = 0; at < picture.length; at += 4 + view.getUint32(at)) last = at;
  const words = Math.max(0, Math.round((size - picture.length) / cabacZeroWord.length));
  const result = new Uint8Array(picture.length + words * cabacZeroWord.length);
  result.set(picture);
  for (let at = picture.length; at < result.length; at += cabacZeroWord.length) result.set(cabacZeroWord, at);
  new DataView(result.buffer).setUint32(last, view.getUint32(last) + words * cabacZeroWord.length);
  return result;
}

interface Round {
  readonly samples: readonly (TruthSample & { readonly newSize: number })[];
  readonly media: Uint8Array;
  readonly milliseconds: number;
}

/** The fixture's samples with their bytes, ready to be repeated: one round. */
function oneRound(samples: readonly TruthSample[], mdat: Uint8Array, videoBitRate: number | undefined): Round {
  const end = (kind: 'audio' | 'video'): number => {
    const times = samples.filter(({ track }) => track === kind).map(({ dtsTicks }) => dtsTicks);
    return times.length < 2 ? 0 : 2 * times.at(-1)! - times.at(-2)!;
  };
  const start = Math.min(...samples.map(({ dtsTicks }) => dtsTicks));
  const milliseconds = Math.max(end('audio'), end('video')) - start;
  const videoBytes = samples.filter(({ track }) => track === 'video').reduce((sum, { size }) => sum + size, 0);
  const factor = videoBitRate === undefined ? 1 : (videoBitRate / 8) * (milliseconds / 1000) * (1 / videoBytes);
  const pieces = samples.map(({ track, offset, size }) => {
    const bytes = mdat.subarray(offset, offset + size);
    return track === 'video' && factor > 1 ? enlarged(bytes, size * factor) : bytes;
  });
  return {
    samples: samples.map((sample, index) => ({ ...sample, newSize: pieces[index]!.length })),
    media: Buffer.concat(pieces),
    milliseconds,
  };
}

function genuineSet(fixture: string): { info: StagingInfo; mdat: Uint8Array; samples: readonly TruthSample[] } {
  const [set] = stagingFixtures('clean', fixture);
  if (set === undefined) throw new Error(`there is no clean fixture ${fixture}`);
  if (set.truth.timescale.audio !== 1000 || set.truth.timescale.video !== 1000) {
    throw new Error(`${fixture} does not count in milliseconds`);
  }
  const directory = mkdtempSync(join(tmpdir(), 'salvor-bench-'));
  try {
    copyStagingCase('clean', fixture, directory);
    const read = readInfo(readFileSync(join(directory, `${set.base}.info`)));
    if ('fault' in read) throw new Error(`${fixture}: ${read.fault.message}`);
    return { info: read.info, mdat: readFileSync(join(directory, `${set.base}.mdat`)), samples: set.truth.samples };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Writes the set, in memory that does not depend on its size. */
export function makeSet(request: SetRequest): MadeSet {
  const { recording } = request;
  const { info, mdat, samples } = genuineSet(request.fixture);
  const round = oneRound(samples, mdat, request.videoBitRate);
  const rounds = Math.ceil(
    'seconds' in request.until
      ? (request.until.seconds * 1000) / round.milliseconds
      : request.until.mediaBytes / round.media.length,
  );
  const track = (record: TrackRecord | undefined): StagingTrackConfiguration | undefined => record;
  const open: { descriptor: number; sinks: FileSink[] }[] = [];
  const sinksFor = (suffix: string, offsets: readonly number[]): FileSink[] => {
    const descriptor = openSync(recording + suffix, 'w');
    const sinks = offsets.map((offset) => new FileSink(descriptor, offset, (error) => error as Error));
    open.push({ descriptor, sinks });
    return sinks;
  };
  try {
    const [media, mediaHeader] = sinksFor('.mdat', [16, 0]);
    const ids = info.audio === undefined || info.video === undefined ? [1] : [1, 2];
    const writer = new StagingWriter(
      {
        audio: track(info.audio),
        video: track(info.video),
        winQtCompat: 0,
        creationTime: info.creationTime,
      },
      {
        info: sinksFor('.info', [0])[0]!,
        media: media!,
        mediaHeader: mediaHeader!,
        tracks: new Map(ids.map((id) => [id, sinksFor(`.track${id}`, [0])[0]!])),
      },
    );
    for (let number = 0; number < rounds; number++) {
      for (const sample of round.samples) {
        const decodeTime = sample.dtsTicks + number * round.milliseconds;
        writer.index(
          { kind: sample.track, decodeTime, compositionOffset: sample.ctsTicks, sync: sample.sync },
          sample.newSize,
        );
      }
      media!.bytes(round.media);
    }
    writer.close();
    for (const { sinks } of open) for (const sink of sinks) sink.flush();
    return {
      recording,
      mediaBytes: writer.mediaBytes,
      samples: rounds * round.samples.length,
      seconds: (rounds * round.milliseconds) / 1000,
    };
  } finally {
    for (const { descriptor } of open) closeSync(descriptor);
  }
}

/** 25 pictures a second with B-frames and 5 Mbit/s of them: an ordinary live stream. */
export function makeLargeSet(recording: string, mediaBytes: number): MadeSet {
  return makeSet({ recording, fixture: 'av-bframes', until: { mediaBytes }, videoBitRate: 5_000_000 });
}

/** Hours of 30 pictures and 47 sounds a second, as small as they were recorded: a day has 6.6 million samples. */
export function makeDaySet(recording: string, seconds = 86_400): MadeSet {
  return makeSet({ recording, fixture: 'winqt', until: { seconds } });
}

if (process.argv[1] === import.meta.filename) {
  const [folder, size] = parseArgs({ allowPositionals: true }).positionals;
  if (folder === undefined || size === undefined) {
    console.error('make-set FOLDER GIGABYTES|day');
    process.exitCode = 2;
  } else {
    mkdirSync(folder, { recursive: true });
    const recording = join(folder, 'rec.mp4');
    const made = size === 'day' ? makeDaySet(recording) : makeLargeSet(recording, Number(size) * 1e9);
    console.log(`${made.recording}: ${made.samples} samples, ${made.mediaBytes} bytes, ${made.seconds} s of recording`);
  }
}
