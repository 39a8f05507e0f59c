/** The CRC of sections (ISO/IEC 13818-1, Annex A): polynomial 0x04C11DB7, begun with all ones, not reflected. */

let table: Uint32Array | undefined;

/** Made when it is asked for first: every start of a program would pay for it. */
function makeTable(): Uint32Array {
  return Uint32Array.from({ length: 256 }, (_, byte) => {
    let value = byte << 24;
    for (let bit = 0; bit < 8; bit++) value = (value << 1) ^ (value < 0 ? 0x04c11db7 : 0);
    return value;
  });
}

/** The CRC of the bytes; 0 for a section together with its own CRC. */
export function crc32(bytes: Uint8Array): number {
  table ??= makeTable();
  const steps = table;
  let value = 0xffffffff;
  for (const byte of bytes) value = (value << 8) ^ steps[(value >>> 24) ^ byte]!;
  return value >>> 0;
}
