/** What can be wrong with a staging set, and nowhere else. */
import type { FindingCodes } from './finding-code.ts';

/** Findings of staging sets; all begin with `staging-`. */
export const stagingFindings = {
  'staging-file-missing': ['error', 'a file of the staging set is missing or empty'],
  'staging-interrupted': [
    'warning',
    'the server was stopped while it recorded, and the index does not describe all of the media',
  ],
  'staging-made-in-place': [
    'warning',
    'the file with the media, of which there is no other copy, becomes the MP4 itself',
  ],
  'staging-made-earlier': ['note', 'an earlier run that was stopped had made the MP4 in place; it got its name now'],
  'staging-info-unreadable': ['error', 'the .info file cannot be read to its end'],
  'staging-info-stale-bytes': ['note', 'the .info file has bytes of an older state after its end'],
  'staging-keyframes-missing': [
    'note',
    'the key-frame list lacks its last 1024 numbers, as the recorder leaves it when their count is a multiple of 1024',
  ],
  'staging-track-torn': ['error', 'the last entry of a track file is incomplete'],
  'staging-track-count': ['error', 'a track file has another number of entries than .info says'],
  'staging-runs-contradict': ['error', 'the time runs of a track do not add up to its samples'],
  'staging-range-outside': ['error', 'a sample lies outside the media file'],
  'staging-range-overlap': ['error', 'two samples claim the same bytes'],
  'staging-bytes-unindexed': ['error', 'bytes of the media file belong to no sample'],
  'staging-size-contradicts': ['error', 'the media file has another size than .info says'],
  'staging-info-partial': ['warning', 'only a part of the .info file can be read; what it still says was used'],
  'staging-info-foreign': [
    'warning',
    'the .info file does not belong to this recording or to this state of it; its times were not used',
  ],
  'staging-info-unconfirmed': [
    'warning',
    'nothing in the media shows that the .info file belongs to this recording; its codec configuration was used',
  ],
  'staging-entry-untrue': [
    'error',
    'an entry of a track file points outside the media or at bytes of another sample; its sample was left out',
  ],
  'mdat-header-unreadable': ['error', 'the media file does not begin with an mdat box'],
  'mdat-size-stale': ['warning', 'the size in the mdat header is not the size of the file'],
  'duration-of-last-assumed': [
    'note',
    'the recorder gave the last sample an implausible duration; the usual one was taken',
  ],
  'composition-offset-sign': [
    'note',
    'composition offsets were recorded without their sign and have been given it back',
  ],
  'codec-configuration-completed': [
    'note',
    'the recorder kept only the beginning of the audio configuration; the rest followed from it',
  ],
  'staging-files-taken': [
    'warning',
    'the staging files are no longer those that were read, or a process may write to them; they were not removed',
  ],
  'beyond-32-bits': [
    'warning',
    'the recording asks for 32-bit fields (winQtCompat) but does not fit them; 64-bit fields were written',
  ],
} as const satisfies FindingCodes;
