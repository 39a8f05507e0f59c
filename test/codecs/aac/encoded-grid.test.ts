import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { AccessUnitParser } from '../../../src/codecs/aac/raw-data-block.ts';
import { SAMPLING_FREQUENCIES } from '../../../src/codecs/aac/sampling-frequency.ts';
import { needs, probePackets, runJudge } from '../../support/judges.ts';
import { scratchDirectory } from '../../support/scratch.ts';
import { countNoLines } from '../../support/uncounted.ts';
import { trialsOf } from '../../support/trials.ts';

countNoLines();

/** Access units back to back, and how long each is. */
interface Units {
  readonly bytes: Uint8Array;
  readonly sizes: readonly number[];
}

/** What is encoded, and how. */
interface Encoding {
  readonly layout: string;
  readonly channels: number;
  readonly options: readonly string[];
}

const layouts: readonly (readonly [string, number, number])[] = [
  // name, channels, channelConfiguration (0: a program_config_element says it)
  ['mono', 1, 1],
  ['stereo', 2, 2],
  ['3.0', 3, 3],
  ['4.0', 4, 4],
  ['5.0', 5, 5],
  ['5.1', 6, 6],
  ['7.1(wide)', 8, 0],
  ['2.1', 3, 0],
  ['quad', 4, 0],
  ['6.1', 7, 0],
];

const tools: readonly (readonly string[])[] = [
  [],
  ['-b:a', '8k'],
  ['-b:a', '24k', '-aac_pns', '1', '-aac_is', '1'],
  ['-b:a', '512k'],
  ['-aac_coder', 'fast', '-aac_ms', '1'],
  ['-aac_tns', '0', '-aac_pns', '0', '-aac_ms', '0', '-aac_is', '0'],
  ['-aac_tns', '1', '-aac_pns', '0', '-b:a', '160k'],
];

/**
 * Eight channels of one second: sweeps, noise that comes and goes (PNS), the same in all channels (M/S, intensity),
 * clicks (short windows), and silence at the end.
 */
function source(hertz: number): string {
  const channel = (index: number): string =>
    [
      `(0.4*sin(2*PI*t*(200+${index * 37}+3000*t))`,
      `+0.3*(random(${index})-0.5)*gt(mod(t*3\\,1)\\,0.5)`,
      '+0.2*sin(2*PI*440*t)',
      '+0.9*lt(mod(t*5\\,1)\\,0.01))*lt(t\\,0.85)',
    ].join('');
  return `aevalsrc=exprs=${Array.from({ length: 8 }, (_, index) => channel(index)).join('|')}:d=1:s=${hertz}`;
}

/** Encodes the same source in every way given, each into a file of its own. */
async function encode(input: string, encodings: readonly Encoding[], files: readonly string[]): Promise<void> {
  const outputs = encodings.flatMap(({ layout, channels, options }, index) => {
    const sources = Array.from({ length: channels }, (_, channel) => `c${channel}=c${channel}`);
    const pan = `pan=${[layout, ...sources].join('|')}`;
    return ['-map', '0:a', '-filter:a', pan, '-c:a', 'aac', ...options, files[index]!];
  });
  const args = ['-nostdin', '-v', 'error', '-y', '-f', 'lavfi', '-i', input, ...outputs];
  const { status, stderr } = await runJudge('ffmpeg', args);
  assert.equal(status, 0, stderr);
}

/** Takes the headers off an ADTS stream (ISO/IEC 14496-3, 1.A.2); they say how long each access unit is. */
function withoutAdtsHeaders(stream: Uint8Array): Units & { readonly index: number; readonly channels: number } {
  const units: Uint8Array[] = [];
  const [index, channels] = [(stream[2]! >>> 2) & 15, ((stream[2]! & 1) << 2) | (stream[3]! >>> 6)];
  for (let at = 0; at < stream.length;) {
    const length = ((stream[at + 3]! & 3) << 11) | (stream[at + 4]! << 3) | (stream[at + 5]! >>> 5);
    units.push(stream.subarray(at + ((stream[at + 1]! & 1) === 1 ? 7 : 9), at + length));
    at += length;
  }
  return { bytes: Uint8Array.from(Buffer.concat(units)), sizes: units.map((unit) => unit.length), index, channels };
}

/** What a parser saw of a stream. */
interface Seen {
  readonly units: number;
  readonly channels: ReadonlySet<number>;
  readonly hasShort: boolean;
}

/** Finds each access unit where the one before it ended, and holds that against the truth. */
function follow(parser: AccessUnitParser, { bytes, sizes }: Units, label: string): Seen {
  let offset = 0;
  let hasShort = false;
  const channels = new Set<number>();
  for (const [unit, size] of sizes.entries()) {
    const end = parser.parse(bytes, offset);
    assert.equal(end, offset + size, `${label}, access unit ${unit} of ${size} bytes: ${parser.fault}`);
    channels.add(parser.channels);
    hasShort ||= parser.maxSfbShort >= 0;
    offset = end;
  }
  assert.equal(offset, bytes.length);
  return { units: sizes.length, channels, hasShort };
}

describe('access units of the encoder, back to back without any other clue', () => {
  for (const [samplingFrequencyIndex, hertz] of trialsOf([...SAMPLING_FREQUENCIES.entries()], 3)) {
    it(`end where they end at ${hertz} Hz, in any layout and with any tool`, needs('ffmpeg'), async (t) => {
      const directory = scratchDirectory(t);
      // All layouts once, and all tools for the common ones.
      const encodings = layouts.flatMap(([layout, channels], number) =>
        (number < 2 || (layout === '5.1' && hertz === 48000) ? tools : [tools[number % tools.length]!]).map(
          (options) => ({
            layout,
            channels,
            options,
          }),
        ),
      );
      const files = encodings.map((_, index) => join(directory, `${index}.aac`));
      await encode(source(hertz), encodings, files);
      let hasShort = false;
      let count = 0;
      for (const [index, { layout, channels, options }] of encodings.entries()) {
        const units = withoutAdtsHeaders(readFileSync(files[index]!));
        const configuration = layouts.find(([name]) => name === layout)![2];
        assert.deepEqual([units.index, units.channels], [samplingFrequencyIndex, configuration]);
        for (const asEncodersWrite of [false, true]) {
          const parser = new AccessUnitParser({
            samplingFrequencyIndex,
            channelConfiguration: configuration,
            asEncodersWrite,
          });
          const seen = follow(parser, units, `${hertz} Hz, ${layout}, ${options.join(' ')}`);
          assert.deepEqual([...seen.channels], [channels]);
          hasShort ||= seen.hasShort;
          count += seen.units;
        }
      }
      assert.ok(hasShort, 'short windows were met');
      assert.ok(count > 2 * encodings.length * (hertz / 1024), `${count}`);
    });
  }

  it('end where they end for 7.1, which ADTS has no number for', needs('ffmpeg', 'ffprobe'), async (t) => {
    const file = join(scratchDirectory(t), '7.1.mp4');
    await encode(source(48000), [{ layout: '7.1', channels: 8, options: [] }], [file]);
    const media = readFileSync(file);
    const packets = await probePackets(file, { asStored: true });
    const units = packets.map(({ offset, size }) => media.subarray(offset, offset! + size));
    assert.ok(units.length > 40);
    const stream = { bytes: Uint8Array.from(Buffer.concat(units)), sizes: units.map((unit) => unit.length) };
    // ffmpeg calls it 12. 7 has the same elements, for other loudspeakers.
    for (const channelConfiguration of [0, 7, 12]) {
      const parser = new AccessUnitParser({ samplingFrequencyIndex: 3, channelConfiguration, asEncodersWrite: true });
      assert.deepEqual([...follow(parser, stream, '7.1').channels], [8]);
    }
  });

  it('end where they end in silence and in noise at full scale', needs('ffmpeg'), async (t) => {
    const directory = scratchDirectory(t);
    for (const [name, input] of [
      ['silence', 'anullsrc=r=44100:cl=7.1:d=1'],
      ['noise', 'aevalsrc=exprs=2*random(0)-1|2*random(1)-1:d=1:s=44100'],
    ] as const) {
      const encodings = ['16k', '128k', '1000k'].flatMap((rate) =>
        ['mono', 'stereo'].map((layout, index) => ({ layout, channels: index + 1, options: ['-b:a', rate] })),
      );
      const files = encodings.map((_, index) => join(directory, `${name}-${index}.aac`));
      await encode(input, encodings, files);
      for (const [index, { channels }] of encodings.entries()) {
        const units = withoutAdtsHeaders(readFileSync(files[index]!));
        for (const channelConfiguration of [channels, 0]) {
          const options = {
            samplingFrequencyIndex: 4,
            channelConfiguration,
            asEncodersWrite: channelConfiguration > 0,
          };
          follow(new AccessUnitParser(options), units, `${name} ${index}`);
        }
      }
    }
  });
});
