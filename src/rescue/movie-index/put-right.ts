/**
 * Which values of an index that is whole are put right by writing the file anew. Intact files of other makers differ from what
 * their media says in a hundred small ways that players know: a size that crops, a duration without the priming of the audio,
 * padding behind the last box. `probe` advises a repair, and `repair` makes one, for what stands here and for errors alone.
 */
import { minZeroRange } from '../../codecs/zero-ranges.ts';
import { zeroTailStart } from '../../io/zero-tail.ts';
import type { Finding, FindingCode, Findings } from '../../media/findings.ts';
import type { MovieFile } from '../../mp4/movie-reader.ts';

const warningsPutRight: ReadonlySet<FindingCode> = new Set<FindingCode>([
  'mp4-size-contradicts',
  'mp4-duration-contradicts',
  'mp4-delta-absurd',
  'mp4-audio-times-lost',
]);

/** Whether a finding about a closed file is a reason to write it anew. */
export function isPutRight({ severity, code }: Pick<Finding, 'severity' | 'code'>): boolean {
  return severity === 'error' || warningsPutRight.has(code);
}

/**
 * Whether the recorder never closed the file: its media has no size, and the index was to follow behind; or, as a recording
 * in fragments has no end that could be missing, the fragment that was being written is torn or zero.
 */
export function isLeftOpen({ layout, movie, fragments }: MovieFile, findings: Findings): boolean {
  const media = layout.boxes.find(({ type }) => type === 'mdat');
  const isOpen = layout.boxes.some(({ type, fault }) => type === 'mdat' && fault === 'open');
  if (isOpen && (movie === undefined || (media !== undefined && media.start < movie.span.start))) return true;
  if (fragments.length === 0) return false;
  const { source } = layout;
  const endsInZeros = source.size - zeroTailStart(source) >= minZeroRange;
  return endsInZeros || findings.has('mp4-fragment-torn') || findings.has('mp4-box-beyond-end');
}

/**
 * Whether the picture size of a sample entry is a default of its recorder, and that of the stream is right. Elsewhere the
 * entry says what is to be shown of the pictures, and players take it.
 */
export function isDefaultSize(
  file: MovieFile,
  claimed: { readonly width: number; readonly height: number },
  stream: { readonly width: number; readonly height: number },
): boolean {
  return (claimed.width !== stream.width || claimed.height !== stream.height) && isOfGoServer(file);
}

/** Seconds by which durations in the headers may be off without a word: that recorder leaves out the last sample. */
export function unseenSecondsOf(file: MovieFile): number | undefined {
  return isOfGoServer(file) ? 0 : undefined;
}

/** Whether a file begins as every MP4 of go-rtmp's recorder does. It writes each sample as it comes. */
export function isOfGoServer({ fileType }: MovieFile): boolean {
  return (
    fileType?.majorBrand === 'isom' &&
    fileType.minorVersion === 0 &&
    fileType.compatibleBrands.join(' ') === 'isom iso2 avc1 hev1'
  );
}
