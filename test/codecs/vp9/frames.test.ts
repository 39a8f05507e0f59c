import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { parseVp8FrameHeader } from '../../../src/codecs/vp8/frame-header.ts';
import { parseVp9FrameHeader } from '../../../src/codecs/vp9/frame-header.ts';
import { splitVp9Superframe } from '../../../src/codecs/vp9/superframe.ts';
import { needs, probePackets } from '../../support/judges.ts';
import { scratchDirectory, type Lifetime } from '../../support/scratch.ts';
import { bytesOf, encode, PICTURES, traceHeaders } from '../encoded.ts';
import { fromHex, truncations } from '../hex.ts';

/** libvpx makes pictures that are never shown, and superframes with them, in its second pass only. */
async function encodeInTwoPasses(test: Lifetime): Promise<string> {
  const log = join(scratchDirectory(test), 'pass');
  const pictures = ['-f', 'lavfi', '-i', 'testsrc2=size=160x90:rate=25:duration=2', '-pix_fmt', 'yuv420p'];
  const codec = ['-c:v', 'libvpx-vp9', '-cpu-used', '4', '-b:v', '100k', '-auto-alt-ref', '1', '-lag-in-frames', '25'];
  const args = [...pictures, ...codec, '-passlogfile', log];
  await encode(test, 'video.mp4', [...args, '-pass', '1']);
  return encode(test, 'video.mp4', [...args, '-pass', '2']);
}

describe('VP9 and VP8', () => {
  it('are frames and superframes as ffmpeg reads them', needs('ffmpeg', 'ffprobe'), async (test) => {
    const file = await encodeInTwoPasses(test);
    const bytes = bytesOf(file);
    const packets = await probePackets(file, { asStored: true });
    const traced = await traceHeaders(file);
    let superframes = 0;
    for (const [index, { offset, size, sync }] of packets.entries()) {
      const sample = bytes.subarray(offset!, offset! + size);
      const ranges = splitVp9Superframe(sample)!;
      if (ranges.length > 1) superframes++;
      const headers = ranges.map(({ start, end }) => parseVp9FrameHeader(sample.subarray(start, end)).value!);
      assert.equal(headers[0]?.isKeyFrame, sync);
      const expected = traced[index]!.filter(({ elements }) => elements.has('frame_marker'));
      assert.deepEqual(
        headers.map((header) => header.showExistingFrame || header.showFrame),
        expected.map(({ elements }) => elements.get('show_existing_frame') === 1 || elements.get('show_frame') === 1),
      );
      for (const header of headers.filter(({ isKeyFrame }) => isKeyFrame)) {
        assert.deepEqual([header.width, header.height], [160, 90]);
      }
    }
    assert.ok(superframes > 0);
  });

  it('of VP8 has key frames where ffprobe has them', needs('ffmpeg', 'ffprobe'), async (test) => {
    const codec = ['-g', '7', '-c:v', 'libvpx', '-deadline', 'realtime', '-cpu-used', '8'];
    const file = await encode(test, 'video.ivf', [...PICTURES, ...codec]);
    const bytes = bytesOf(file);
    const packets = await probePackets(file, { asStored: false });
    // IVF: 32 bytes of header, then before each frame its length in four bytes and its time in eight.
    let at = 32;
    for (const { size, sync } of packets) {
      const { value } = parseVp8FrameHeader(bytes.subarray(at + 12, at + 12 + size));
      assert.equal(value?.isKeyFrame, sync);
      assert.equal(value?.width, sync ? 322 : undefined);
      at += 12 + size;
    }
    assert.equal(at, bytes.length);
    assert.equal(packets.filter(({ sync }) => sync).length, 4);
  });

  it('are read field by field', () => {
    // VP8: key frame, version 1, shown, first partition 0x1234; start code; 320 and 240, scales 1 and 2.
    const tag = 0 | (1 << 1) | (1 << 4) | (0x1234 << 5);
    const bytes = Uint8Array.of(tag & 0xff, (tag >>> 8) & 0xff, tag >>> 16, 0x9d, 0x01, 0x2a, 0x40, 0x41, 0xf0, 0x80);
    assert.deepEqual(parseVp8FrameHeader(bytes).value, {
      ...{ isKeyFrame: true, version: 1, showFrame: true, firstPartitionSize: 0x1234, width: 320, height: 240 },
    });
    for (const cut of truncations(bytes)) assert.equal(parseVp8FrameHeader(cut).value, undefined);
    assert.match(parseVp8FrameHeader(bytes.with(3, 0)).fault!.message, /start code/);
  });

  it('of superframes trust no index that claims more than there is', () => {
    // Two frames of 2 and 1 bytes, sizes of one byte: marker 0xc1 before and behind them.
    assert.deepEqual(splitVp9Superframe(fromHex('aabb cc c10201c1')), [
      { start: 0, end: 2 },
      { start: 2, end: 3 },
    ]);
    assert.equal(splitVp9Superframe(fromHex('aabb cc c10209c1')), undefined);
    assert.deepEqual(splitVp9Superframe(fromHex('aabbccddc1')), [{ start: 0, end: 5 }]);
    assert.deepEqual(splitVp9Superframe(fromHex('')), [{ start: 0, end: 0 }]);
  });

  it('of arbitrary bytes are a value or a fault', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        for (const { value, fault } of [parseVp9FrameHeader(bytes), parseVp8FrameHeader(bytes)]) {
          assert.ok((value === undefined) === (fault !== undefined));
        }
        for (const { start, end } of splitVp9Superframe(bytes) ?? []) assert.ok(start <= end && end <= bytes.length);
      }),
      { numRuns: 2000 },
    );
  });
});
