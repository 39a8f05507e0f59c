/** The nine bytes at the start: written where they are missing, and made to announce the tracks there are. */
import { flvHeaderLength } from '../../../flv/header.ts';
import type { FixContext } from '../plan.ts';

/** Where the flags stand. */
const flagsOffset = 4;

export function mendFileHeader(context: FixContext): void {
  const { header, survey, findings, source } = context;
  const hasVideo = survey.video.frames + survey.video.headers > 0;
  const hasAudio = survey.audio.frames + survey.audio.headers > 0;
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
  findings.add('flv-header-flags', `the header announces ${old}, the tags are ${right}`, {
    file: source.path,
    offset: flagsOffset,
    length: 1,
  });
  const flags = (hasAudio ? 0x04 : 0) | (hasVideo ? 0x01 : 0) | header.reservedFlags;
  context.outputHeader = { ...context.outputHeader, hasAudio, hasVideo };
  context.patches.push({ offset: flagsOffset, bytes: Uint8Array.of(flags) });
  context.changes.push({ name: 'header flags', old, new: right, offset: flagsOffset });
}
