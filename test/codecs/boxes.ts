/** Payloads of boxes in a small MP4, found by their four-character code: where ffmpeg puts its configuration records. */
import assert from 'node:assert/strict';

/** What stands behind the header of the first box of this type. */
export function boxPayload(file: Uint8Array, type: string): Uint8Array {
  const at = Buffer.from(file.buffer, file.byteOffset, file.length).indexOf(type, 0, 'latin1');
  assert.ok(at >= 4, `no ${type} box`);
  const size = new DataView(file.buffer, file.byteOffset).getUint32(at - 4);
  return file.subarray(at + 4, at - 4 + size);
}
