/** Opens an FLV to be fixed and walks it; and tells what in a directory is one. */
import { FlvSurvey } from '../../flv/survey.ts';
import { openFlv, openMarkedFlv, type FlvOpening } from '../../flv/opening.ts';
import { TagReader } from '../../flv/tag-reader.ts';
import { surveyTags } from '../../flv/walk.ts';
import { FileSource } from '../../io/file-source.ts';
import type { Pace } from '../../io/pace.ts';
import { SalvorError } from '../../media/errors.ts';
import { Findings } from '../../media/findings.ts';
import { refuseOtherKind } from '../../rescue/recording-kind.ts';
import { refuseWithoutTags, type SurveyedFlv } from '../../rescue/flv/assess.ts';

/** Walks a recording to its end. Throws a SalvorError where it is no FLV, or holds no whole tag. */
export async function surveyRecording(
  file: FileSource,
  references: SurveyedFlv['references'],
  pace: Pace,
): Promise<SurveyedFlv> {
  const opening = opened(file);
  const { source, firstTag } = opening;
  const findings = new Findings();
  const survey = new FlvSurvey(source, findings);
  await surveyTags(source, new TagReader(source, firstTag), survey, { pace });
  survey.reportGaps(source.size);
  survey.finish();
  const surveyed = { opening, survey, findings, references };
  refuseWithoutTags(surveyed);
  return surveyed;
}

function opened(file: FileSource): FlvOpening {
  const opening = openFlv(file);
  if (opening !== undefined) return opening;
  refuseOtherKind(file, 'flv');
  throw new SalvorError('unreadable', file.size === 0 ? 'the file is empty' : 'is not an FLV', {
    file: file.path,
    advice: 'salvor probe tells what it is',
  });
}

/**
 * Whether a file found in a directory is to be repaired: its content says so, or its name where the beginning is gone. What
 * `--backup` kept is not; and a file that cannot be read is told of if its name says that it is one.
 */
export function isFlv(path: string): boolean {
  if (path.endsWith(backupEnding)) return false;
  const isNamed = /\.flv$/i.test(path);
  try {
    const source = new FileSource(path);
    try {
      return openMarkedFlv(source) !== undefined || (isNamed && source.size > 0);
    } finally {
      source.close();
    }
  } catch (error) {
    if (error instanceof SalvorError) return isNamed;
    throw error;
  }
}

/** What is behind the name of a file as it was before it was repaired. */
export const backupEnding = '.bak';
