/** What can be wrong with an ISO base media file. */
import type { FindingCodes } from './finding-code.ts';

export const mp4Findings = {} as const satisfies FindingCodes;
