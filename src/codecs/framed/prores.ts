/** How long a ProRes frame is (SMPTE RDD 36, 5.1): it begins with its length, its identifier and the size of its picture. */

/** Bytes of a frame in which the fields that are looked at stand. */
export const proResHeadLength = 20;

/** What the beginning of a frame says. */
export interface ProResFrame {
  /** Bytes of the whole frame. */
  readonly length: number;
  /** Pixels. */
  readonly width: number;
  readonly height: number;
}

const identifier = 0x69637066; // 'icpf'
const minHeader = 20;
const newestVersion = 1;

/** The frame that begins with these bytes, of which there are `proResHeadLength` at least; undefined where none does. */
export function parseProResFrame(bytes: Uint8Array): ProResFrame | undefined {
  if (bytes.length < proResHeadLength) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const [length, headerLength] = [view.getUint32(0), view.getUint16(8)];
  if (view.getUint32(4) !== identifier || headerLength < minHeader || length < 8 + headerLength) return undefined;
  const [width, height] = [view.getUint16(16), view.getUint16(18)];
  if (view.getUint16(10) > newestVersion || width === 0 || height === 0) return undefined;
  return { length, width, height };
}
