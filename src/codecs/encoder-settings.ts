/**
 * The settings that x264 and x265 leave in their first picture, as text in a message of unregistered user data. What they
 * mean for parameter sets is known to the modules of the codecs; where the text stands is known to who reads the media.
 */

/** What an encoder says of itself. */
export interface EncoderSettings {
  readonly encoder: 'x264' | 'x265';
  /** x264's `core`, x265's `build`; 0 where it is not said. */
  readonly build: number;
  /** By name. x265's `name` and `no-name` are `1` and `0` here, as x264 writes them. */
  readonly options: ReadonlyMap<string, string>;
}

/** The UUIDs (ITU-T H.264, D.2.7) that stand before the text. */
export const encoderSignatures: readonly Uint8Array[] = [
  'dc45e9bde6d948b7962cd820d923eeef',
  '2ca2de09b51747dbbb55a4fe7fc2fc4e',
].map((uuid) => Uint8Array.from(Buffer.from(uuid, 'hex')));

const beforeOptions = 'options: ';

/** What the text behind a signature says; undefined where it says no options. */
export function parseEncoderSettings(text: string): EncoderSettings | undefined {
  const at = text.indexOf(beforeOptions);
  if (at < 0) return undefined;
  const encoder = text.startsWith('x264') ? 'x264' : text.startsWith('x265') ? 'x265' : undefined;
  if (encoder === undefined) return undefined;
  const build = Number(/(?:core|\(build) (\d{1,5})/.exec(text.slice(0, at))?.[1] ?? 0);
  const options = new Map<string, string>();
  for (const word of text.slice(at + beforeOptions.length).split(' ')) {
    const equals = word.indexOf('=');
    if (equals > 0) options.set(word.slice(0, equals), word.slice(equals + 1));
    else if (word.startsWith('no-')) options.set(word.slice(3), '0');
    else if (word !== '') options.set(word, '1');
  }
  return { encoder, build, options };
}

/** What an encoder's settings say of a field of the parameter sets, and what the field is. */
export interface SettingsRule {
  /** The standard's name. */
  readonly field: string;
  /** The option that decides, as the encoder writes it. */
  readonly option: string;
  /** What the field is with these settings: one of these. */
  readonly expected: readonly number[];
  readonly found: number;
}

/** Whole number of an option; undefined where it is not there or is none. */
export function wholeNumber(options: EncoderSettings['options'], name: string): number | undefined {
  const text = options.get(name);
  return text !== undefined && /^-?\d{1,9}$/.test(text) ? Number(text) : undefined;
}
