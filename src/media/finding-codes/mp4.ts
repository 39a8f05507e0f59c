/** What can be wrong with an ISO base media file. */
import type { FindingCodes } from './finding-code.ts';

/** Findings of MP4 and MOV; all begin with `mp4-`. */
export const mp4Findings = {
  'mp4-no-moov': ['error', 'there is no moov box, so nothing describes the samples and their times'],
  'mp4-moov-torn': ['error', 'the moov box ends before the end it claims; what comes before that can be used'],
  'mp4-moov-unreadable': ['error', 'the moov box describes no track that can be read'],
  'mp4-head-damaged': ['error', 'the file begins with bytes that are no box; its moov was found behind them'],
  'mp4-joined': ['error', 'a second file is joined to the first, whose index does not tell of it'],
  'mp4-index-hidden': [
    'error',
    'a moov or fragments lie where no box leads to, inside media or behind a lost head, and were found by how they are built',
  ],
  'mp4-head-lost': ['error', 'the beginning of the file is not the media that the index describes'],
  'mp4-mdat-open': ['warning', 'the mdat box has a size of 0, which the recorder never filled in'],
  'mp4-mdat-size-wrong': ['error', 'the mdat box ends elsewhere than its size says'],
  'mp4-mdat-size-wrapped': ['error', 'the mdat box is 4 GiB or larger, and its size has lost the upper 32 bits'],
  'mp4-box-beyond-end': ['error', 'a box claims to end beyond the end of the file'],
  'mp4-samples-beyond-end': ['error', 'the index places samples beyond the end of the file'],
  'mp4-samples-outside-media': ['error', 'the index places samples where there is no media'],
  'mp4-chunk-offsets-wrapped': ['error', 'chunk offsets beyond 4 GiB have lost their upper 32 bits'],
  'mp4-tables-contradict': ['error', 'the sample tables of a track cannot all be true'],
  'mp4-configuration-missing': ['error', 'a track lacks the codec configuration that it cannot be decoded without'],
  'mp4-size-contradicts': ['warning', 'a sample entry gives another picture size than the sequence parameter set'],
  'mp4-duration-contradicts': ['warning', 'a duration in the headers is not the one of the sample tables'],
  'mp4-delta-absurd': ['warning', 'a sample is said to last less than nothing or longer than a day'],
  'mp4-sync-sample-doubtful': ['note', 'a sample is listed as a sync sample and has no IDR picture'],
  'mp4-zero-range': ['error', 'bytes that should be media are all zero'],
  'mp4-trailing-junk': ['warning', 'there are bytes at the end of the file that belong to no box'],
  'mp4-fragment-torn': ['error', 'a fragment ends before the end it claims'],
  'mp4-fragment-backward': ['warning', 'a fragment begins before the one before it ended'],
  'mp4-fragments-alone': [
    'note',
    'the moov is lost: fragments place the samples, and what codec they are of is told elsewhere',
  ],
  'mp4-fragments-missing': ['error', 'the movie announces fragments, and there are none'],
  'mp4-frame-heads-missing': ['error', 'frames lack their first bytes, which the recorder took for a composition time'],
  'mp4-audio-times-lost': [
    'warning',
    'the index gives the audio no times of its own; they follow from where it stands between the pictures',
  ],
  'mp4-track-not-kept': ['warning', 'a track of text or data is not in the result'],
  'mp4-data-samples-lost': ['warning', 'samples of a track of text or data are not in the file'],
  'mp4-edits-not-kept': ['warning', 'an edit list no longer fits the samples that are left; all of its track is shown'],
  'mp4-tables-not-kept': ['warning', 'tables that say more of each sample are not in the result'],
  'mp4-descriptions-not-kept': ['warning', 'a track has several sample descriptions; only the first is in the result'],
  'mp4-track-empty': ['note', 'a track has no samples'],
} as const satisfies FindingCodes;
