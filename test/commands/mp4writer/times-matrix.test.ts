/**
 * Staging sets over all rates of audio and pictures, beginnings, pauses and rhythms, of which index files are lost, zeroed
 * or torn: audio and pictures are together to 40 ms for 95 % of the pictures, and never further apart than the report says.
 * Every pair of circumstances occurs; which cells there are follows from a fixed seed.
 */
import assert from 'node:assert/strict';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { SalvorError } from '../../../src/media/errors.ts';
import { needs } from '../../support/judges.ts';
import { indexLosses, ratesLost } from './index-losses.ts';
import {
  encodedAudio,
  encodedPictures,
  pictureRates,
  samplingRates,
  writeStagingSet,
  type EncodedTrack,
} from './recorded-sets.ts';
import { memoryDirectory, recoverInProcess } from './recovered-set.ts';
import { apart, arrivedIn, drawnCells, pairwise, type CellAtRate } from './times-matrix.ts';
import { unannounced } from './unannounced.ts';
import { countNoLines } from '../../support/uncounted.ts';
import { trialsOf } from '../../support/trials.ts';

countNoLines();

const seconds = 17;
const limitMs = 40;
/** Pictures behind the last audio frame come when nothing tells, where their rate varies. */
const endLimitMs = 250;

/** Milliseconds that a report says audio and pictures may be off against each other, and pictures among themselves. */
function statedBound(findings: readonly { readonly message: string }[]): number {
  const most = (pattern: RegExp): number =>
    Math.max(0, ...findings.map(({ message }) => Number(pattern.exec(message)?.[1] ?? 0)));
  return 1000 * (most(/(?:at most|by up to|, to) ([\d.]+) s/) + most(/up to ([\d.]+) s early/));
}

describe('staging sets whose index is lost, over all rates, beginnings and pauses', needs('ffmpeg'), () => {
  const directory = memoryDirectory({ after });
  const pictures = new Map<string, EncodedTrack>();
  const audio = new Map<number, EncodedTrack>();
  before(async () => {
    for (const rate of pictureRates) {
      const encoded = await encodedPictures({ after }, rate, seconds);
      pictures.set(`announced ${rate}`, encoded);
      pictures.set(`unannounced ${rate}`, unannounced(encoded));
    }
    for (const hertz of samplingRates) audio.set(hertz, await encodedAudio({ after }, hertz, seconds));
  });

  test('audio and pictures stay together', async (t) => {
    const failures: string[] = [];
    const errors: number[] = [];
    for (const [n, cell] of trialsOf([...pairwise(), ...drawnCells], 3).entries()) {
      const shown = pictures.get(`${cell.rhythm === 'announced' ? '' : 'un'}announced ${cell.rate}`)!;
      const heard = audio.get(cell.hertz)!;
      const arrived = arrivedIn(cell, shown, heard);
      const folder = join(directory, String(n));
      mkdirSync(folder);
      const recording = join(folder, 'rec.mp4');
      writeStagingSet(recording, arrived, { video: shown.configuration, audio: heard.configuration });
      indexLosses[cell.loss]!(recording);
      const outcome = await recoverInProcess(recording);
      const name = JSON.stringify(cell);
      if (outcome instanceof SalvorError) {
        failures.push(`${name}: ${outcome.message}`);
      } else {
        const { percentile, found } = apart(recording, arrived);
        errors.push(percentile);
        const lost = arrived.length - found[0] - found[1];
        const warned = outcome.findings
          .filter(({ severity }) => severity !== 'note')
          .map(({ code, message }) => `${code}: ${message}`);
        const stated = statedBound(outcome.findings);
        const isUnstated = percentile > (stated === 0 ? limitMs : stated);
        if (percentile > limitMs || isUnstated || lost > 0) {
          failures.push(
            `${name}: ${percentile.toFixed(0)} ms, ${stated.toFixed(0)} stated, ${lost} of ${arrived.length} lost; ${warned.join(' | ')}`,
          );
        }
      }
      rmSync(folder, { recursive: true });
    }
    errors.sort((a, b) => a - b);
    t.diagnostic(`${errors.length} sets, ${failures.length} over; worst ${errors.at(-1)?.toFixed(1)} ms`);
    assert.deepEqual(failures, []);
  });

  /** Recovers a set of a cell, and says what is wrong with it; `isTold`: whether something that is left tells the rate of the audio. */
  async function faultOf(cell: CellAtRate, shown: EncodedTrack, isTold: boolean): Promise<string | undefined> {
    const { hertz, loss } = cell;
    const heard = audio.get(hertz)!;
    const arrived = arrivedIn(cell, shown, heard);
    const folder = join(directory, 'rates');
    mkdirSync(folder);
    const recording = join(folder, 'rec.mp4');
    writeStagingSet(recording, arrived, { video: shown.configuration, audio: heard.configuration });
    ratesLost[loss]!(recording);
    const outcome = await recoverInProcess(recording);
    if (outcome instanceof SalvorError) assert.fail(`${loss}, ${hertz} Hz: ${outcome.message}`);
    const { percentile, longer } = apart(recording, arrived);
    const rate = outcome.tracks.find(({ kind }) => kind === 'audio')?.sampleRate;
    rmSync(folder, { recursive: true });
    const isRight =
      rate === hertz && Math.abs(longer) <= (cell.rhythm === 'varying' ? endLimitMs : limitMs) && percentile <= limitMs;
    // What nothing tells is said, and the length that it has is one of those that are named.
    const named = outcome.findings
      .filter(({ code, severity }) => code === 'times-assumed' && severity === 'warning')
      .map(({ message }) => Number(new RegExp(`([\\d.]+) s at ${hertz} Hz`).exec(message)?.[1] ?? 0));
    const isNamed = named.some((length) => Math.abs(length - (heard.samples.length * 1024) / hertz) <= 0.06);
    if (isRight || (!isTold && isNamed)) return undefined;
    return `${JSON.stringify(cell)}: ${rate} Hz, ${percentile.toFixed(0)} ms, ${longer.toFixed(0)} ms longer, ${named.join(', ')} s named`;
  }

  test('audio whose frames last whole milliseconds has its rate, and stays with the pictures', async () => {
    const failures: (string | undefined)[] = [];
    for (const loss of Object.keys(ratesLost)) {
      for (const hertz of [8000, 16_000, 32_000, 44_100, 48_000] as const) {
        for (const rhythm of ['announced', 'unannounced', 'varying'] as const) {
          for (const rate of ['25', '50'] as const) {
            // Of the other losses other rates show nothing new.
            const isOther = !loss.endsWith('the audio’s track file are lost');
            if (rate === '50' && (rhythm === 'varying' || isOther)) continue;
            if (hertz === 48_000 && isOther) continue;
            // Nothing tells 32 from 44.1 kHz where pictures come at a varying rate that nothing recorded.
            const isTold = rhythm !== 'varying' || (hertz !== 32_000 && hertz !== 48_000);
            const cell = { hertz, rate, loss, late: 0, pause: 0, rhythm } as const;
            const shown = pictures.get(`${rhythm === 'announced' ? '' : 'un'}announced ${rate}`)!;
            failures.push(await faultOf(cell, shown, isTold));
          }
        }
      }
    }
    assert.deepEqual(
      failures.filter((failure) => failure !== undefined),
      [],
    );
  });

  test('without any witness of the rates, the lengths that are named have the right one among them', async () => {
    const failures: (string | undefined)[] = [];
    for (const rate of ['10', '20', '50'] as const) {
      // Neither announced nor, without B-frames, shown by how long any picture is held back.
      const shown = unannounced(await encodedPictures({ after }, rate, seconds, 0));
      for (const loss of ['.info and the audio’s track file are lost', 'all index files are lost']) {
        for (const hertz of [32_000, 44_100, 48_000] as const) {
          const cell = { hertz, rate, loss, late: 0, pause: 0, rhythm: 'unannounced' } as const;
          failures.push(await faultOf(cell, shown, false));
        }
      }
    }
    assert.deepEqual(
      failures.filter((failure) => failure !== undefined),
      [],
    );
  });
});
