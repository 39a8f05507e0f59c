/**
 * Whether a file is what `flv-fix` makes of a recording, by every byte: what would be written is held against what is there, and
 * nothing is written. A result of another recording, or of an earlier state of this one, differs.
 */
import { openFlv } from '../../flv/opening.ts';
import { previousTagSizeLength, tagHeaderLength } from '../../flv/tag.ts';
import { FileSource, type ByteSource } from '../../io/file-source.ts';
import type { Pace } from '../../io/pace.ts';
import { isSameRange, type FilePosition } from '../../io/same-bytes.ts';
import { referencesFor } from '../references/references.ts';
import { decide, plainFix } from './assess.ts';
import type { Conclusion } from './conclude.ts';
import { KeptTags } from './kept-tags.ts';
import type { FixContext } from './plan.ts';
import { surveyRecording } from './survey-recording.ts';
import { forEachChange } from './tag-changes.ts';

/**
 * `made`: the file that may be the result. `options`: words of `flv-fix` with which it was made. Throws a SalvorError where one
 * of the files cannot be read, or nothing can be made of the recording.
 */
export async function isFixedFlv(
  made: FileSource,
  recording: FileSource,
  options: readonly string[],
  pace: Pace,
): Promise<boolean> {
  const references = referencesFor(undefined)(recording.path).all;
  const surveyed = await surveyRecording(recording, references, pace);
  const choices = {
    ...plainFix,
    dropRepeats: options.includes('--drop-repeats'),
    retime: options.includes('--retime') ? ('close-gaps' as const) : undefined,
    inPlace: false,
  };
  const { context, conclusion } = await decide(surveyed, choices, pace);
  return conclusion.kind === 'rewrite' && isFileWrittenAlready(made, recording, context, conclusion, pace);
}

/** A recording that is read in two places at once: `again` has a window of its own. */
export interface TwiceRead {
  readonly once: FilePosition['source'];
  readonly again: ByteSource;
}

/** The same where the recording has been looked at: whether `made` holds just what is written, a copy of an intact one too. */
export async function isWrittenAlready(
  made: FileSource,
  { once, again }: TwiceRead,
  context: FixContext,
  conclusion: Conclusion,
  pace: Pace,
): Promise<boolean> {
  if (conclusion.kind === 'copy') {
    const { size } = once;
    const whole = (source: FilePosition['source']): FilePosition => ({ source, offset: 0 });
    return made.size === size && isSameRange(whole(once), whole(made), size, pace);
  }
  if (conclusion.kind !== 'rewrite') return false;
  const { head } = conclusion;
  if (made.size !== head.length + context.layout.bytes) return false;
  if (Buffer.compare(made.read(0, head.length), head) !== 0) return false;
  const { source } = openFlv(again) ?? { source: again };
  return (await holdsTags(made, head.length, new KeptTags(context.source, context, pace), source, pace)) === made.size;
}

/** Whether a file is written already, of a recording that is a file. */
export async function isFileWrittenAlready(
  made: FileSource,
  recording: FileSource,
  context: FixContext,
  conclusion: Conclusion,
  pace: Pace,
): Promise<boolean> {
  // The walk looks ahead.
  const again = new FileSource(recording.path);
  try {
    return await isWrittenAlready(made, { once: recording, again }, context, conclusion, pace);
  } finally {
    again.close();
  }
}

/** Where in `made` the tags end, as they would be written from an offset on; undefined where they stand there otherwise. */
async function holdsTags(
  made: FileSource,
  start: number,
  tags: KeptTags,
  source: Pick<ByteSource, 'read'>,
  pace: Pace,
): Promise<number | undefined> {
  let at = start;
  for (let event = tags.next(); event !== 'end'; event = tags.next()) {
    if (event === 'turn') {
      await pace.turn();
      continue;
    }
    const { offset, dataSize } = tags.reader;
    const length = tagHeaderLength + dataSize + previousTagSizeLength;
    const tag = Buffer.alloc(length);
    tag.set(source.read(offset, length));
    tag.writeUInt32BE(tagHeaderLength + dataSize, length - previousTagSizeLength);
    forEachChange(tags, (place, value) => tag.writeUInt32BE(value, place - offset));
    if (!tag.equals(made.read(at, length))) return undefined;
    at += length;
  }
  return at;
}
