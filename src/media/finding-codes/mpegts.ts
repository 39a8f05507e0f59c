/** What can be wrong with an MPEG transport stream. */
import type { FindingCodes } from './finding-code.ts';

export const mpegtsFindings = {} as const satisfies FindingCodes;
