/** What can be wrong with an FLV file. */
import type { FindingCodes } from './finding-code.ts';

export const flvFindings = {} as const satisfies FindingCodes;
