/**
 * Reads as much of an `.info` as stands. A crash within a flush leaves the new key-frame numbers over the old header, with
 * the track records intact behind them; or only the beginning of the file; or nothing. What is found here are hints: the
 * caller asks the track files whether they belong to the same state.
 */
import { ByteReader } from '../bytes/byte-reader.ts';
import { parseAvcDecoderConfiguration } from '../codecs/h264/decoder-configuration.ts';
import { parseEsDescriptor } from '../codecs/mpeg4/es-descriptor.ts';
import { readInfo, readTrackRecord, type StagingInfo, type TrackRecord } from './info.ts';

/** What could be read of an `.info`; a record that was found may be of an older state than the track file. */
export interface SalvagedInfo {
  /** The whole of it, where it can be read to its end. */
  readonly info: StagingInfo | undefined;
  readonly audio: TrackRecord | undefined;
  readonly video: TrackRecord | undefined;
}

/** First bytes of the configurations: the tag of an ES_Descriptor, the version of an AVCDecoderConfigurationRecord. */
const configurationMark = { audio: 0x03, video: 0x01 } as const;
/** Bytes of a record before its configuration. */
const configurationOffset = { audio: 1 + 4 + 4, video: 1 + 4 + 4 + 4 + 4 } as const;

/** Reads the whole `.info`, or where that fails looks for the two track records in its bytes. */
export function salvageInfo(bytes: Uint8Array): SalvagedInfo {
  const read = readInfo(bytes);
  if ('info' in read) return { info: read.info, audio: read.info.audio, video: read.info.video };
  return { info: undefined, audio: findRecord(bytes, 'audio'), video: findRecord(bytes, 'video') };
}

/** Looks for a track record by its configuration, which cannot be mistaken, and takes it if all of it makes sense. */
function findRecord(bytes: Uint8Array, kind: 'audio' | 'video'): TrackRecord | undefined {
  const lead = configurationOffset[kind];
  for (let at = 0; at + lead < bytes.length; at++) {
    if (bytes[at + lead] !== configurationMark[kind]) continue;
    const reader = new ByteReader(bytes.subarray(at), { base: at });
    const record = readTrackRecord(reader, kind);
    if (reader.fault === undefined && makesSense(record)) return record;
  }
  return undefined;
}

function makesSense(record: TrackRecord): boolean {
  if (record.trackId < 1 || record.trackId > 2 || record.is64 > 1) return false;
  if (record.kind === 'audio') return parseEsDescriptor(record.configuration).value !== undefined;
  const { value } = parseAvcDecoderConfiguration(record.configuration);
  return value !== undefined && value.sequenceParameterSets.length > 0;
}
