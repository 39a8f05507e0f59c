/** What `salvor ts-fix` is given where a test says nothing else. */
import type { TsFixOptions } from '../../../src/commands/ts-fix/fix.ts';

export const standard: Omit<TsFixOptions, 'beside'> = {
  output: undefined,
  force: false,
  dryRun: false,
  torn: 'drop',
  keepScrambled: false,
  dropNull: false,
  fromFirstKey: false,
  retime: false,
  progress: () => {},
};
