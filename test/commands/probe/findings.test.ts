/** Every finding probe makes of MP4, FLV and transport streams, each on a genuine recording or on one that was damaged. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { inspectSource } from '../../../src/commands/probe/probe.ts';
import type { ProbedRecording } from '../../../src/media/probed-recording.ts';
import { memorySource } from '../../mp4/memory-source.ts';
import { at, cases, changed, flv, mp4, ts, wholeFlv } from './damaged-recordings.ts';

async function look(bytes: Uint8Array, deep = true): Promise<ProbedRecording> {
  const inspection = await inspectSource(memorySource(bytes), { deep });
  return inspection.recording;
}

describe('probe finds what is wrong with', () => {
  for (const { name, bytes, codes, verdict } of cases) {
    test(name, async () => {
      const { health } = await look(bytes());
      const found = health.findings.map(({ code }) => code);
      for (const code of codes) assert.ok(found.includes(code), `expected ${code}, found ${found.join(', ')}`);
      assert.equal(health.verdict, verdict, found.join(', '));
      for (const finding of health.findings) assert.ok(finding.file === 'memory.mp4', finding.code);
    });
  }
});

describe('packets of a transport stream', () => {
  for (const [length, lead] of [
    [192, 4],
    [204, 0],
  ] as const) {
    test(`of ${length} bytes are looked at like those of 188`, async () => {
      const cells: Buffer[] = [];
      for (let offset = 0; offset < ts.length; offset += 188) {
        const cell = Buffer.alloc(length);
        ts.copy(cell, lead, offset, offset + 188);
        cells.push(cell);
      }
      const [plain, stored] = [await look(ts), await look(Buffer.concat(cells))];
      assert.match(stored.containerName, new RegExp(`${length}-byte`));
      assert.deepEqual(stored.tracks, plain.tracks);
      assert.deepEqual(
        stored.health.findings.map(({ code }) => code),
        plain.health.findings.map(({ code }) => code),
      );
    });
  }
});

describe('how long the media is', () => {
  test('does not grow with a jump of the clock', async () => {
    const jumping = cases.find(({ name }) => name.includes('jump by an hour'))!.bytes();
    const [sound, jumped] = [await look(wholeFlv), await look(jumping)];
    assert.ok(Math.abs(sound.health.durationSeconds! - jumped.health.durationSeconds!) < 0.2);
  });

  test('is told beside what a recorder claims that counts from before the first sample', async () => {
    const late = changed(mp4, (bytes) => {
      bytes.writeUInt32BE(3_600_000 + 2000, at(bytes, 'mvhd') + 4 + 16);
      bytes.writeUInt32BE(3_600_000 + 2000, at(bytes, 'tkhd') + 4 + 20);
      bytes.writeUInt32BE(3_600_000 + 2000, at(bytes, 'mdhd') + 4 + 16);
    });
    const { health } = await look(late);
    assert.ok(health.claimedDurationSeconds! > 3600);
    assert.ok(health.durationSeconds! < 10);
    assert.match(health.findings.map(({ message }) => message).join('\n'), /count from a beginning long before/);
  });

  test('is that of the samples that are in the file, where it was cut', async () => {
    const moov = mp4.subarray(at(mp4, 'moov') - 4);
    // The index first, as after faststart; its offsets move by as much.
    const fast = Buffer.concat([mp4.subarray(0, 32), Buffer.from(moov), mp4.subarray(32, mp4.length - moov.length)]);
    for (const nth of [0, 1]) {
      const stco = at(fast, 'stco', nth);
      for (let i = 0; i < fast.readUInt32BE(stco + 8); i++) {
        fast.writeUInt32BE(fast.readUInt32BE(stco + 12 + 4 * i) + moov.length, stco + 12 + 4 * i);
      }
    }
    const whole = await look(fast);
    const half = await look(fast.subarray(0, Math.floor(fast.length / 2)));
    assert.equal(whole.health.verdict, 'complete');
    assert.equal(half.health.verdict, 'damaged');
    assert.ok(half.health.durationSeconds! < 0.7 * whole.health.durationSeconds!);
    assert.ok(half.health.claimedDurationSeconds! > whole.health.durationSeconds! - 0.1);
  });
});

describe('what to do about it', () => {
  test('is a command that can be pasted, whatever the file is called', async () => {
    const source = { ...memorySource(flv), path: "it's a \u00e4 recording.flv" };
    const { recording } = await inspectSource(source, { deep: false });
    assert.deepEqual(
      recording.health.advice.map(({ command }) => command),
      [String.raw`salvor flv-fix 'it'\''s a ä recording.flv'`],
    );
  });
});
