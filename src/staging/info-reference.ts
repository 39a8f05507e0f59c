/** The codec configurations that the `.info` of another staging set tells. */
import { parseAvcDecoderConfiguration } from '../codecs/h264/decoder-configuration.ts';
import { parseEsDescriptor } from '../codecs/mpeg4/es-descriptor.ts';
import type { ByteSource } from '../io/file-source.ts';
import { codecReference, type CodecReference, type ReferenceStream } from '../media/codec-reference.ts';
import { aacConfigurationOf, avcConfigurationOf } from '../media/configurations.ts';
import { salvageInfo, type SalvagedInfo } from './salvaged-info.ts';

/** Larger files lend nothing: it would hold the key frames of weeks. */
const maxInfo = 8 * 1024 * 1024;

/** What an `.info` lends: of any other file nothing, as nothing in its content says what it is. */
export function readInfoReference(source: ByteSource): CodecReference {
  const isInfo = /\.info$/i.test(source.path) && source.size <= maxInfo;
  return codecReference(source.path, isInfo ? streamsOf(salvageInfo(source.read(0, source.size).slice())) : []);
}

function* streamsOf({ video, audio }: SalvagedInfo): Generator<ReferenceStream & { readonly kind: 'video' | 'audio' }> {
  const record = video === undefined ? undefined : parseAvcDecoderConfiguration(video.configuration).value;
  if (record !== undefined) {
    yield { kind: 'video', configuration: avcConfigurationOf(record), timescale: undefined };
  }
  const descriptor = audio === undefined ? undefined : parseEsDescriptor(audio.configuration).value;
  const specific = descriptor?.decoderConfig.decoderSpecificInfo;
  if (specific !== undefined) {
    yield { kind: 'audio', configuration: aacConfigurationOf(specific.bytes), timescale: undefined };
  }
}
