/** `onMetaData` is there, can be read, and is the first tag: players look nowhere else. */
import type { FixContext } from '../plan.ts';

/** Asks for a rewrite where `onMetaData` is missing, cannot be read or is not the first tag. */
export function placeMetadata({ survey, metadata, findings, source, rewriteReasons }: FixContext): void {
  const first = survey.metadataOffset;
  if (first < 0) {
    rewriteReasons.push('onMetaData is written');
    return;
  }
  if (metadata === undefined || !metadata.ended || metadata.prefixLength > 0) {
    findings.add('flv-metadata-unreadable', 'onMetaData is not as players expect it; what can be read of it is kept', {
      file: source.path,
      offset: first,
    });
    rewriteReasons.push('onMetaData is written anew');
  }
  if (survey.isMetadataMisplaced) {
    rewriteReasons.push('onMetaData is put first');
  }
}
