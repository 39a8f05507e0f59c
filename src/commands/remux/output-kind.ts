/** Which container an output is to be, by its name. */
import { extname } from 'node:path';
import { SalvorError } from '../../media/errors.ts';
import type { OutputKind } from './remux.ts';

const kinds: Readonly<Record<string, OutputKind>> = { '.mp4': 'mp4', '.flv': 'flv', '.ts': 'ts' };

/** The container of this ending. Throws a usage error where there is none that is written. */
export function outputKindOf(output: string): OutputKind {
  const kind = kinds[extname(output).toLowerCase()];
  if (kind !== undefined) return kind;
  throw new SalvorError('usage', `the output is to end in ${Object.keys(kinds).join(', ')}`, { file: output });
}
