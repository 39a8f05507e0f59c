/** How codecs are called in messages that a container names by four characters. It decides nothing. */

const names: ReadonlyMap<string, string> = new Map([
  ['alac', 'ALAC'],
  ['flac', 'FLAC'],
  ['cvid', 'Cinepak'],
  ['jpeg', 'MJPEG'],
  ['samr', 'AMR'],
  ['sawb', 'AMR-WB'],
  ['dtsc', 'DTS'],
  ['dtsh', 'DTS'],
  ['ima4', 'IMA ADPCM'],
  ['ms\0\u0002', 'ADPCM'],
  ['ms\0\u0011', 'IMA ADPCM'],
  ['mp4v', 'MPEG-4 Visual'],
  ['vvc1', 'H.266'],
  ['vvi1', 'H.266'],
  ['vc-1', 'VC-1'],
  ['ac-4', 'AC-4'],
  ['iamf', 'IAMF'],
  ['mha1', 'MPEG-H audio'],
  ['mhm1', 'MPEG-H audio'],
  ['QDM2', 'QDesign 2'],
  ['SVQ1', 'Sorenson Video'],
  ['SVQ3', 'Sorenson Video 3'],
  ['CFHD', 'CineForm'],
  ['AVdn', 'DNxHD'],
  ['AVdh', 'DNxHR'],
  ...['apco', 'apcs', 'apcn', 'apch', 'ap4h', 'ap4x'].map((format) => [format, 'ProRes'] as const),
]);

/** The name of a codec; what the container calls it, printable, where it is not known here. */
export function nameOfFormat(format: string): string {
  return names.get(format) ?? format.replaceAll(/[^\x20-\x7e]/g, '?');
}
