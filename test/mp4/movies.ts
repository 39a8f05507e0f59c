/**
 * Movies for tests: tracks with sample tables of any kind, and the trak boxes of what was written of them. Their codec
 * configurations are valid but say nothing that matters here.
 */
import { parseAudioSpecificConfig } from '../../src/codecs/aac/audio-specific-config.ts';
import { parseAvcDecoderConfiguration } from '../../src/codecs/h264/decoder-configuration.ts';
import { parseEsDescriptor } from '../../src/codecs/mpeg4/es-descriptor.ts';
import { SampleTable } from '../../src/media/sample-table.ts';
import { Column } from '../../src/media/column.ts';
import type { AvcConfiguration, Mpeg4AudioConfiguration, Track } from '../../src/media/track.ts';
import { childrenOf, readBoxes, type BoxSpan } from '../../src/mp4/box.ts';
import { hex, memorySource } from './memory-source.ts';

/** Baseline profile; the SPS is left unread, so that the size is the one given here. */
export const video: AvcConfiguration = {
  codec: 'h264',
  record: parseAvcDecoderConfiguration(hex('01 42c01e ff e1 0004 6742c01e 01 0004 68ce3c80')).value!,
  sps: undefined,
  width: 320,
  height: 240,
};

/** AAC-LC, 44100 Hz, 2 channels. */
const audio: Mpeg4AudioConfiguration = {
  codec: 'aac',
  descriptor: parseEsDescriptor(hex('03 19 0002 00 04 11 40 15 000300 0001f400 00017700 05 02 1210 06 01 02')).value!,
  audio: parseAudioSpecificConfig(hex('1210')).value!,
};

/** What a sample table says of one sample. */
export interface Sample {
  readonly offset: number;
  readonly size: number;
  readonly duration: number;
  readonly compositionOffset: number;
  readonly sync: boolean;
}

/** A table of samples; a column that says nothing is left out where `sparse`. */
export function tableOf(samples: readonly Sample[], sparse = true): SampleTable {
  const table = new SampleTable();
  const compositionOffsets = new Column(Int32Array);
  const sync = new Column(Uint8Array);
  for (const sample of samples) {
    table.offsets.push(sample.offset);
    table.sizes.push(sample.size);
    table.durations.push(sample.duration);
    compositionOffsets.push(sample.compositionOffset);
    sync.push(sample.sync ? 1 : 0);
  }
  if (!sparse || samples.some(({ compositionOffset }) => compositionOffset !== 0)) {
    table.compositionOffsets = compositionOffsets;
  }
  if (!sparse || samples.some((sample) => !sample.sync)) table.sync = sync;
  return table;
}

/** A table of `count` samples that follow one another in the file, each as long as the others. */
export function evenTable(count: number, duration: number, firstDecodeTime = 0, compositionOffset = 0): SampleTable {
  const samples = Array.from({ length: count }, (_, index) => ({
    offset: 16 + 100 * index,
    size: 100,
    duration,
    compositionOffset,
    sync: true,
  }));
  const table = tableOf(samples);
  table.firstDecodeTime = firstDecodeTime;
  return table;
}

export function videoTrack(samples: SampleTable, timescale = 1000, id = 1): Track {
  return { id, kind: 'video', timescale, configuration: video, samples };
}

export function audioTrack(samples: SampleTable, timescale = 1000, id = 2): Track {
  return { id, kind: 'audio', timescale, configuration: audio, samples };
}

/** The trak boxes of a written moov. */
export function traksOf(moov: Uint8Array): BoxSpan[] {
  const [span] = readBoxes(memorySource(moov), 0, moov.length);
  return span === undefined ? [] : [...childrenOf(span)].filter(({ type }) => type === 'trak');
}
