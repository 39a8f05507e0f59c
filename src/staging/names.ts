/**
 * The names of staging files. `P` below is the recording's path as the server knows it (`rec.mp4`); its staging files are
 * `P.info`, `P.mdat`, `P.track1`, `P.track2`. It knows names only, never whether a file exists.
 */

/** The endings of the four files of a set, behind the name of the recording. */
export const stagingSuffixes = ['.info', '.mdat', '.track1', '.track2'] as const;

/** The names a user may mean by a path: as given, and as the server completes it (`rec` is recorded as `rec.mp4`). */
export function recordingCandidates(path: string): string[] {
  const bare = stripStagingSuffix(path);
  return [bare, `${bare}.mp4`];
}

/** `rec.mp4.info` → `rec.mp4`: people point at the files they see. */
export function stripStagingSuffix(path: string): string {
  for (const suffix of stagingSuffixes) {
    if (path.endsWith(suffix) && path.length > suffix.length) return path.slice(0, -suffix.length);
  }
  return path;
}

/**
 * The parts of a chunked recording among the staging files of a directory. The server puts the part number before every
 * `.mp4` of the name: `rec.mp4` is recorded as `rec_part0000.mp4`, `rec_part0001.mp4` …
 */
export function chunkNames(recording: string, names: readonly string[]): string[] {
  return matchingChunks(recording, names, String.raw`\.(?:info|mdat|track1|track2)`);
}

/** The parts of a chunked recording whose MP4s are among the files of a directory. */
export function finishedChunkNames(recording: string, names: readonly string[]): string[] {
  return matchingChunks(recording, names, '');
}

/** `ending`: a pattern of what follows the name of a part. */
function matchingChunks(recording: string, names: readonly string[], ending: string): string[] {
  if (!recording.includes('.mp4')) return [];
  const literal = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const [stem = '', ...rest] = recording.split('.mp4').map(literal);
  const parts = rest.map((text, index) => `_part${index === 0 ? '(?<number>\\d{4,})' : '\\k<number>'}\\.mp4${text}`);
  const pattern = new RegExp(`^(${stem}${parts.join('')})${ending}$`);
  const found = new Set<string>();
  for (const name of names) {
    const part = pattern.exec(name);
    if (part?.[1] !== undefined) found.add(part[1]);
  }
  return [...found].sort();
}
