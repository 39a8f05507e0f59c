/**
 * Audio of which packets are missing: every frame of which all bytes came is in the result, at its time, and nothing else.
 * Which those are is counted here, from the frames that ffprobe sees in the intact stream and the packets that are left.
 */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fixTs, type TsFixOptions } from '../../../src/commands/ts-fix/fix.ts';
import type { RecordingReport } from '../../../src/media/report.ts';
import { packet, pesBytes } from '../../mpegts/streams.ts';
import { seededRandom } from '../../support/damage.ts';
import { needs, probePackets, runJudge } from '../../support/judges.ts';
import { scratchDirectory } from '../../support/scratch.ts';
import { checkTransportStream } from '../../support/transport-checker.ts';
import { packetsOf, type SeenPacket } from '../../support/transport-packets.ts';
import { standard } from './standard-options.ts';
import { countNoLines } from '../../support/uncounted.ts';

countNoLines();

/** A frame of the intact stream: where its bytes are in that of all audio, and when it is. */
interface Frame {
  readonly from: number;
  readonly to: number;
  readonly ptsTicks: number;
}

interface Source {
  readonly pid: number;
  readonly bytes: Buffer;
  /** All audio, one byte behind the other. */
  readonly media: Buffer;
  readonly frames: readonly Frame[];
}

const mediaIn = (bytes: Buffer, pid: number): Buffer =>
  Buffer.concat((checkTransportStream(bytes).units.get(pid) ?? []).map((unit) => unit.subarray(9 + unit[8]!)));

/** Bytes of media in a packet. */
function mediaBytes({ bytes, startsUnit }: SeenPacket): number {
  const from = (bytes[3]! & 0x20) === 0 ? 4 : 5 + bytes[4]!;
  return 188 - from - (startsUnit ? 9 + bytes[from + 8]! : 0);
}

async function audioPackets(path: string): Promise<{ sha1: string; size: number; ptsTicks: number }[]> {
  const packets = await probePackets(path, { asStored: false });
  return packets.flatMap(({ kind, sha1, size, ptsTicks }) =>
    kind === 'audio' ? [{ sha1, size, ptsTicks: ptsTicks ?? -1 }] : [],
  );
}

async function read(path: string, pid: number): Promise<Source> {
  const bytes = readFileSync(path);
  let from = 0;
  const frames = (await audioPackets(path)).map(({ size, ptsTicks }) => {
    const frame = { from, to: from + size, ptsTicks };
    from += size;
    return frame;
  });
  const media = mediaIn(bytes, pid);
  assert.equal(from, media.length);
  return { pid, bytes, media, frames };
}

/** The same audio in PES packets that begin anywhere in a frame, as broadcasters have them. */
function unaligned({ pid, bytes, media, frames }: Source, size: number): Buffer {
  const packets = packetsOf(bytes);
  const start = packets.find((each) => each.pid === pid && each.startsUnit)!.bytes;
  const streamId = start[((start[3]! & 0x20) === 0 ? 4 : 5 + start[4]!) + 3]!;
  const cells: Uint8Array[] = packets
    .filter((each) => each.pid !== pid)
    .map((each) => each.bytes)
    .slice(0, 3);
  let counter = 0;
  for (let at = 0; at < media.length; at += size) {
    const to = Math.min(media.length, at + size);
    const first = frames.find((frame) => frame.from >= at && frame.from < to) ?? frames.at(-1)!;
    const pes = pesBytes(first.ptsTicks, [...media.subarray(at, to)], streamId);
    for (let part = 0; part < pes.length; part += 184) {
      cells.push(packet({ pid, counter: counter++, start: part === 0, payload: pes.slice(part, part + 184) }));
    }
  }
  return Buffer.concat(cells);
}

/** Frames of which all bytes lie in packets that are left; `isGone`: by the number of the packet among all. */
function framesLeft({ pid, frames }: Source, stream: Buffer, isGone: (index: number) => boolean): Frame[] {
  const holes: { from: number; to: number }[] = [];
  let at = 0;
  for (const [index, each] of packetsOf(stream).entries()) {
    if (each.pid !== pid || !each.hasPayload) continue;
    const length = mediaBytes(each);
    if (isGone(index)) holes.push({ from: at, to: at + length });
    at += length;
  }
  return frames.filter(({ from, to }) => !holes.some((hole) => hole.from < to && hole.to > from));
}

describe('ts-fix, audio with gaps', needs('ffmpeg', 'ffprobe'), () => {
  const directory = scratchDirectory({ after });
  const codecs: Readonly<Record<string, readonly string[]>> = {
    aac: ['-c:a', 'aac', '-b:a', '96k'],
    latm: ['-c:a', 'aac', '-b:a', '96k', '-mpegts_flags', 'latm'],
    mp2: ['-c:a', 'mp2', '-b:a', '128k'],
    mp3: ['-c:a', 'libmp3lame', '-q:a', '4'],
    ac3: ['-c:a', 'ac3', '-b:a', '128k'],
    eac3: ['-c:a', 'eac3', '-b:a', '96k'],
    dts: ['-c:a', 'dca', '-strict', '-2', '-b:a', '384k'],
  };
  const sources = new Map<string, Source>();
  let made = 0;

  before(async () => {
    for (const [name, coder] of Object.entries(codecs)) {
      const path = join(directory, `${name}.ts`);
      const input = ['-f', 'lavfi', '-i', 'aevalsrc=0.3*sin(300*t*t)|0.3*sin(200*t*t):s=48000:d=6'];
      const { status, stderr } = await runJudge('ffmpeg', ['-nostdin', '-v', 'error', ...input, ...coder, path]);
      assert.equal(status, 0, stderr);
      sources.set(name, await read(path, 0x100));
    }
  });

  async function fixed(
    bytes: Buffer,
    options: Partial<TsFixOptions> = {},
  ): Promise<{ bytes: Buffer; report: RecordingReport; path: string }> {
    const path = join(directory, `damaged-${made++}.ts`);
    writeFileSync(path, bytes);
    const report = await fixTs(path, { ...standard, torn: 'trim', beside: `${path}.fixed.ts`, ...options });
    const target = report.output!.path;
    const again = await fixTs(target, { ...standard, torn: 'trim', beside: `${path}.again.ts`, ...options });
    assert.equal(again.outcome, 'untouched');
    return { bytes: readFileSync(target), report, path: target };
  }

  const withoutPackets = (stream: Buffer, gone: ReadonlySet<number>): Buffer =>
    Buffer.concat(packetsOf(stream).flatMap(({ bytes }, index) => (gone.has(index) ? [] : [bytes])));

  /** Some packets of a stream, but none of the first, which show what it is. */
  function some(stream: Buffer, oneIn: number, seed: number): ReadonlySet<number> {
    const random = seededRandom(seed);
    const count = stream.length / 188;
    return new Set(Array.from({ length: Math.ceil(count / oneIn) }, () => 30 + random.below(count - 30)));
  }

  /** The result has these frames and no other byte. */
  function assertFrames(bytes: Buffer, { pid, media }: Source, frames: readonly Frame[]): void {
    assert.deepEqual(checkTransportStream(bytes).faults, []);
    assert.deepEqual(mediaIn(bytes, pid), Buffer.concat(frames.map(({ from, to }) => media.subarray(from, to))));
  }

  for (const name of Object.keys(codecs)) {
    for (const size of [0, 1800]) {
      const how = size === 0 ? 'one behind the other' : 'in PES packets that begin anywhere';
      test(`${name} ${how}: each frame whose bytes came is there, at its time, and nothing else`, async () => {
        const source = sources.get(name)!;
        const stream = size === 0 ? source.bytes : unaligned(source, size);
        const gone = some(stream, 40, 15);
        const left = framesLeft(source, stream, (index) => gone.has(index));
        assert.ok(left.length > source.frames.length / 2 && left.length < source.frames.length - 5);
        const { bytes, path } = await fixed(withoutPackets(stream, gone));
        assertFrames(bytes, source, left);
        const times = (await audioPackets(path)).map(({ ptsTicks }) => ptsTicks);
        assert.equal(times.length, left.length);
        for (const [index, { ptsTicks }] of left.entries()) assert.ok(Math.abs(times[index]! - ptsTicks) <= 1, name);
      });
    }
  }

  test('however much is missing, whole frames stay, and the second run finds nothing to do', async () => {
    for (const [name, oneIn] of [
      ['aac', 3],
      ['mp2', 6],
      ['ac3', 12],
      ['latm', 10],
    ] as const) {
      const source = sources.get(name)!;
      const stream = unaligned(source, 1800);
      const gone = some(stream, oneIn, 1);
      const left = framesLeft(source, stream, (index) => gone.has(index));
      const { bytes } = await fixed(withoutPackets(stream, gone));
      assert.deepEqual(checkTransportStream(bytes).faults, []);
      const media = mediaIn(bytes, source.pid);
      let [at, found] = [0, 0];
      for (const { from, to } of left) {
        const next = media.indexOf(source.media.subarray(from, to), at);
        if (next < 0) continue;
        found++;
        at = next + to - from;
      }
      // Where sixteen are missing in a row, counters go on as if nothing were; of LATM eleven bits are too few to know it by.
      assert.ok(found >= left.length * (name === 'latm' ? 0.9 : 0.97), `${name}: ${found} of ${left.length}`);
    }
  });

  test('packets that are marked as faulty are as good as missing', async () => {
    const source = sources.get('aac')!;
    const gone = some(source.bytes, 40, 3);
    const marked = Buffer.concat(
      packetsOf(source.bytes).map(({ bytes }, index) => {
        const copy = Buffer.from(bytes);
        if (gone.has(index)) copy[1]! |= 0x80;
        if (gone.has(index)) copy.fill(0xa5, 20);
        return copy;
      }),
    );
    const { bytes } = await fixed(marked);
    assertFrames(
      bytes,
      source,
      framesLeft(source, source.bytes, (index) => gone.has(index)),
    );
  });

  test('a recording that begins and ends within PES packets keeps the frames that are whole in them', async () => {
    for (const name of ['aac', 'mp2', 'ac3']) {
      const source = sources.get(name)!;
      const packets = packetsOf(source.bytes);
      const audio = packets.flatMap(({ pid }, index) => (pid === source.pid ? [index] : []));
      const starts = audio.filter((index) => packets[index]!.startsUnit);
      const [first, last] = [starts[1]! + 2, starts.at(-2)! + 9];
      const isGone = (index: number): boolean => packets[index]!.pid === source.pid && (index < first || index > last);
      const cut = Buffer.concat(packets.flatMap(({ bytes }, index) => (isGone(index) ? [] : [bytes])));
      const { bytes, path } = await fixed(cut);
      const left = framesLeft(source, source.bytes, isGone);
      assertFrames(bytes, source, left);
      assert.ok(Math.abs((await audioPackets(path))[0]!.ptsTicks - left[0]!.ptsTicks) <= 1, name);
    }
  });

  test('what is lost is told by time and size, and every PES packet of which nothing is missing stays as it was', async () => {
    const source = sources.get('aac')!;
    const packets = packetsOf(source.bytes);
    const lost = packets
      .flatMap(({ pid }, index) => (pid === source.pid ? [index] : []))
      .filter((_, nth) => nth % 97 === 60);
    const { bytes, report } = await fixed(withoutPackets(source.bytes, new Set(lost)));
    const units = (stream: Buffer): readonly Buffer[] => checkTransportStream(stream).units.get(source.pid)!;
    const kept = new Set(units(bytes).map((unit) => unit.toString('latin1')));
    const changed = units(source.bytes).filter((unit) => !kept.has(unit.toString('latin1')));
    assert.equal(changed.length, lost.length);
    const [track] = report.tracks;
    const ranges = track!.ranges.filter(({ what }) => what === 'lost');
    assert.equal(ranges.length, lost.length);
    const left = framesLeft(source, source.bytes, (index) => lost.includes(index));
    const gone = source.frames.filter((frame) => !left.includes(frame));
    for (const { startSeconds, endSeconds, bytes: size } of ranges) {
      const durationSeconds = endSeconds - startSeconds;
      const start = source.frames[0]!.ptsTicks + startSeconds * 90_000;
      const inside = gone.filter(
        ({ ptsTicks }) => ptsTicks > start - 2 && ptsTicks < start + durationSeconds * 90_000 - 2,
      );
      assert.ok(inside.length > 0, `nothing is missing at ${startSeconds}`);
      assert.ok(Math.abs(durationSeconds * 90_000 - inside.length * 1920) < 3);
      assert.ok(size > 0);
    }
    assert.equal(
      track!.lost.bytes,
      ranges.reduce((sum, range) => sum + range.bytes, 0),
    );
  });

  test('headers that are made for audio behind a gap follow the clock that it is moved to', async () => {
    const source = sources.get('aac')!;
    const gone = some(source.bytes, 60, 9);
    const damaged = withoutPackets(source.bytes, gone);
    const { bytes, path } = await fixed(Buffer.concat([damaged, damaged]), { retime: true });
    const left = framesLeft(source, source.bytes, (index) => gone.has(index));
    assertFrames(bytes, source, [...left, ...left]);
    const times = (await audioPackets(path)).map(({ ptsTicks }) => ptsTicks);
    const second = times[left.length]! - left[0]!.ptsTicks;
    assert.ok(second > 5.9 * 90_000 && second < 6.1 * 90_000);
    for (const [index, { ptsTicks }] of left.entries()) {
      assert.ok(Math.abs(times[index]! - ptsTicks) <= 1);
      assert.ok(Math.abs(times[left.length + index]! - second - ptsTicks) <= 1);
    }
  });

  test('packets of 192 bytes keep theirs before them, those made too', async () => {
    const source = sources.get('aac')!;
    const gone = some(source.bytes, 40, 4);
    const stored = (stream: Buffer): Buffer =>
      Buffer.concat(
        packetsOf(stream).flatMap(({ bytes }, index) => [Buffer.of(index >> 16, index >> 8, index, 7), bytes]),
      );
    const { bytes } = await fixed(stored(withoutPackets(source.bytes, gone)));
    const cells = packetsOf(bytes, { stride: 192, lead: 4 });
    assert.ok(cells.every(({ cell }) => cell[3] === 7));
    const plain = Buffer.concat(cells.map((each) => each.bytes));
    assertFrames(
      plain,
      source,
      framesLeft(source, source.bytes, (index) => gone.has(index)),
    );
  });
});
