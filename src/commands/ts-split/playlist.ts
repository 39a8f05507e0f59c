/** An HLS playlist of the parts (RFC 8216): video on demand, each part a segment. */

/** One part in the playlist. */
export interface PlaylistSegment {
  /** Relative to the playlist. */
  readonly uri: string;
  readonly durationSeconds: number;
  /** Whether its clock does not go on from that of the segment before, or its streams are others (4.3.2.3). */
  readonly isDiscontinuity: boolean;
}

/** The text of the playlist. Durations are given to the microsecond, so that their sum stays that of the media. */
export function playlistText(segments: readonly PlaylistSegment[]): string {
  // 4.3.3.1: no duration, rounded to the nearest integer, may exceed the target duration.
  const target = Math.max(1, ...segments.map(({ durationSeconds }) => Math.round(durationSeconds)));
  return [
    '#EXTM3U',
    '#EXT-X-VERSION:3',
    `#EXT-X-TARGETDURATION:${target}`,
    '#EXT-X-MEDIA-SEQUENCE:0',
    '#EXT-X-PLAYLIST-TYPE:VOD',
    ...segments.flatMap(({ uri, durationSeconds, isDiscontinuity }, index) => [
      ...(isDiscontinuity && index > 0 ? ['#EXT-X-DISCONTINUITY'] : []),
      `#EXTINF:${durationSeconds.toFixed(6)},`,
      uri,
    ]),
    '#EXT-X-ENDLIST',
    '',
  ].join('\n');
}

/** A path as a relative reference; what has a meaning in one is escaped. */
export function uriOf(relativePath: string): string {
  const escaped = relativePath
    .split(/(\/|[\udc80-\udcff])/u)
    .map((piece) => (piece === '/' ? piece : piece.isWellFormed() ? encodeURIComponent(piece) : byteEscape(piece)))
    .join('');
  return /^[^/]*%3A/i.test(escaped) ? `./${escaped}` : escaped;
}

/** A byte of a name that is no UTF-8, U+DC80 to U+DCFF in strings. */
function byteEscape(unit: string): string {
  return `%${(unit.charCodeAt(0) - 0xdc00).toString(16).toUpperCase()}`;
}
