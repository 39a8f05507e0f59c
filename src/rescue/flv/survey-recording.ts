/** Opens an FLV and walks it to its end, for those who say what is to be done with it. */
import { FlvSurvey } from '../../flv/survey.ts';
import { openFlv, type FlvOpening } from '../../flv/opening.ts';
import { TagReader } from '../../flv/tag-reader.ts';
import { surveyTags } from '../../flv/walk.ts';
import type { ByteSource } from '../../io/file-source.ts';
import type { Pace } from '../../io/pace.ts';
import { SalvorError } from '../../media/errors.ts';
import { Findings } from '../../media/findings.ts';
import { refuseOtherKind } from '../recording-kind.ts';
import { refuseWithoutTags, type SurveyedFlv } from './assess.ts';

/** Walks a recording to its end. Throws a SalvorError where it is no FLV, or holds no whole tag. */
export async function surveyRecording(
  file: ByteSource,
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

function opened(file: ByteSource): FlvOpening {
  const opening = openFlv(file);
  if (opening !== undefined) return opening;
  refuseOtherKind(file, 'flv');
  throw new SalvorError('unreadable', file.size === 0 ? 'the file is empty' : 'is not an FLV', {
    file: file.path,
    advice: 'salvor probe tells what it is',
  });
}
