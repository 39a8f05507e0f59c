/** Names for files that stand hidden beside another for a while, whatever that one's name is and however long. */
import { createHash } from 'node:crypto';
import { bytesOfName } from './file-system.ts';

/** What the marks behind it leave of the 255 bytes that a name may have. */
const maxStemLength = 160;

/** `.NAME.salvor-ENDING`; a name that is too long or not of ASCII alone is told from others by a fingerprint. */
export function hiddenName(name: string, ending: string): string {
  const bytes = bytesOfName(name);
  const stem = bytes.toString('latin1').replaceAll(/[^\x20-\x7e]/g, '_');
  const isWhole = bytes.length <= maxStemLength && stem === name;
  const fingerprint = createHash('sha256').update(bytes).digest('hex').slice(0, 8);
  return `.${isWhole ? stem : `${stem.slice(0, maxStemLength - 9)}-${fingerprint}`}.salvor-${ending}`;
}
