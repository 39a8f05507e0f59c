/** What can be said of recordings that are put into another container, or joined. */
import type { FindingCodes } from './finding-code.ts';

/** Findings of media that streams through. */
export const streamFindings = {
  'stream-damaged': ['error', 'bytes of the input are neither packets nor tags and were passed over'],
  'stream-media-left-out': ['error', 'media of the input cannot be carried over, and is not in the result'],
  'stream-clock-set': [
    'warning',
    'the clock of the input was set, back or far ahead; what follows was placed behind what came before',
  ],
  'stream-configuration-changes': ['note', 'a track goes on with another codec configuration'],
  'inputs-repeat': ['note', 'an input begins with media that the one before it has as well; it is there once'],
  'inputs-gap': ['note', 'nothing was recorded between two inputs'],
} as const satisfies FindingCodes;
