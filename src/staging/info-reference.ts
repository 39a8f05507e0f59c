/** The codec configurations that the `.info` of another staging set tells. */
import { completeTruncated } from '../codecs/aac/truncated-config.ts';
import { parseAvcDecoderConfiguration } from '../codecs/h264/decoder-configuration.ts';
import { parseEsDescriptor } from '../codecs/mpeg4/es-descriptor.ts';
import type { ByteSource } from '../io/file-source.ts';
import type { CodecReference } from '../media/codec-reference.ts';
import { salvageInfo } from './salvaged-info.ts';

/** Larger files are no `.info`: it would hold the key frames of weeks. */
const largestInfo = 64 * 1024 * 1024;

/** Undefined where the file has no track record that can be read. */
export function readInfoReference(source: ByteSource): CodecReference | undefined {
  if (!source.path.endsWith('.info') || source.size > largestInfo) return undefined;
  const salvaged = salvageInfo(source.read(0, source.size).slice());
  const video =
    salvaged.video === undefined ? undefined : parseAvcDecoderConfiguration(salvaged.video.configuration).value;
  const audio = salvaged.audio === undefined ? undefined : audioOf(salvaged.audio.configuration);
  if (video === undefined && audio === undefined) return undefined;
  return { file: source.path, ...(video === undefined ? {} : { video }), ...(audio === undefined ? {} : { audio }) };
}

function audioOf(configuration: Uint8Array): CodecReference['audio'] {
  const specific = parseEsDescriptor(configuration).value?.decoderConfig.decoderSpecificInfo;
  if (specific === undefined) return undefined;
  const completion = completeTruncated(specific.bytes);
  return completion.outcome === 'lost' ? undefined : { specificConfig: completion.bytes, audio: completion.config };
}
