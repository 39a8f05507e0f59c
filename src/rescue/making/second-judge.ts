/**
 * The second opinion on a movie that is made: whether a decoder takes its first pictures. Whether they are intact the rest of
 * salvor has decided already; this only adds what the decoder says, and refuses a reference of the user's that it contradicts.
 */
import { decodeFirstPictures } from '../../io/decoder.ts';
import { SalvorError } from '../../media/errors.ts';
import type { Findings } from '../../media/findings.ts';

/** Asks for a second opinion. */
export interface SecondJudge {
  /** Whether the user named this recording as the one that lends a configuration: then a complaint is a refusal. */
  readonly isNamed: (lender: string) => boolean;
}

/** What is judged. */
export interface JudgedMovie {
  /** Where it lies now. */
  readonly path: string;
  /** How the result is to be called. */
  readonly output: string;
  /** A file that it is made of. */
  readonly input: string;
  readonly hasPictures: boolean;
  readonly findings: Findings;
  readonly signal?: AbortSignal | undefined;
}

/** Lets a decoder have a look; its words become findings. Throws `unrecoverable` where they speak against a named reference. */
export async function judgeDecoded(
  { isNamed }: SecondJudge,
  { path, output, input, hasPictures, findings, signal }: JudgedMovie,
): Promise<void> {
  const place = { file: output, track: 'video' } as const;
  const decoding = hasPictures
    ? await decodeFirstPictures(path, 'all', signal)
    : ({ kind: 'not decoded', why: 'there are no pictures' } as const);
  if (decoding.kind === 'decoded') {
    findings.add('result-decoded', 'ffmpeg decodes the first pictures of the result without a complaint', place);
    return;
  }
  if (decoding.kind === 'not decoded') {
    findings.add('result-not-decoded', `--verify: ${decoding.why}; the result was checked without`, place);
    return;
  }
  const lender = findings
    .list()
    .find(({ code, track }) => code === 'codec-configuration-taken' && track === 'video')?.reference;
  // Pictures before the first key picture, and after a gap, lack what they refer to, whatever the configuration is.
  const ofKeys = lender !== undefined && isNamed(lender) ? await decodeFirstPictures(path, 'key', signal) : undefined;
  if (ofKeys?.kind !== 'complained') {
    const message = `ffmpeg complains of the first pictures of the result, as it does too where they refer to pictures that were never recorded: ${decoding.complaint}`;
    findings.add('result-decoding-complaint', message, place);
    return;
  }
  const why = `the video configuration is that of ${lender}, with which ffmpeg complains of key pictures: ${ofKeys.complaint}`;
  throw new SalvorError('unrecoverable', why, {
    file: input,
    findings: findings.list(),
    advice:
      'name a recording by the same encoder with the same settings; where the media itself is damaged, leave out --verify',
  });
}
