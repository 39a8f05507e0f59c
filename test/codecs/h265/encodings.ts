/** Kinds of H.265 streams that libx265 makes, for the tests of this folder. */
import { encode, PICTURES } from '../encoded.ts';
import type { Lifetime } from '../../support/scratch.ts';

export interface Encoding {
  readonly name: string;
  readonly pixelFormat: string;
  readonly parameters: string;
  readonly options?: readonly string[];
}

export const ENCODINGS: readonly Encoding[] = [
  {
    name: 'closed groups, B-pyramid',
    pixelFormat: 'yuv420p',
    parameters: 'keyint=10:bframes=4:b-pyramid=1:open-gop=0',
  },
  { name: 'open groups (CRA, RASL)', pixelFormat: 'yuv420p', parameters: 'keyint=8:min-keyint=8:bframes=3:open-gop=1' },
  {
    name: 'random access decodable leading pictures',
    pixelFormat: 'yuv420p',
    parameters: 'keyint=8:bframes=3:radl=2:open-gop=0',
  },
  {
    name: 'three slices a picture, delimiters',
    pixelFormat: 'yuv420p',
    parameters: 'slices=3:aud=1:repeat-headers=1:keyint=12',
  },
  {
    name: '4:2:2 of 10 bits, decoder model',
    pixelFormat: 'yuv422p10le',
    parameters: 'hrd=1:vbv-bufsize=500:vbv-maxrate=500:keyint=10',
  },
  { name: '4:4:4 of 12 bits', pixelFormat: 'yuv444p12le', parameters: 'keyint=10' },
  { name: 'monochrome', pixelFormat: 'gray', parameters: 'keyint=10:bframes=0' },
  {
    name: 'temporal sub-layers',
    pixelFormat: 'yuv420p',
    parameters: 'temporal-layers=3:b-adapt=0:bframes=3:keyint=16',
  },
  { name: 'fields', pixelFormat: 'yuv420p', parameters: 'interlace=tff:keyint=10' },
  {
    name: 'scaling lists, small blocks, lossless',
    pixelFormat: 'yuv420p',
    parameters: 'scaling-list=default:ctu=16:lossless=1',
  },
  {
    name: 'colour, shape and display window',
    pixelFormat: 'yuv420p',
    parameters:
      'colorprim=bt2020:transfer=smpte2084:colormatrix=bt2020nc:range=full:overscan=crop:display-window=2,4,6,8:chromaloc=2:videoformat=ntsc',
    options: ['-vf', 'setsar=4/3'],
  },
  { name: 'wavefronts and intra only', pixelFormat: 'yuv420p', parameters: 'wpp=1:keyint=1:slices=2' },
];

/** Encodes with start codes, unless `name` says another container. */
export function encodeH265(
  test: Lifetime,
  { pixelFormat, parameters, options }: Encoding,
  name = 'video.hevc',
): Promise<string> {
  const codec = ['-c:v', 'libx265', '-preset', 'ultrafast', '-x265-params', `log-level=none:pools=1:${parameters}`];
  return encode(test, name, [...PICTURES, '-pix_fmt', pixelFormat, ...(options ?? []), ...codec]);
}
