/** Turns the configuration bytes of a track record into what the rest of salvor calls a codec configuration. */
import {
  codecString as aacCodecString,
  channelCount,
  outputSamplingRate,
} from '../codecs/aac/audio-specific-config.ts';
import { completeTruncated } from '../codecs/aac/truncated-config.ts';
import { parseAvcDecoderConfiguration } from '../codecs/h264/decoder-configuration.ts';
import { parseSequenceParameterSet } from '../codecs/h264/sequence-parameter-set.ts';
import { parseEsDescriptor, withDecoderSpecificInfo } from '../codecs/mpeg4/es-descriptor.ts';
import type { Findings } from '../media/findings.ts';
import type { CodecConfiguration } from '../media/track.ts';
import type { TrackRecord } from './info.ts';

/** The configuration of a record's track, or undefined (with a finding) where its bytes cannot be one. */
export function readCodecConfiguration(
  record: TrackRecord,
  file: string,
  findings: Findings,
): CodecConfiguration | undefined {
  return record.kind === 'video' ? readVideo(record, file, findings) : readAudio(record, file, findings);
}

function readVideo(record: TrackRecord, file: string, findings: Findings): CodecConfiguration | undefined {
  const place = { file, track: record.kind };
  const parsed = parseAvcDecoderConfiguration(record.configuration);
  const nalUnit = parsed.value?.sequenceParameterSets[0];
  if (parsed.value === undefined || nalUnit === undefined) {
    findings.add(
      'codec-configuration-unreadable',
      `expected an AVC decoder configuration record: ${parsed.fault?.message ?? 'it has no sequence parameter set'}`,
      place,
    );
    return undefined;
  }
  const sps = parseSequenceParameterSet(nalUnit).value;
  if (sps === undefined) {
    findings.add(
      'codec-configuration-unreadable',
      'the sequence parameter set cannot be read; the picture size is taken from .info',
      place,
    );
  } else if (sps.width !== record.width || sps.height !== record.height) {
    findings.add(
      'dimensions-contradict',
      `.info says ${record.width}x${record.height}, the sequence parameter set ${sps.width}x${sps.height}`,
      place,
    );
  }
  return { codec: 'h264', record: parsed.value, sps, width: record.width, height: record.height };
}

function readAudio(record: TrackRecord, file: string, findings: Findings): CodecConfiguration | undefined {
  const place = { file, track: record.kind };
  const { value: descriptor, fault } = parseEsDescriptor(record.configuration);
  const specific = descriptor?.decoderConfig.decoderSpecificInfo;
  if (descriptor === undefined || specific === undefined) {
    findings.add(
      'codec-configuration-unreadable',
      `expected an elementary stream descriptor: ${fault?.message ?? 'it has no AudioSpecificConfig'}`,
      place,
    );
    return undefined;
  }
  const completion = completeTruncated(specific.bytes);
  if (completion.outcome === 'lost') {
    findings.add(
      'codec-configuration-unreadable',
      `the AudioSpecificConfig is not whole (${completion.reason}); it is passed on as it is`,
      place,
    );
    return { codec: 'aac', descriptor, audio: undefined };
  }
  if (completion.outcome === 'rebuilt') {
    const { config } = completion;
    const meaning = `${aacCodecString(config)}, ${outputSamplingRate(config)} Hz, ${channelCount(config) ?? 'unknown'} channels`;
    findings.add(
      'codec-configuration-completed',
      `the recorder kept ${specific.bytes.length} bytes of the AudioSpecificConfig; completed to ${meaning}`,
      place,
    );
    return { codec: 'aac', descriptor: withDecoderSpecificInfo(descriptor, completion.bytes), audio: config };
  }
  return { codec: 'aac', descriptor, audio: completion.config };
}
