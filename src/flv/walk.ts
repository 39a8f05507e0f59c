/** The one walk over the tags of an FLV: whoever wants to know something of a recording has it surveyed here. */
import type { ByteSource } from '../io/file-source.ts';
import type { Pace } from '../io/pace.ts';
import type { FlvSurvey } from './survey.ts';
import { tagHeaderLength } from './tag.ts';
import type { TagEvent, TagReader } from './tag-reader.ts';

/** Tags between two looks at the clock. */
const tagsAtOnce = 0x3ff;

/** How far the walk goes, and who receives it. */
export interface FlvSurveyOptions {
  readonly pace: Pace;
  /** Offset from which on nothing is looked at; the end of the source unless it is given. */
  readonly until?: number;
  /** Called before each tag is read, with the offset from which on bytes are needed. */
  readonly before?: (offset: number) => void;
  /** Called for each tag, the survey and the reader standing on it. */
  readonly onTag?: () => void;
  /** Called with the offset of the walk at every turn. */
  readonly progress?: (offset: number) => void;
}

/** Walks the tags from where the reader stands and lets the survey take them in. Its `finish` is the caller's to call. */
export async function surveyTags(
  source: ByteSource,
  reader: TagReader,
  survey: FlvSurvey,
  { pace, until = Infinity, before, onTag, progress }: FlvSurveyOptions,
): Promise<void> {
  for (let count = 1; reader.position < until; count++) {
    before?.(reader.position);
    const event: TagEvent = reader.next();
    if (event === 'end') break;
    if (survey.add(event, reader)) survey.data(source.read(reader.offset + tagHeaderLength, reader.dataSize));
    if (event === 'tag') onTag?.();
    if (((count & tagsAtOnce) !== 0 && event !== 'searching') || !pace.isDue) continue;
    progress?.(reader.position);
    await pace.turn();
  }
}
