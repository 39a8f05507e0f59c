/**
 * The command line of ffprobe, as scripts and the npm package of that name pass it, as one of `salvor probe`. What salvor
 * prints anyway (`-show_streams`, `-show_format`) and what only concerns ffprobe's own messages is dropped, `-i` names a
 * file, and asking for JSON is `--json`. Other options of ffprobe stay as they are, and are refused by name.
 */

/** ffprobe's options that say nothing to salvor, and whether a value follows. */
const harmless: Readonly<Record<string, boolean>> = {
  '-v': true,
  '-loglevel': true,
  '-hide_banner': false,
  '-show_streams': false,
  '-show_format': false,
  '-show_error': false,
  '-show_entries': true,
  '-count_frames': false,
  '-analyzeduration': true,
  '-probesize': true,
};

/** Levels of messages that ffprobe knows: `-v` without one of these is salvor's own. */
const levels = /^(?:quiet|panic|fatal|error|warning|info|verbose|debug|trace|-?\d+)$/;

const formatOptions: ReadonlySet<string> = new Set(['-of', '-print_format', '-output_format']);

/** Words that only ffprobe's command line has. */
function isForeign(word: string, next: string | undefined): boolean {
  if (word === '-v' || word === '-loglevel') return levels.test(next ?? '');
  return word === '-i' || word in harmless || formatOptions.has(word);
}

/** The words of `salvor probe` that say the same. Words behind `--` are files and stay. */
export function withoutFfprobeWords(words: readonly string[]): string[] {
  const kept: string[] = [];
  for (let at = 0; at < words.length; at++) {
    const word = words[at]!;
    const next = words[at + 1];
    if (word === '--') return [...kept, ...words.slice(at)];
    if (!isForeign(word, next)) {
      kept.push(word);
      continue;
    }
    if (word === '-i') continue;
    if (formatOptions.has(word)) {
      // Any other format is none of salvor's: the word stays and is refused.
      const isJson = /^json(?:=|$)/.test(next ?? '');
      kept.push(...(isJson ? ['--json'] : [word]));
      if (isJson) at++;
    } else if (harmless[word] === true) {
      at++;
    }
  }
  return kept;
}
