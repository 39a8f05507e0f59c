/** What can be wrong with an FLV file. */
import type { FindingCodes } from './finding-code.ts';

/** Findings of FLV; all begin with `flv-`. */
export const flvFindings = {
  'flv-header-missing': ['warning', 'the file does not begin with an FLV header'],
  'flv-header-flags': ['warning', 'the FLV header announces other tracks than there are'],
  'flv-header-repeated': [
    'warning',
    'another FLV header stands within the file, as where recordings were joined byte by byte',
  ],
  'flv-preceded': ['warning', 'something that is no part of a recording stands before the FLV header'],
  'flv-chunk-sizes': ['warning', 'sizes of the chunks of an HTTP transfer stand between the bytes'],
  'flv-truncated': ['error', 'the file was closed, and its end is missing by what it says of its size and duration'],
  'flv-data-repeated': ['warning', 'data comes a second time, byte for byte and with the times it had'],
  'flv-tag-torn': ['error', 'the last tag is not whole'],
  'flv-zero-tail': ['warning', 'the file ends in zeros that were never written'],
  'flv-zero-range': ['error', 'bytes within a frame are all zero'],
  'flv-sync-lost': ['error', 'bytes within the file are no tags; they were skipped'],
  'flv-frames-missing': ['error', 'there is not one frame of media'],
  'flv-tag-size-wrong': ['warning', 'the header of a tag says another size than the tag has'],
  'flv-previous-tag-size': ['warning', 'the size after a tag is not the size of the tag'],
  'flv-metadata-missing': ['warning', 'there is no onMetaData'],
  'flv-metadata-misplaced': ['warning', 'onMetaData is not the first tag, and most players do not find it'],
  'flv-metadata-unreadable': ['warning', 'onMetaData cannot be read to its end'],
  'flv-metadata-wrong': ['warning', 'a value of onMetaData is not what the tags say'],
  'flv-index-wrong': ['warning', 'the key-frame index of onMetaData does not agree with the key frames'],
  'flv-index-missing': ['note', 'onMetaData has no key-frame index'],
  'flv-timestamp-start': ['note', 'the timestamps of a track begin before zero or long after it'],
  'flv-timestamp-backward': ['warning', 'timestamps step backward'],
  'flv-timestamp-jump': ['warning', 'timestamps jump ahead by more than ten seconds: a pause, or a clock that was set'],
  'flv-timestamp-still': ['warning', 'the timestamps of a track stand still while its frames go on'],
  'flv-timestamp-wrapped': ['warning', 'timestamps begin again because the counter was full'],
  'flv-audio-clock-stalled': ['warning', 'audio timestamps stand still now and then and fall behind the audio frames'],
  'flv-sequence-header-missing': ['error', 'frames come without the sequence header that is needed to decode them'],
  'flv-sequence-header-repeated': ['note', 'a sequence header comes again, unchanged'],
  'flv-codec-changed': ['warning', 'the codec of a track changes within the file'],
  'flv-sequence-header-changed': ['warning', 'the configuration of a track changes within the file'],
} as const satisfies FindingCodes;
