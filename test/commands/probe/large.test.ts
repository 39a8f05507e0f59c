/** Files of gigabytes, made up while they are read: what is wrong beyond 4 GiB is found, and a quick look makes nothing up. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { inspectSource } from '../../../src/commands/probe/probe.ts';
import type { ByteSource } from '../../../src/io/file-source.ts';
import { fixturesDirectory } from '../../support/project.ts';

const read = (path: string): Buffer => readFileSync(join(fixturesDirectory, path));

interface Piece {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/** A file of which a few pieces are there, and between them one pattern again and again. */
function patchwork(size: number, pieces: readonly Piece[], pattern: Uint8Array): ByteSource & { bytesRead: number } {
  const source = {
    path: 'large',
    size,
    bytesRead: 0,
    read(offset: number, length: number): Uint8Array {
      const bytes = new Uint8Array(Math.max(0, Math.min(length, size - offset)));
      source.bytesRead += bytes.length;
      for (let at = -(offset % pattern.length); at < bytes.length; at += pattern.length) {
        const cut = Math.max(0, -at);
        bytes.set(pattern.subarray(cut, Math.min(pattern.length, bytes.length - at)), Math.max(0, at));
      }
      for (const piece of pieces) {
        const from = Math.max(offset, piece.offset);
        const to = Math.min(offset + bytes.length, piece.offset + piece.bytes.length);
        if (from < to) bytes.set(piece.bytes.subarray(from - piece.offset, to - piece.offset), from - offset);
      }
      return bytes;
    },
  };
  return source;
}

describe('an MP4 beyond 4 GiB whose sizes and offsets have lost their upper bits', () => {
  const original = read('go-rtmp/h265_segments_clean/recording.mp4');
  const mdat = 32;
  const moov = original.lastIndexOf('moov', undefined, 'latin1') - 4;

  /** Offsets of all chunks, in order. */
  function chunks(): number[] {
    const found: number[] = [];
    for (let at = original.indexOf('stco', moov); at >= 0; at = original.indexOf('stco', at + 4)) {
      for (let i = 0; i < original.readUInt32BE(at + 8); i++) found.push(original.readUInt32BE(at + 12 + 4 * i));
    }
    return found.toSorted((one, other) => one - other);
  }

  /** Where the media goes on beyond the 4 GiB that lie between. */
  const all = chunks();
  const cut = all[all.length >> 1]!;
  const hole = 2 ** 32 - cut;

  function large(): ByteSource & { bytesRead: number } {
    const index = Buffer.from(original.subarray(moov));
    for (let at = index.indexOf('stco'); at >= 0; at = index.indexOf('stco', at + 4)) {
      for (let i = 0; i < index.readUInt32BE(at + 8); i++) {
        const offset = index.readUInt32BE(at + 12 + 4 * i);
        if (offset >= cut) index.writeUInt32BE((offset + hole) % 2 ** 32, at + 12 + 4 * i);
      }
    }
    const head = Buffer.from(original.subarray(0, cut));
    head.writeUInt32BE((moov - mdat + hole) % 2 ** 32, mdat);
    return patchwork(
      original.length + hole,
      [
        { offset: 0, bytes: head },
        { offset: cut + hole, bytes: original.subarray(cut, moov) },
        { offset: moov + hole, bytes: index },
      ],
      new Uint8Array(65_536).fill(0xa5),
    );
  }

  test('is found, and read where the media really is', async () => {
    const source = large();
    const { recording, samples } = await inspectSource(source, { deep: false });
    const codes = recording.health.findings.map(({ code }) => code);
    assert.ok(codes.includes('mp4-mdat-size-wrapped'), codes.join(', '));
    assert.ok(codes.includes('mp4-chunk-offsets-wrapped'), codes.join(', '));
    assert.ok(
      !codes.includes('mp4-samples-beyond-end') && !codes.includes('mp4-samples-outside-media'),
      codes.join(', '),
    );
    assert.equal(recording.health.verdict, 'damaged');
    for (const { offset } of samples()) assert.ok(offset < cut || offset >= cut + hole);
    assert.ok(source.bytesRead < 64 * 1024 * 1024, `${source.bytesRead} bytes were read`);
  });
});

describe('a quick look at many gigabytes', () => {
  const ts = read('ems/ts/killed-chunked4-10s/rec_part0002.ts');
  const nullPacket = Buffer.alloc(188, 0xff);
  nullPacket.set([0x47, 0x1f, 0xff, 0x10]);

  for (const [name, junk] of [
    ['a transport stream', 0],
    ['a transport stream with junk before it', 188],
  ] as const) {
    test(`of ${name} reads little and finds nothing where nothing is wrong`, async () => {
      const pieces = [
        ...(junk === 0 ? [] : [{ offset: 0, bytes: new Uint8Array(junk).fill(1) }]),
        { offset: junk, bytes: ts },
      ];
      const source = patchwork(junk + 188 * 50_000_000, pieces, nullPacket);
      const { recording } = await inspectSource(source, { deep: false });
      const codes = recording.health.findings.map(({ code }) => code).filter((code) => code !== 'ts-first-picture');
      assert.deepEqual(codes, junk === 0 ? ['ts-stream-empty'] : ['ts-sync-lost', 'ts-stream-empty']);
      assert.ok(source.bytesRead < 32 * 1024 * 1024, `${source.bytesRead} bytes were read`);
    });
  }

  test('of an FLV reads little, and knows when it ends', async () => {
    // Sound without a sequence header: each tag as large as the last, a second apart.
    const tagLength = 11 + 64 * 1024 + 4;
    const count = 20_000;
    const tag = (index: number): Buffer => {
      const bytes = Buffer.alloc(tagLength, 0x55);
      bytes[0] = 8;
      bytes.writeUIntBE(tagLength - 15, 1, 3);
      bytes.writeUIntBE((index * 1000) % 2 ** 24, 4, 3);
      bytes.set([Math.floor((index * 1000) / 2 ** 24), 0, 0, 0, 0x2f], 7);
      bytes.writeUInt32BE(tagLength - 4, tagLength - 4);
      return bytes;
    };
    const header = Buffer.from('464c5601040000000900000000', 'hex');
    const source: ByteSource & { bytesRead: number } = {
      path: 'large.flv',
      size: header.length + count * tagLength,
      bytesRead: 0,
      read(offset, length) {
        const end = Math.min(offset + length, source.size);
        source.bytesRead += Math.max(0, end - offset);
        const parts: Uint8Array[] = [];
        for (let at = offset; at < end;) {
          const index = Math.floor((at - header.length) / tagLength);
          const [bytes, start] = at < header.length ? [header, 0] : [tag(index), header.length + index * tagLength];
          parts.push(bytes.subarray(at - start, end - start));
          at = start + bytes.length;
        }
        return Buffer.concat(parts);
      },
    };
    const { recording } = await inspectSource(source, { deep: false });
    // The last sound lasts as long as the others.
    assert.equal(recording.health.durationSeconds, count);
    assert.deepEqual(
      recording.health.findings.map(({ code }) => code),
      ['flv-metadata-missing'],
    );
    assert.ok(source.bytesRead < 96 * 1024 * 1024, `${source.bytesRead} bytes were read`);
  });
});
