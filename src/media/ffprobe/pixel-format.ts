/** ffprobe's names for how the samples of a picture lie in memory once decoded. */

/** Chroma samples to luma samples. */
export type ChromaSubsampling = '400' | '420' | '422' | '440' | '444';

/** By `chroma_format_idc` of H.264 and H.265. */
export const CHROMA_SUBSAMPLINGS = ['400', '420', '422', '444'] as const;

/** By the two flags of AV1 and VP9. */
export function chromaSubsamplingOf(subsamplingX: number, subsamplingY: number): ChromaSubsampling {
  if (subsamplingX === 0) return subsamplingY === 0 ? '444' : '440';
  return subsamplingY === 0 ? '422' : '420';
}

/**
 * `isRgb`: the matrix is the identity. `isJpeg`: full range as libavcodec's H.264 and H.265 decoders name it, in a format
 * of its own for 8 bits.
 */
export function pixelFormatName(
  subsampling: ChromaSubsampling,
  bitDepth: number,
  options: { readonly isRgb?: boolean; readonly isJpeg?: boolean } = {},
): string {
  const depth = bitDepth > 8 ? `${bitDepth}le` : '';
  if (subsampling === '400') return `gray${depth}`;
  if (subsampling === '444' && options.isRgb === true) return `gbrp${depth}`;
  return `yuv${options.isJpeg === true && bitDepth === 8 ? 'j' : ''}${subsampling}p${depth}`;
}
