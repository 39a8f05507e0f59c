/** Counters that say nothing, packets that came several times or are marked as faulty: what is whole stays, whatever its number. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fixTs } from '../../../src/commands/ts-fix/fix.ts';
import { needs, runJudge } from '../../support/judges.ts';
import { scratchDirectory } from '../../support/scratch.ts';
import { checkTransportStream } from '../../support/transport-checker.ts';
import { packetsOf } from '../../support/transport-packets.ts';
import { standard } from './standard-options.ts';

/** A generator of numbers from 0 to below 1 that is the same in every run. */
function numbersFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

describe('ts-fix, numbers of packets', needs('ffmpeg'), () => {
  const directory = scratchDirectory({ after });
  let whole: Buffer;
  let made = 0;

  before(async () => {
    const source = join(directory, 'source.ts');
    const inputs = ['-f', 'lavfi', '-i', 'testsrc2=s=160x96:r=25', '-f', 'lavfi', '-i', 'sine=440'];
    const coders = ['-c:v', 'libx264', '-preset', 'ultrafast', '-g', '25', '-c:a', 'aac', '-b:a', '64k'];
    const args = ['-nostdin', '-v', 'error', ...inputs, '-t', '3', ...coders, '-f', 'mpegts', source];
    const { status, stderr } = await runJudge('ffmpeg', args);
    assert.equal(status, 0, stderr);
    whole = readFileSync(source);
  });

  const cellsWith = (change: (cell: Buffer, index: number) => readonly Buffer[]): Buffer =>
    Buffer.concat(packetsOf(whole).flatMap(({ bytes }, index) => change(Buffer.from(bytes), index)));

  async function fixed(bytes: Buffer): Promise<{ bytes: Buffer; messages: readonly string[] }> {
    const path = join(directory, `damaged-${made++}.ts`);
    writeFileSync(path, bytes);
    const report = await fixTs(path, { ...standard, beside: `${path}.fixed.ts` });
    const again = await fixTs(report.output!.path, { ...standard, beside: `${path}.again.ts` });
    assert.equal(again.outcome, 'untouched');
    const messages = report.findings.map(({ pid, message }) => `${pid} ${message}`);
    return { bytes: readFileSync(report.output!.path), messages };
  }

  const unnumbered = (bytes: Buffer): Buffer =>
    Buffer.concat(
      packetsOf(bytes).map(({ bytes: packet }) => {
        const copy = Buffer.from(packet);
        copy[3]! &= 0xf0;
        return copy;
      }),
    );

  const counters: Readonly<Record<string, (index: number, counter: number) => number>> = {
    'all 0': () => 0,
    random: (index) => Math.floor(numbersFrom(index)() * 16),
    'of all packets together': (index) => index & 15,
    'that count down': (_index, counter) => 15 - counter,
  };
  for (const [name, counterOf] of Object.entries(counters)) {
    test(`counters ${name} are numbered anew, and no packet goes`, async () => {
      const damaged = cellsWith((cell, index) => {
        cell[3] = (cell[3]! & 0xf0) | counterOf(index, cell[3]! & 15);
        return [cell];
      });
      const { bytes, messages } = await fixed(damaged);
      assert.deepEqual(checkTransportStream(bytes).faults, []);
      assert.deepEqual(unnumbered(bytes), unnumbered(whole));
      // These follow on inside most PES packets, and between them packets may be missing for all that can be known.
      if (name !== 'of all packets together') assert.deepEqual(messages, []);
    });
  }

  test('tables whose counters each segment begins anew stay, every one', async () => {
    const damaged = cellsWith((cell) => {
      const pid = cell.readUInt16BE(1) & 0x1fff;
      if (pid === 0 || pid === 0x1000) cell[3]! &= 0xf0;
      return [cell];
    });
    const { bytes, messages } = await fixed(damaged);
    assert.deepEqual([bytes, messages], [whole, []]);
  });

  test('of packets that came two, three or four times one stays', async () => {
    const next = numbersFrom(7);
    const damaged = cellsWith((cell) => {
      const times = (cell[3]! & 0x10) !== 0 && next() < 0.1 ? 2 + Math.floor(next() * 3) : 1;
      return Array.from({ length: times }, () => cell);
    });
    assert.deepEqual((await fixed(damaged)).bytes, whole);
  });

  test('audio whose length shows that nothing is missing stays, whatever its counters are; in another order it does not', async () => {
    const audio = packetsOf(whole).flatMap(({ pid, startsUnit }, index) =>
      pid === 0x101 && startsUnit ? [index] : [],
    );
    const from = audio[4]!;
    const wrong = cellsWith((cell, index) => {
      if (index > from + 1 && index < from + 5) cell[3] = (cell[3]! & 0xf0) | ((cell[3]! + 5) & 15);
      return [cell];
    });
    assert.deepEqual((await fixed(wrong)).bytes, whole);
    const cells = packetsOf(whole).map(({ bytes }) => bytes);
    [cells[from + 2], cells[from + 3]] = [cells[from + 3]!, cells[from + 2]!];
    const units = checkTransportStream((await fixed(Buffer.concat(cells))).bytes).units.get(0x101)!;
    const right = checkTransportStream(whole).units.get(0x101)!;
    assert.ok(units.every((unit) => right.some((other) => other.equals(unit))));
  });

  test('packets of tables and of other services that are marked as faulty go, and so do their marks', async () => {
    let count = 0;
    const damaged = cellsWith((cell) => {
      const pid = cell.readUInt16BE(1) & 0x1fff;
      if (pid < 0x100 && count++ % 4 === 2) {
        cell[1]! |= 0x80;
        cell.fill(0x5a, 30, 100);
      }
      return [cell];
    });
    const { bytes } = await fixed(damaged);
    const { faults, units } = checkTransportStream(bytes);
    assert.deepEqual(faults, []);
    for (const pid of [0x100, 0x101]) {
      assert.deepEqual(units.get(pid), checkTransportStream(whole).units.get(pid));
    }
  });
});
