/** Bytes that differ at every place, so that a byte read or copied from the wrong one is seen. */
export function patterned(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let index = 0; index < length; index++) bytes[index] = (Math.imul(index, 0x9e3779b1) >>> 11) & 0xff;
  return bytes;
}
