/** What can be wrong with an FLV file. */
import type { FindingCodes } from './finding-code.ts';

export const flvFindings = {
  'flv-header-missing': ['warning', 'the file does not begin with an FLV header'],
  'flv-header-flags': ['warning', 'the FLV header announces other tracks than there are'],
  'flv-header-repeated': [
    'warning',
    'another FLV header stands within the file, as where recordings were joined byte by byte',
  ],
  'flv-tag-torn': ['error', 'the last tag is not whole'],
  'flv-zero-tail': ['warning', 'the file ends in zeros that were never written'],
  'flv-zero-range': ['error', 'bytes within a frame are all zero'],
  'flv-sync-lost': ['error', 'bytes within the file are no tags; they were skipped'],
  'flv-previous-tag-size': ['warning', 'the size behind a tag is not the size of the tag'],
  'flv-metadata-missing': ['warning', 'there is no onMetaData'],
  'flv-metadata-misplaced': ['warning', 'onMetaData is not the first tag, and most players do not find it'],
  'flv-metadata-unreadable': ['warning', 'onMetaData cannot be read to its end'],
  'flv-metadata-wrong': ['warning', 'a value of onMetaData is not what the tags say'],
  'flv-index-wrong': ['warning', 'the key-frame index of onMetaData does not agree with the key frames'],
  'flv-index-missing': ['note', 'onMetaData has no key-frame index'],
  'flv-timestamp-start': ['note', 'the timestamps of a track begin before zero or long after it'],
  'flv-timestamp-backward': ['warning', 'timestamps step backward'],
  'flv-timestamp-jump': ['warning', 'timestamps jump ahead by more than ten seconds'],
  'flv-timestamp-wrapped': ['warning', 'timestamps begin again because the counter was full'],
  'flv-audio-clock-stalled': ['warning', 'audio timestamps stand still now and then and fall behind the sound'],
  'flv-sequence-header-missing': ['error', 'frames come without the sequence header that is needed to decode them'],
  'flv-sequence-header-repeated': ['note', 'a sequence header comes again, unchanged'],
  'flv-sequence-header-changed': ['warning', 'the configuration of a track changes within the file'],
} as const satisfies FindingCodes;
