/**
 * HE-AAC that only the frames tell of, in each container: which access units come first, and what they make of the facts
 * that the configuration gave.
 */
import { parseAdtsHeader } from '../../codecs/aac/adts-header.ts';
import type { AudioSpecificConfig } from '../../codecs/aac/audio-specific-config.ts';
import { framesThatTell, withImplicitExtension } from '../../codecs/aac/implicit-extension.ts';
import { accessUnitOfLatm, parseLatm } from '../../codecs/aac/latm.ts';
import type { ByteSource } from '../../io/file-source.ts';
import type { CodecFacts } from '../../media/probed-recording.ts';
import type { SampleTable } from '../../media/sample-table.ts';
import type { CodecConfiguration } from '../../media/track.ts';
import { aacFacts } from './audio-facts.ts';

/** What a configuration says and the first access units show. */
export function shownFacts(config: AudioSpecificConfig, accessUnits: Iterable<Uint8Array>): CodecFacts {
  return aacFacts(withImplicitExtension(config, accessUnits));
}

/** The facts of a track with what its first access units show; as they are where those show nothing. */
export function withShown(
  facts: CodecFacts,
  configuration: CodecConfiguration | undefined,
  accessUnits: Iterable<Uint8Array>,
): CodecFacts {
  if (facts.name !== 'aac' || configuration?.codec !== 'aac' || configuration.audio === undefined) return facts;
  const config = withImplicitExtension(configuration.audio, accessUnits);
  if (config === configuration.audio) return facts;
  const shown = aacFacts(config);
  return { ...facts, ...shown, further: { ...facts.further, ...shown.further } };
}

/** The access units of ADTS frames that lie one behind the other; of frames with several, the first. */
export function* accessUnitsOfAdts(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length;) {
    const header = parseAdtsHeader(bytes.subarray(at)).value;
    if (header === undefined || at + header.frameLength > bytes.length) return;
    yield bytes.subarray(at + header.headerLength, at + header.frameLength);
    at += header.frameLength;
  }
}

/** And of LATM elements. */
export function* accessUnitsOfLatm(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length;) {
    const length = parseLatm(bytes.subarray(at))?.length ?? 0;
    if (length === 0 || at + length > bytes.length) return;
    const accessUnit = accessUnitOfLatm(bytes.subarray(at, at + length));
    if (accessUnit !== undefined) yield accessUnit;
    at += length;
  }
}

/** More than an access unit of 22 channels may have: no index makes anything larger be read. */
export const maxAccessUnit: number = 32 * 1024;

/** And of an index into a source. */
export function* accessUnitsOfTable(source: ByteSource, table: SampleTable): Generator<Uint8Array> {
  for (let index = 0; index < Math.min(framesThatTell, table.length); index++) {
    yield source.read(table.offsets.at(index), Math.min(maxAccessUnit, table.sizes.at(index))).slice();
  }
}
