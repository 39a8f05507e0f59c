/** The nine bytes at the start: written where they are missing, and made to announce the tracks there are. */
import { flvHeaderLength } from '../../../flv/header.ts';
import type { FixContext, FlagsRepair } from '../plan.ts';

/** Where in the header the flags stand. */
const flagsOffset = 4;

/** Reports what is wrong with the header, and patches its flags or asks for a rewrite. */
export function repairFileHeader(context: FixContext): void {
  const { opening, survey, findings, source } = context;
  const { header, headerOffset, before, hadChunkSizes } = opening;
  const has = (kind: 'video' | 'audio'): boolean =>
    [survey[kind], ...survey.others.values()].some((track) => track.kind === kind && track.frames + track.headers > 0);
  const [hasVideo, hasAudio] = [has('video'), has('audio')];
  if (before !== undefined) {
    findings.add('flv-preceded', `${before} stands before the FLV header; it is left out`, {
      file: source.path,
      offset: 0,
      length: headerOffset,
    });
    context.rewriteReasons.push(`${before} is left out`);
  }
  if (hadChunkSizes) {
    findings.add('flv-chunk-sizes', 'sizes of HTTP chunks stand between the bytes; they are taken out', {
      file: source.path,
    });
    context.rewriteReasons.push('the sizes of HTTP chunks are taken out');
  }
  if (header === undefined) {
    findings.add('flv-header-missing', 'expected the signature FLV; a header is written', {
      file: source.path,
      offset: 0,
      length: flvHeaderLength,
    });
    context.rewriteReasons.push('the FLV header is missing');
    context.outputHeader = { version: 1, hasAudio, hasVideo, reservedFlags: 0, dataOffset: flvHeaderLength };
    return;
  }
  context.outputHeader = { ...header, dataOffset: flvHeaderLength };
  // A file without any media says nothing of what was to come.
  if ((header.hasVideo === hasVideo && header.hasAudio === hasAudio) || !(hasVideo || hasAudio)) return;
  const describe = (video: boolean, audio: boolean): string =>
    [video ? 'video' : '', audio ? 'audio' : ''].filter((word) => word !== '').join(' and ') || 'nothing';
  const [old, right] = [describe(header.hasVideo, header.hasAudio), describe(hasVideo, hasAudio)];
  const flags = (hasAudio ? 0x04 : 0) | (hasVideo ? 0x01 : 0) | header.reservedFlags;
  context.outputHeader = { ...context.outputHeader, hasAudio, hasVideo };
  const offset = headerOffset + flagsOffset;
  const repair = {
    message: `the header announces ${old}, the tags are ${right}`,
    patch: { offset, bytes: Uint8Array.of(flags) },
    change: { name: 'header flags', old, new: right, offset },
  };
  // Many servers announce both and send one. That hides nothing, and is no reason by itself to change a file.
  if ((header.hasVideo || !hasVideo) && (header.hasAudio || !hasAudio)) {
    context.flagsAlong = repair;
    return;
  }
  setFlags(context, repair);
}

/** Announces the tracks that there are. */
export function setFlags(
  { findings, source, patches, changes }: FixContext,
  { message, patch, change }: FlagsRepair,
): void {
  findings.add('flv-header-flags', message, { file: source.path, offset: patch.offset, length: 1 });
  patches.push(patch);
  changes.push(change);
}
