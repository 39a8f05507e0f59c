/** What can be said of the files that results are written to. */
import type { FindingCodes } from './finding-code.ts';

/** Findings that have no prefix of a format. */
export const fileFindings = {
  'temporary-file-left': ['warning', 'the result is in place, but its temporary name could not be removed'],
  'hard-link-broken': [
    'warning',
    'the file that was replaced has other names (hard links), which keep the bytes as they were',
  ],
} as const satisfies FindingCodes;
