/** What the `onMetaData` of an FLV says in words and numbers, as ffprobe lists it under `tags`. */
import type { Metadata } from '../../flv/metadata.ts';

/** What ffprobe takes for fields of its own and does not repeat. */
const others = new Set(
  'duration filesize width height videodatarate framerate videocodecid audiodatarate audiosamplerate audiosamplesize stereo audiocodecid datastream'.split(
    ' ',
  ),
);

const maxTags = 256;

/** Texts as they are, numbers without a fraction, truth as a word, dates as ffprobe writes them; lists and objects are passed over. */
export function flvTags(metadata: Metadata | undefined): Readonly<Record<string, string>> {
  const tags: Record<string, string> = {};
  for (const { name, value } of metadata?.properties.slice(0, maxTags) ?? []) {
    if (others.has(name) || name === '' || name === '__proto__') continue;
    if (value.kind === 'string') tags[name] = value.text.replace(/\0.*$/s, '');
    else if (value.kind === 'boolean') tags[name] = String(value.value);
    else if (value.kind === 'number' && Number.isFinite(value.value)) tags[name] = rounded(value.value);
    else if (value.kind === 'date') {
      const date = new Date(value.milliseconds);
      if (!Number.isNaN(date.getTime())) tags[name] = date.toISOString().replace(/(\.\d{3})Z$/, '$1000Z');
    }
  }
  return tags;
}

/** Half to even, as C prints a double without its fraction. */
function rounded(value: number): string {
  const floor = Math.floor(value);
  const isHalf = value - floor === 0.5;
  const whole = isHalf ? floor + Math.abs(floor % 2) : Math.round(value);
  return String(Object.is(whole, -0) ? 0 : whole);
}
