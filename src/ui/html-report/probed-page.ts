/** The page of a recording that was only looked at: what it is, whether it is intact, what to do about it. */
import type { ProbedRecording, ProbedTrack, Verdict } from '../../media/probed-recording.ts';
import { shareLine } from '../kept-share.ts';
import { formatBytes, formatDuration } from '../units.ts';
import { assumptionList, findingTable } from './findings.ts';
import type { IndexEntry } from './index-page.ts';
import { drawing, placeOf, round } from './lane.ts';
import { markup, type Markup } from './markup.ts';
import { asTable, commandOf, page, section, table, type PageContext, type Row } from './page.ts';
import { axis, formatTime, timelineFigure } from './timeline.ts';
import { trackFactsOf } from './track-facts.ts';

const moods: Readonly<Record<Verdict, IndexEntry['mood']>> = {
  complete: 'good',
  unfinished: 'warn',
  foreign: 'warn',
  damaged: 'bad',
  unreadable: 'bad',
};

const sentences: Readonly<Record<Verdict, string>> = {
  complete: 'Nothing is missing, and nothing contradicts itself enough to lose media.',
  unfinished: 'The recorder never closed it.',
  damaged: 'Media or index was lost, or cannot be true.',
  foreign: 'It is of a format that salvor can name and not read.',
  unreadable: 'Nothing can be said of it.',
};

const gapHeight = 22;

/** The entry of such a recording in an index. */
export function probedEntryOf(recording: ProbedRecording, link?: string): IndexEntry {
  const { verdict } = recording.health;
  return {
    name: recording.path,
    link,
    word: verdict,
    mood: moods[verdict],
    line: lineOf(recording),
    share: '',
    stretches: [],
  };
}

/** The page. `back`: a link to the page that lists this recording among others. */
export function probedPage(recording: ProbedRecording, context: PageContext, back?: string): string {
  const { path, health, tracks } = recording;
  const content = [
    markup`<h1>${path}</h1>`,
    markup`<div class="verdict ${moods[health.verdict]}"><p class="word">${health.verdict}</p><p class="line">${sentences[health.verdict]}</p><p>${lineOf(recording)}</p>${
      health.deep ? undefined : markup`<p>Only index, head and tail were read; probe --deep reads all of it.</p>`
    }</div>`,
    section('Tracks', [trackTable(tracks)]),
    section('Time without samples', [gapFigure(recording)]),
    section('What would come back', [expectedFigure(recording)]),
    section('What was found', [findingTable(health.findings)]),
    section('What was assumed', [assumptionList(health.findings, [])]),
    section(
      'What to do next',
      health.advice.map(({ purpose, command }) => commandOf(purpose, command)),
    ),
    section('Files', [
      table(
        'Files of the recording',
        ['File', '#Bytes', '#Size'],
        recording.files.map((file) => [file.path, file.bytes, formatBytes(file.bytes)]),
      ),
    ]),
  ];
  return page(context, { title: path, content, back });
}

/** What the verb that is advised would bring back, over time; nothing where there is none, or it was not asked. */
function expectedFigure({ expected }: ProbedRecording): Markup | undefined {
  if (expected === undefined) return undefined;
  const facts = expected.tracks.map(trackFactsOf);
  const line = shareLine({ outcome: 'would-make', tracks: expected.tracks });
  return markup`${line === undefined ? undefined : markup`<p>With salvor ${expected.verb}, ${line}.</p>`}${timelineFigure(facts)}`;
}

function lineOf({ containerName, recorder, files, health }: ProbedRecording): string {
  const { durationSeconds: seconds, claimedDurationSeconds: claimed } = health;
  return [
    containerName,
    recorder === undefined ? '' : `by ${recorder}`,
    seconds === undefined ? '' : formatDuration(seconds),
    claimed === undefined ? '' : `claims ${formatDuration(claimed)}`,
    formatBytes(files.reduce((sum, { bytes }) => sum + bytes, 0)),
  ]
    .filter((part) => part !== '')
    .join(', ');
}

function trackTable(tracks: readonly ProbedTrack[]): Markup | undefined {
  return table(
    'Tracks of the recording',
    ['Track', 'Codec', 'Format', '#Samples', '#Key pictures', '#Bytes', '#Bit rate', '#Key picture every', '#Gaps'],
    tracks.map(
      ({
        index,
        kind,
        codec,
        codecTag,
        samples,
        keyFrames,
        bytes,
        bitRate,
        measuredBitRate,
        keyFrameInterval,
        gaps,
      }): Row => {
        const rate = bitRate ?? measuredBitRate;
        const format =
          kind === 'video'
            ? codec.width === undefined
              ? ''
              : `${codec.width}x${codec.height}`
            : codec.sampleRate === undefined
              ? ''
              : `${codec.sampleRate} Hz`;
        return [
          `#${index} ${kind}`,
          `${codec.name ?? codecTag}${codec.mimeCodec === undefined ? '' : ` (${codec.mimeCodec})`}`,
          format,
          samples,
          kind === 'video' ? keyFrames : undefined,
          bytes === undefined ? undefined : formatBytes(bytes),
          rate === undefined ? undefined : `${Math.round(rate / 1000)} kb/s`,
          keyFrameInterval === undefined ? undefined : `${keyFrameInterval.median.toFixed(2)} s`,
          gaps.length,
        ];
      },
    ),
  );
}

function gapFigure({ tracks, health }: ProbedRecording): Markup | undefined {
  const total = health.durationSeconds ?? 0;
  const holed = tracks.filter(({ gaps }) => gaps.length > 0);
  if (holed.length === 0 || total <= 0) return undefined;
  const lanes = holed.map(({ index, kind, gaps }) => {
    const drawn = gaps.map(({ atSeconds, durationSeconds }) => {
      const x = placeOf(atSeconds, total);
      const width = round(Math.max(placeOf(durationSeconds, total), 3));
      return markup`<rect class="lost" x="${Math.min(x, 1000 - width)}" y="0" width="${width}" height="${gapHeight}" data-start="${atSeconds}" data-end="${atSeconds + durationSeconds}"/>`;
    });
    const base = markup`<rect class="described" x="0" y="0" width="1000" height="${gapHeight}"/>`;
    return markup`<div class="lane"><h3>#${index} ${kind}</h3>${drawing(`gaps-${index}`, `Gaps of track ${index}`, `${gaps.length} gaps`, gapHeight, [base, ...drawn])}</div>`;
  });
  const rows = holed.flatMap(({ index, kind, gaps }) =>
    gaps
      .slice(0, 100)
      .map(({ atSeconds, durationSeconds }): Row => [
        `#${index} ${kind}`,
        formatTime(atSeconds),
        `${durationSeconds.toFixed(3)} s`,
      ]),
  );
  return markup`<figure class="gaps">${lanes}${axis(total)}${asTable(table('Time without samples', ['Track', '#At', '#For'], rows))}</figure>`;
}
