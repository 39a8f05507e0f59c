/**
 * The cells of the matrix of recordings, what arrives in each, and how far audio and pictures of a result are apart. Which
 * cells there are follows from a fixed seed.
 */
import { createHash } from 'node:crypto';
import { indexLosses } from './index-losses.ts';
import { readMovieSamples } from './movie-samples.ts';
import {
  perSecond,
  pictureRates,
  samplingRates,
  type ArrivedSample,
  type EncodedTrack,
  type PictureRate,
} from './recorded-sets.ts';

const dimensions = {
  hertz: samplingRates,
  rate: pictureRates,
  loss: Object.keys(indexLosses),
  late: [0, 0.3, 1, 3, 5, -0.3, -1, -3, -5],
  pause: [0, 1, 2, 4, 10, -1, -2, -4, -10],
  rhythm: ['announced', 'unannounced', 'varying'],
} as const;

/** A cell of the matrix: above 0 audio is late or pauses, below 0 the pictures do; seconds. */
export type Cell = { readonly [D in keyof typeof dimensions]: (typeof dimensions)[D][number] };

/** A cell of one more rate of pictures. */
export type CellAtRate = Omit<Cell, 'rate'> & { readonly rate: PictureRate };

/** Numbers below `limit` that look like chance and are the same each time. */
function chance(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}

/** Cells in which every pair of values of any two dimensions occurs. */
export function pairwise(): Cell[] {
  const names = Object.keys(dimensions) as (keyof typeof dimensions)[];
  const pairsOf = (cell: Cell): string[] =>
    names.flatMap((one, n) => names.slice(n + 1).map((other) => `${one} ${cell[one]} ${other} ${cell[other]}`));
  const next = chance(20_261_129);
  const draw = (): Cell =>
    Object.fromEntries(names.map((name) => [name, dimensions[name][next(dimensions[name].length)]])) as Cell;
  const met = new Set<string>();
  let all = 0;
  for (const [n, one] of names.entries()) {
    for (const other of names.slice(n + 1)) all += dimensions[one].length * dimensions[other].length;
  }
  const cells: Cell[] = [];
  while (met.size < all) {
    const drawn = Array.from({ length: 40 }, draw);
    const news = drawn.map((cell) => pairsOf(cell).filter((pair) => !met.has(pair)).length);
    const best = drawn[news.indexOf(Math.max(...news))]!;
    cells.push(best);
    for (const pair of pairsOf(best)) met.add(pair);
  }
  return cells;
}

/** Further cells, which have shown what pairs do not: rates that vary beside long pauses, and frames longer than a pause shows. */
export const drawnCells: readonly Cell[] = (
  [
    [44_100, '25', 'the first half of the video’s track file is zero', -1, 4, 'varying'],
    [44_100, '60', 'the first half of the video’s track file is zero', 0, 10, 'varying'],
    [48_000, '25', 'the second half of the audio’s track file is zero', 5, 10, 'varying'],
    [22_050, '50', 'the second half of the video’s track file is zero', -5, 10, 'varying'],
    [8000, '24', '.info is empty', 5, 1, 'varying'],
    [8000, '60', '.info and the video’s track file are lost', 1, -1, 'announced'],
    [32_000, '50', 'the first half of the video’s track file is zero', -5, -2, 'varying'],
  ] as const
).map(([hertz, rate, loss, late, pause, rhythm]) => ({ hertz, rate, loss, late, pause, rhythm }));

/** When a track is silent: before it begins, and while it pauses; seconds. */
function isSilent(kind: 'video' | 'audio', decoded: number, { late, pause }: CellAtRate): boolean {
  const sign = kind === 'audio' ? 1 : -1;
  const begins = Math.max(0, sign * late);
  // Pictures stop and go on at key frames, of which there is one a second.
  const paused = Math.max(0, sign * pause);
  const start = kind === 'video' ? Math.ceil(begins) : begins;
  return decoded < start || (decoded >= pausesAt && decoded < pausesAt + paused);
}

export const pausesAt = 6;

/** What arrived of both tracks, in the order of decoding as a server writes it. */
export function arrivedIn(cell: CellAtRate, pictures: EncodedTrack, audio: EncodedTrack): ArrivedSample[] {
  const rate = perSecond(cell.rate);
  // A rate that swings by half, so that pictures stay in their order.
  const clock = (decoded: number): number =>
    cell.rhythm === 'varying' ? decoded + (0.4 / 1.3) * Math.sin(1.3 * decoded) : decoded;
  const arrived: ArrivedSample[] = [];
  for (const sample of pictures.samples) {
    if (isSilent('video', sample.decoded + 0.5 / rate, cell)) continue;
    const time = Math.round(1000 * clock(sample.decoded));
    arrived.push({ ...sample, time, offset: Math.round(1000 * clock(sample.shown)) - time });
  }
  for (const sample of audio.samples) {
    if (isSilent('audio', sample.decoded, cell)) continue;
    arrived.push({ ...sample, time: Math.round(1000 * sample.decoded), offset: 0 });
  }
  return arrived.sort((a, b) => a.time - b.time);
}

const keyOf = (bytes: Uint8Array): string => createHash('sha1').update(bytes).digest('hex').slice(0, 16);

/** Seconds within which audio beside a picture is heard with it. */
const together = 0.1;

export interface Apart {
  /** Milliseconds that 95 % of the pictures are at most off against their audio. */
  readonly percentile: number;
  /** Pictures and audio frames that came back. */
  readonly found: readonly [number, number];
  /** Milliseconds that lie between the first and the last picture more than between those that were recorded. */
  readonly longer: number;
}

/** How far pictures are off against the audio that was recorded with them. */
export function apart(file: string, arrived: readonly ArrivedSample[]): Apart {
  const { streams, packets } = readMovieSamples(file);
  const made = new Map<string, number[]>();
  for (const { stream, ptsTicks, sha1 } of packets) {
    const own = made.get(sha1.slice(0, 16)) ?? [];
    own.push((1000 * ptsTicks!) / Number(streams[stream]!.time_base.split('/')[1]));
    made.set(sha1.slice(0, 16), own);
  }
  const off = { video: [] as { time: number; by: number }[], audio: [] as { time: number; by: number }[] };
  for (const { kind, time, offset, bytes } of arrived) {
    const shown = made.get(keyOf(bytes))?.shift();
    if (shown !== undefined) off[kind].push({ time: time + offset, by: shown - time - offset });
  }
  const errors: number[] = [];
  let at = 0;
  const { audio } = off;
  for (const { time, by } of off.video.sort((a, b) => a.time - b.time)) {
    while (at + 1 < audio.length && Math.abs(audio[at + 1]!.time - time) <= Math.abs(audio[at]!.time - time)) at++;
    const beside = audio[at];
    if (beside !== undefined && Math.abs(beside.time - time) < 1000 * together) errors.push(Math.abs(by - beside.by));
  }
  errors.sort((a, b) => a - b);
  return {
    longer: (off.video.at(-1)?.by ?? 0) - (off.video[0]?.by ?? 0),
    percentile: errors[Math.floor(errors.length * 0.95)] ?? 0,
    found: [off.video.length, off.audio.length],
  };
}
