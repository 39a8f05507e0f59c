/**
 * How fast the ends of AAC access units are found, back to back and with no other clue, against `cat` of the same bytes.
 * The sounds are those of the recordings among the fixtures, over and over. And how long a place takes where no access
 * unit begins, which is what a carver meets most of all.
 */
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AccessUnitParser } from '../src/codecs/aac/raw-data-block.ts';
import { copyStagingCase, stagingFixtures } from '../test/support/fixtures.ts';
import { trackSamples } from '../test/support/truth.ts';
import { best, run, table, type Run, type Verdict } from './measure.ts';

/** Of one processor; 60 MB are an hour of sound. */
const minMegabytesPerSecond = 60;
const cases = [
  { name: 'av-bframes', what: 'stereo', samplingFrequencyIndex: 4, channelConfiguration: 2 },
  { name: 'surround-5.1', what: '5.1', samplingFrequencyIndex: 3, channelConfiguration: 6 },
] as const;

/** The sounds of a recording, back to back, and again until there are `length` bytes of them. */
function sounds(directory: string, name: string, length: number): Buffer {
  copyStagingCase('clean', name, directory);
  const [fixture] = stagingFixtures('clean', name);
  if (fixture === undefined) throw new Error(`there is no recording ${name}`);
  const media = readFileSync(join(directory, `${fixture.base}.mdat`));
  const units = trackSamples(fixture.truth, 'audio').map(({ offset, size }) => media.subarray(offset, offset + size));
  const once = Buffer.concat(units);
  return Buffer.concat(Array.from({ length: Math.ceil(length / once.length) }, () => once));
}

function parseAll(parser: AccessUnitParser, bytes: Uint8Array): number {
  let units = 0;
  for (let offset = 0; offset < bytes.length; units++) {
    offset = parser.parse(bytes, offset);
    if (offset < 0) throw new Error(`access unit ${units}: ${parser.fault}`);
  }
  return units;
}

/** Bytes that are no sound, the same in every run. */
function noise(length: number): Uint8Array {
  const blocks = Array.from({ length: Math.ceil(length / 64) }, (_, index) =>
    createHash('sha512').update(String(index)).digest(),
  );
  return new Uint8Array(Buffer.concat(blocks));
}

function cat(file: string): Promise<Run> {
  return run('sh', ['-c', 'cat "$0" >/dev/null', file]);
}

function seconds(task: () => void): number {
  const started = performance.now();
  task();
  return (performance.now() - started) / 1000;
}

function fastest(rounds: number, task: () => void): number {
  return Math.min(...Array.from({ length: rounds }, () => seconds(task)));
}

export async function benchAac(options: { megabytes: number; rounds: number }, verdict: Verdict): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'salvor-bench-'));
  const { megabytes, rounds } = options;
  try {
    const rows = [['', 'units', 'MB/s', 'times cat', '']];
    for (const { name, what, samplingFrequencyIndex, channelConfiguration } of cases) {
      const bytes = sounds(directory, name, megabytes * 1e6);
      const file = join(directory, 'sounds');
      writeFileSync(file, bytes);
      for (const asEncodersWrite of [false, true]) {
        const parser = new AccessUnitParser({ samplingFrequencyIndex, channelConfiguration, asEncodersWrite });
        const units = parseAll(parser, bytes);
        const parsing = fastest(rounds, () => parseAll(parser, bytes));
        const reading = best([await cat(file), await cat(file), await cat(file)]);
        const speed = bytes.length / 1e6 / parsing;
        rows.push([
          asEncodersWrite ? `${what}, as encoders write` : what,
          String(units),
          speed.toFixed(0),
          (parsing / reading).toFixed(1),
          verdict.atMost(Number((minMegabytesPerSecond / speed).toFixed(2)), 1),
        ]);
      }
    }
    const bytes = noise(1e6);
    for (const asEncodersWrite of [false, true]) {
      const parser = new AccessUnitParser({ samplingFrequencyIndex: 4, channelConfiguration: 2, asEncodersWrite });
      const places = fastest(rounds, () => {
        for (let offset = 0; offset < bytes.length; offset++) parser.parse(bytes, offset);
      });
      const label = `no sound, every byte tried${asEncodersWrite ? ', as encoders write' : ''}`;
      rows.push([label, '', (bytes.length / 1e6 / places).toFixed(0), '', '']);
    }
    console.log(`AAC: the fastest of ${rounds} rounds, ${megabytes} MB; the promise is ${minMegabytesPerSecond} MB/s.`);
    console.log(table(rows));
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
