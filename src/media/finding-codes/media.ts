/** What can be wrong with a recording in any container. */
import type { FindingCodes } from './finding-code.ts';

/** Findings about samples, times and configurations, which are worded the same for every container. */
export const mediaFindings = {
  'media-damaged': ['error', 'the bytes of a sample are not what its codec can have written; the sample was left out'],
  'media-carved': ['note', 'samples that no index describes were found by reading the media itself'],
  'samples-inferred': [
    'warning',
    'the codec does not mark where samples begin and end; the likeliest places were taken',
  ],
  'media-skipped': ['error', 'bytes of the media are no samples that can be read; what follows them was found again'],
  'media-passed-over': [
    'warning',
    'samples of tracks that are not read (camera data, text, other codecs) stand between those that are, and are left out',
  ],
  'codec-not-read': [
    'warning',
    'a stream is of a codec whose samples are not found in media without an index, and is left out',
  ],
  'media-torn': ['note', 'the media ends within a sample, which was not written to its end'],
  'streams-alike': [
    'warning',
    'tracks are so alike that only the order of their samples shows which sample is of which track; after missing media it may be of another',
  ],
  'reference-not-used': [
    'warning',
    'the reference that was named does not fit; what the index describes was kept without it',
  ],
  'codec-configuration-taken': ['warning', 'the codec configuration was lost and was taken from elsewhere'],
  'codec-configuration-unproven': [
    'note',
    'a recording lent the video configuration, and whether values that show in decoded pictures alone are right is not proven',
  ],
  'result-decoded': ['note', 'the ffmpeg that was asked decodes the first pictures of the result without a complaint'],
  'result-decoding-complaint': ['warning', 'the ffmpeg that was asked complains of the first pictures of the result'],
  'result-not-decoded': ['warning', 'an ffmpeg was asked for, and none could decode the first pictures of the result'],
  'times-continued': ['note', 'the last few times were lost and follow from the rhythm of those before'],
  'times-assumed': ['warning', 'the times of a track were lost and had to be assumed'],
  'start-offset-assumed': [
    'warning',
    'when a track begins was lost; it was taken from the order in which the samples arrived, or both tracks to begin together',
  ],
  'clocks-contradict': [
    'warning',
    'two sources for the times of a track contradict each other; the exact one was used',
  ],
  'nal-chain-broken': ['warning', 'the NAL unit lengths in a video sample do not end where the sample ends'],
  'sync-sample-contradicts': [
    'warning',
    'the key-frame list and the NAL unit types disagree; the NAL unit types were believed',
  ],
  'no-sync-sample': ['warning', 'no sample is an IDR picture; the first sample is given as the only entry point'],
  'decode-time-backward': ['warning', 'decode times step backward; they were made to rise'],
  'container-foreign': ['error', 'the content is of a format that salvor does not read'],
  'container-blank': ['error', 'the file holds nothing: it is empty, or all of its bytes are zero'],
  'container-unknown': ['error', 'the content is that of no recording salvor knows'],
  'codec-configuration-unreadable': ['error', 'a codec configuration cannot be read'],
  'dimensions-contradict': [
    'note',
    'the recorded picture size is not the one in the sequence parameter set, which was believed',
  ],
} as const satisfies FindingCodes;
