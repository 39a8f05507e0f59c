/**
 * The settings that an encoder left in its media, as text: recordings with the same text were encoded alike, so that one can
 * lend its configuration to another sooner than another. What the text says of parameter sets is for `settings-proof.ts`.
 */
import { encoderSignatures, parseEncoderSettings, type EncoderSettings } from '../../codecs/encoder-settings.ts';
import { FileSource, type ByteSource } from '../../io/file-source.ts';
import { SalvorError } from '../../media/errors.ts';

const signatureLength = 16;
const maxSettings = 4096;
/** Bytes at the beginning and at the end of a recording in which an encoder's signature is looked for. */
const signedWithin = 256 * 1024;

function bytesAt(source: ByteSource, offset: number): Buffer {
  const bytes = source.read(offset, signedWithin);
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** The signature and settings that an encoder left in media from `offset` on, copied; undefined where it left none. */
export function encoderFingerprint(source: ByteSource, offset: number): Buffer | undefined {
  return placedFingerprint(source, offset)?.text;
}

/** With the offset at which it stands. */
function placedFingerprint(
  source: ByteSource,
  offset: number,
): { readonly text: Buffer; readonly offset: number } | undefined {
  const bytes = bytesAt(source, offset);
  const at = encoderSignatures.map((signature) => bytes.indexOf(signature)).find((place) => place >= 0);
  if (at === undefined) return undefined;
  const end = bytes.indexOf(0, at + signatureLength);
  if (end < 0 || end - at > maxSettings) return undefined;
  return { text: Buffer.from(bytes.subarray(at, end)), offset: offset + at };
}

/** What an encoder left of its settings in media from `offset` on, and where its signature stands. */
export function placedSettings(
  source: ByteSource,
  offset: number,
): { readonly settings: EncoderSettings; readonly offset: number } | undefined {
  const placed = placedFingerprint(source, offset);
  // Behind the text comes the end of its message.
  const text = placed?.text
    .subarray(signatureLength)
    .toString('latin1')
    .replace(/[^ -~].*$/su, '');
  const settings = text === undefined ? undefined : parseEncoderSettings(text);
  return placed === undefined || settings === undefined ? undefined : { settings, offset: placed.offset };
}

/** What an encoder left of its settings in media from `offset` on. */
export function settingsIn(source: ByteSource, offset: number): EncoderSettings | undefined {
  return placedSettings(source, offset)?.settings;
}

/** The settings in media at the beginning or at the end of a file; undefined where there are none. */
export function settingsOfFile(path: string): EncoderSettings | undefined {
  return inFile(path, (source, offset) => settingsIn(source, offset));
}

/** Whether a file begins or ends with media of an encoder with these settings; one that cannot be opened does not. */
export function isSignedWith(path: string, fingerprint: Buffer): boolean {
  return inFile(path, (source, offset) => bytesAt(source, offset).includes(fingerprint) || undefined) === true;
}

/** What is found at the beginning or at the end of a file. */
function inFile<T>(path: string, find: (source: ByteSource, offset: number) => T | undefined): T | undefined {
  try {
    const source = new FileSource(path);
    try {
      return find(source, 0) ?? find(source, Math.max(0, source.size - signedWithin));
    } finally {
      source.close();
    }
  } catch (error) {
    if (error instanceof SalvorError) return undefined;
    throw error;
  }
}
