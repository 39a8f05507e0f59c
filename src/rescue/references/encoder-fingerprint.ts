/**
 * The settings that an encoder left in its media, as text: recordings with the same text were encoded alike, so that one can
 * lend its configuration to another sooner than another. It proves nothing.
 */
import { FileSource, type ByteSource } from '../../io/file-source.ts';
import { SalvorError } from '../../media/errors.ts';

/** What x264 and x265 sign their first picture with, and what follows: version and settings, as text. */
const signatures = ['dc45e9bde6d948b7962cd820d923eeef', '2ca2de09b51747dbbb55a4fe7fc2fc4e'].map((uuid) =>
  Buffer.from(uuid, 'hex'),
);
const signatureLength = 16;
const longestSettings = 4096;
/** Bytes at the beginning and at the end of a recording in which an encoder's signature is looked for. */
const signedWithin = 256 * 1024;

function bytesAt(source: ByteSource, offset: number): Buffer {
  const bytes = source.read(offset, signedWithin);
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** The signature and settings that an encoder left in media from `offset` on, copied; undefined where it left none. */
export function encoderFingerprint(source: ByteSource, offset: number): Buffer | undefined {
  const bytes = bytesAt(source, offset);
  const at = signatures.map((signature) => bytes.indexOf(signature)).find((place) => place >= 0);
  if (at === undefined) return undefined;
  const end = bytes.indexOf(0, at + signatureLength);
  return end < 0 || end - at > longestSettings ? undefined : Buffer.from(bytes.subarray(at, end));
}

/** Whether a file begins or ends with media of an encoder with these settings; one that cannot be opened does not. */
export function isSignedWith(path: string, fingerprint: Buffer): boolean {
  try {
    const source = new FileSource(path);
    try {
      const places = [0, Math.max(0, source.size - signedWithin)];
      return places.some((offset) => bytesAt(source, offset).includes(fingerprint));
    } finally {
      source.close();
    }
  } catch (error) {
    if (error instanceof SalvorError) return false;
    throw error;
  }
}
