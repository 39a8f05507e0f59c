/** What `onMetaData` says of codecs, picture size and audio, held against sequence headers and tags. */
import { SoundFormat } from '../../../flv/audio-tag.ts';
import { summarizeConfiguration } from '../../../flv/configuration-summary.ts';
import type { KeptTag, TrackSurvey } from '../../../flv/track-survey.ts';
import { atMost, boolean, expect, number, type Expectation } from '../expectations.ts';
import type { FixContext } from '../plan.ts';

/** SoundRate of legacy headers. */
const legacyRates = [5512, 11_025, 22_050, 44_100] as const;
/** Bits of a sample, for all audio that is compressed. */
const compressedSampleSize = 16;

/** Holds the values of each track that has tags against the survey. */
export function repairCodecValues(context: FixContext): void {
  const { video, audio } = context.survey;
  if (video.frames + video.headers > 0) expect(context, videoExpectations(context, video));
  if (audio.frames + audio.headers > 0) expect(context, audioExpectations(context, audio));
}

/** The configuration that is in force for the first frame: the track's own, or the one that is put in. */
function configurationOf(context: FixContext, track: TrackSurvey): Uint8Array | undefined {
  const inserted = context.inserted.find(({ kind }) => kind === track.kind)?.data;
  const header: Pick<KeptTag, 'data' | 'headerLength'> | undefined =
    inserted === undefined ? track.firstHeader : { data: inserted, headerLength: insertedHeaderLength(track) };
  return header?.data.subarray(header.headerLength);
}

function insertedHeaderLength({ kind, legacyId }: TrackSurvey): number {
  if (legacyId === undefined) return 5;
  return kind === 'video' ? 5 : 2;
}

/** The number that stands for a codec: that of legacy headers, or the four characters (Enhanced RTMP). */
function codecNumber({ legacyId, codec }: TrackSurvey): number {
  return legacyId ?? Buffer.from(codec.padEnd(4).slice(0, 4), 'latin1').readUInt32BE();
}

function codecExpectation(name: string, track: TrackSurvey): Expectation[] {
  if (track.codec === '') return [];
  const right = codecNumber(track);
  const fourCC = Buffer.from(track.codec.padEnd(4).slice(0, 4), 'latin1').readUInt32BE();
  return [
    {
      name,
      minor: true,
      right: number(right),
      // Names such as `avc1` are what Adobe's own encoder writes.
      isRight: (value) => value.kind === 'string' || (value.kind === 'number' && [right, fourCC].includes(value.value)),
    },
  ];
}

function videoExpectations(context: FixContext, track: TrackSurvey): Expectation[] {
  const expectations = codecExpectation('videocodecid', track);
  const { width, height, shownWidth } = summarizeConfiguration(track.codec, configurationOf(context, track));
  if (width === undefined || height === undefined) return expectations;
  return [
    ...expectations,
    // Some recorders write the size as it is shown.
    { name: 'width', right: number(width), isRight: atMost(1, width, shownWidth ?? width) },
    { name: 'height', right: number(height), isRight: atMost(1, height) },
  ];
}

function audioExpectations(context: FixContext, track: TrackSurvey): Expectation[] {
  const expectations = codecExpectation('audiocodecid', track);
  const configuration = configurationOf(context, track);
  const { legacyId, firstByte } = track;
  const isPlain =
    legacyId === SoundFormat.linearPcmPlatformEndian ||
    legacyId === SoundFormat.linearPcmLittleEndian ||
    legacyId === SoundFormat.mp3;
  if (track.codec === 'mp4a' && configuration !== undefined) {
    const { sampleRate, coreSampleRate, channels } = summarizeConfiguration(track.codec, configuration);
    if (sampleRate === undefined) return expectations;
    expectations.push(
      {
        name: 'audiosamplerate',
        minor: true,
        right: number(sampleRate),
        isRight: atMost(0, sampleRate, coreSampleRate ?? sampleRate),
      },
      sampleSize(compressedSampleSize),
    );
    if (channels === undefined) return expectations;
    expectations.push({
      name: 'audiochannels',
      right: number(channels),
      isRight: says(channels),
      optional: true,
      minor: true,
    });
    // What a recorder says of more than two channels is a matter of taste.
    if (channels <= 2) {
      expectations.push({
        name: 'stereo',
        right: boolean(channels === 2),
        isRight: isBoolean(channels === 2),
        minor: true,
      });
    }
  } else if (isPlain) {
    const rate = legacyRates[(firstByte >>> 2) & 3]!;
    const isStereo = (firstByte & 1) === 1;
    expectations.push(
      { name: 'audiosamplerate', right: number(rate), isRight: atMost(rate / 50, rate), minor: true },
      sampleSize((firstByte & 2) === 0 ? 8 : 16),
      { name: 'stereo', right: boolean(isStereo), isRight: isBoolean(isStereo), minor: true },
    );
  }
  return expectations;
}

/** A number, which some recorders write as text. */
function says(right: number): Expectation['isRight'] {
  return (value) =>
    (value.kind === 'number' ? value.value : value.kind === 'string' ? Number(value.text) : Number.NaN) === right;
}

function isBoolean(right: boolean): Expectation['isRight'] {
  return (value) => value.kind === 'boolean' && value.value === right;
}

/** Only 0 is surely wrong: recorders mean different things by it. */
function sampleSize(bits: number): Expectation {
  return {
    name: 'audiosamplesize',
    minor: true,
    right: number(bits),
    isRight: (value) => value.kind === 'number' && value.value > 0,
  };
}
