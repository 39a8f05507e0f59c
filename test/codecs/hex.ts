/** Bytes as tests write them down. */
export function fromHex(hex: string): Uint8Array {
  return new Uint8Array(Buffer.from(hex.replaceAll(' ', ''), 'hex'));
}

export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

/** Bytes from a bit string, spaces for the eye ignored, the last byte filled up with zeros. */
export function fromBits(text: string): Uint8Array {
  const bits = text.replaceAll(' ', '');
  return Uint8Array.from({ length: Math.ceil(bits.length / 8) }, (_, index) =>
    Number.parseInt(bits.slice(index * 8, index * 8 + 8).padEnd(8, '0'), 2),
  );
}

/** The bytes cut off at every length, the empty one first, the whole one left out. */
export function truncations(bytes: Uint8Array): Uint8Array[] {
  return Array.from({ length: bytes.length }, (_, length) => bytes.subarray(0, length));
}

/** The bytes with each single bit turned over. */
export function bitFlips(bytes: Uint8Array): Uint8Array[] {
  return Array.from({ length: bytes.length * 8 }, (_, bit) => {
    const flipped = bytes.slice();
    flipped[bit >>> 3]! ^= 0x80 >>> (bit & 7);
    return flipped;
  });
}
