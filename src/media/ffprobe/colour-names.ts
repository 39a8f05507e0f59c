/**
 * ffprobe's names for what ISO/IEC 23091-2 (ITU-T H.273) numbers: primaries, transfer, matrix and the place of chroma
 * samples. Undefined where ffprobe says "unknown" or leaves the field out.
 */
import type { ColourDescription } from '../../codecs/video-signal.ts';

/** The colour of a video stream under ffprobe's field names. */
export interface FfprobeColour {
  readonly color_range?: 'tv' | 'pc';
  readonly color_space?: string;
  readonly color_transfer?: string;
  readonly color_primaries?: string;
  readonly chroma_location?: string;
}

/** H.273, Table 4; ffprobe calls the first `gbr`. */
const SPACES: readonly (string | undefined)[] = [
  'gbr',
  'bt709',
  undefined,
  'reserved',
  'fcc',
  'bt470bg',
  'smpte170m',
  'smpte240m',
  'ycgco',
  'bt2020nc',
  'bt2020c',
  'smpte2085',
  'chroma-derived-nc',
  'chroma-derived-c',
  'ictcp',
  'ipt-c2',
  'ycgco-re',
  'ycgco-ro',
];

/** H.273, Table 3. */
const TRANSFERS: readonly (string | undefined)[] = [
  'reserved',
  'bt709',
  undefined,
  'reserved',
  'bt470m',
  'bt470bg',
  'smpte170m',
  'smpte240m',
  'linear',
  'log100',
  'log316',
  'iec61966-2-4',
  'bt1361e',
  'iec61966-2-1',
  'bt2020-10',
  'bt2020-12',
  'smpte2084',
  'smpte428',
  'arib-std-b67',
];

/** H.273, Table 2. */
const PRIMARIES: ReadonlyMap<number, string> = new Map([
  [0, 'reserved'],
  [1, 'bt709'],
  [3, 'reserved'],
  [4, 'bt470m'],
  [5, 'bt470bg'],
  [6, 'smpte170m'],
  [7, 'smpte240m'],
  [8, 'film'],
  [9, 'bt2020'],
  [10, 'smpte428'],
  [11, 'smpte431'],
  [12, 'smpte432'],
  [22, 'ebu3213'],
]);

/** `chroma_sample_loc_type` of H.264 and H.265. */
const LOCATIONS: readonly string[] = ['left', 'center', 'topleft', 'top', 'bottomleft', 'bottom'];

/** Fields of what is known, and none of what is not: `exactOptionalPropertyTypes` and JSON want it so. */
export function present<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]?: Exclude<T[K], undefined> };
}

/** `chroma_location` by `chroma_sample_loc_type` of H.264 and H.265 (0 left). */
export function chromaLocationName(chromaSampleLocType: number): string | undefined {
  return LOCATIONS[chromaSampleLocType];
}

/** `fullRange` undefined: nothing is said. */
export function colourNames(
  fullRange: boolean | undefined,
  colour: ColourDescription | undefined,
  chromaLocation: string | undefined,
): FfprobeColour {
  return present({
    color_range: fullRange === undefined ? undefined : fullRange ? ('pc' as const) : ('tv' as const),
    color_space: colour === undefined ? undefined : SPACES[colour.matrixCoefficients],
    color_transfer: colour === undefined ? undefined : TRANSFERS[colour.transferCharacteristics],
    color_primaries: colour === undefined ? undefined : PRIMARIES.get(colour.colourPrimaries),
    chroma_location: chromaLocation,
  });
}
