/**
 * What the record in a sequence header means, and the record that a configuration is in a sequence header. Codecs are named
 * by the four characters of enhanced headers, which stand for those of legacy headers as well (see `media-tag.ts`).
 */
import { parseAudioSpecificConfig } from '../codecs/aac/audio-specific-config.ts';
import { parseAv1CodecConfiguration, writeAv1CodecConfiguration } from '../codecs/av1/codec-configuration.ts';
import { parseFlacConfiguration, writeFlacMetadataBlocks } from '../codecs/flac/metadata-blocks.ts';
import { parseAvcDecoderConfiguration, writeAvcDecoderConfiguration } from '../codecs/h264/decoder-configuration.ts';
import { parseHevcDecoderConfiguration, writeHevcDecoderConfiguration } from '../codecs/h265/decoder-configuration.ts';
import { parseOpusHead, writeOpusHead } from '../codecs/opus/opus-specific.ts';
import { parseVpCodecConfiguration, writeVpCodecConfiguration } from '../codecs/vp9/codec-configuration.ts';
import { specificConfigOf } from '../media/codec-reference.ts';
import {
  aacConfigurationOf,
  av1ConfigurationOf,
  avcConfigurationOf,
  hevcConfigurationOf,
} from '../media/configurations.ts';
import type { CodecConfiguration } from '../media/track.ts';

/** A decoder configuration as it stands behind the header of a sequence header's tag. */
export interface CodecRecord {
  /** Four characters: `avc1`, `hvc1`, `mp4a`, … */
  readonly codec: string;
  readonly record: Uint8Array;
}

/** `fLaC`, which a FLAC stream begins with, may stand before its metadata blocks. */
const flacMarker = 'fLaC';

/** What a record means; undefined where it cannot be read, or the codec has none that is known here. */
export function configurationOfRecord({ codec, record }: CodecRecord): CodecConfiguration | undefined {
  switch (codec) {
    case 'avc1':
      return made(parseAvcDecoderConfiguration(record).value, avcConfigurationOf);
    case 'hvc1':
      return made(parseHevcDecoderConfiguration(record).value, hevcConfigurationOf);
    case 'av01':
      return made(parseAv1CodecConfiguration(record).value, av1ConfigurationOf);
    case 'vp08':
    case 'vp09':
      return made(parseVpCodecConfiguration(plainVpRecord(record)).value, (value) => {
        return { codec: codec === 'vp08' ? 'vp8' : 'vp9', record: value, width: 0, height: 0 };
      });
    case 'mp4a':
      return made(parseAudioSpecificConfig(record).value, (audio) => aacConfigurationOf(record, audio));
    case 'Opus':
      return made(parseOpusHead(record).value, (value) => ({ codec: 'opus', record: value }));
    case 'fLaC': {
      return made(parseFlacConfiguration(flacBlocks(record)).value, (value) => ({ codec: 'flac', record: value }));
    }
    default:
      return undefined;
  }
}

/** ffmpeg writes the whole box, with version and flags before the record: of a record alone the third byte has a bit depth. */
function plainVpRecord(record: Uint8Array): Uint8Array {
  return record[0] === 1 && record[2] === 0 && record[3] === 0 ? record.subarray(4) : record;
}

/** Bytes of STREAMINFO, which ffmpeg writes without a header before it. */
const streamInfoLength = 34;

function flacBlocks(record: Uint8Array): Uint8Array {
  if (record.length === streamInfoLength) return Uint8Array.of(0x80, 0, 0, streamInfoLength, ...record);
  const hasMarker = Buffer.from(record.subarray(0, 4)).toString('latin1') === flacMarker;
  return hasMarker ? record.subarray(4) : record;
}

function made<R>(record: R | undefined, make: (record: R) => CodecConfiguration): CodecConfiguration | undefined {
  return record === undefined ? undefined : make(record);
}

/** The record of a configuration; undefined for one that no sequence header is made of. */
export function recordOf(configuration: CodecConfiguration): CodecRecord | undefined {
  switch (configuration.codec) {
    case 'h264':
      return { codec: 'avc1', record: writeAvcDecoderConfiguration(configuration.record) };
    case 'h265':
      return { codec: 'hvc1', record: writeHevcDecoderConfiguration(configuration.record) };
    case 'av1':
      return { codec: 'av01', record: writeAv1CodecConfiguration(configuration.record) };
    case 'vp8':
    case 'vp9': {
      const { record, codec } = configuration;
      if (record === undefined) return undefined;
      return { codec: codec === 'vp8' ? 'vp08' : 'vp09', record: writeVpCodecConfiguration(record) };
    }
    case 'aac': {
      const record = specificConfigOf(configuration);
      return record === undefined ? undefined : { codec: 'mp4a', record };
    }
    case 'opus':
      return { codec: 'Opus', record: writeOpusHead(configuration.record) };
    case 'flac': {
      const blocks = writeFlacMetadataBlocks(configuration.record);
      return { codec: 'fLaC', record: Buffer.concat([Buffer.from(flacMarker, 'latin1'), blocks]) };
    }
    default:
      return undefined;
  }
}
