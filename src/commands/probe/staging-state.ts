/** Says in which of the states a crash leaves a staging set is: what of it was on the disk when the server was stopped. */
import type { Finding, FindingCode } from '../../media/findings.ts';
import { readMediaFileHeader } from '../../staging/media-file.ts';
import type { StagingSources } from '../../staging/reader.ts';

/** The recorder writes the 1025th key-frame number over the header: so many bytes are left then. */
const overwrittenInfo = 4 + 4 * 1024;

/** A few words for people; undefined where the set was closed in good order. */
export function stagingState(sources: StagingSources, findings: readonly Finding[]): string | undefined {
  const { info, mdat, tracks } = sources;
  const infoSize = info?.size ?? 0;
  const hasEntries = [...tracks.values()].some(({ size }) => size > 0);
  const has = (...codes: FindingCode[]): boolean => findings.some(({ code }) => codes.includes(code));
  if (findings.every(({ severity }) => severity !== 'error')) return undefined;
  if (mdat === undefined) return 'the media is missing';
  if (info === undefined && tracks.size === 0) return 'only the media is left';
  if (infoSize === 0 && !hasEntries) return 'stopped before the first flush';
  if (infoSize === overwrittenInfo) return 'stopped when the key-frame list had grown over the header';
  if (infoSize === 0 || has('staging-info-unreadable')) return 'stopped within a flush, while the index was written';
  const header = readMediaFileHeader(mdat);
  const mediaIsComplete = !('fault' in header) && header.sizeFieldOffset - 8 + header.boxSize === mdat.size;
  if (!mediaIsComplete) return 'stopped between two flushes';
  const unwritten = 'stopped within a flush or while it was closed, before the';
  if (has('staging-size-contradicts')) return `${unwritten} index was written`;
  if (has('staging-track-count', 'staging-runs-contradict', 'staging-track-torn', 'staging-file-missing')) {
    return `${unwritten} track files were written`;
  }
  return 'stopped while it was closed';
}
