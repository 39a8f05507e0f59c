/** Visual sample entry of H.264, ISO/IEC 14496-12 clause 12.1.3 and 14496-15 clause 5.4.2, with its colour and pixel shape. */
import type { AvcDecoderConfiguration } from '../../codecs/h264/decoder-configuration.ts';
import type { ByteSink } from '../../bytes/byte-sink.ts';
import { bodyReader, box, type Box, type BoxSpan } from '../box.ts';
import { avcC } from './avcC.ts';
import { colr, type Colour } from './colr.ts';
import { pasp, type PixelAspect } from './pasp.ts';

/** Bytes of a visual sample entry before the boxes in it. */
export const visualSampleEntryLength = 78;

export interface AvcSampleEntry {
  readonly width: number;
  readonly height: number;
  readonly configuration: AvcDecoderConfiguration;
  readonly colour: Colour | undefined;
  readonly pixelAspect: PixelAspect | undefined;
}

function writeVisualSampleEntry(width: number, height: number, sink: ByteSink): void {
  sink.zeros(6);
  sink.u16(1); // data reference
  sink.zeros(16);
  sink.u16(width);
  sink.u16(height);
  sink.u32(0x00480000); // 72 dpi
  sink.u32(0x00480000);
  sink.u32(0);
  sink.u16(1); // one frame a sample
  sink.zeros(32); // compressor name
  sink.u16(0x0018); // colour, no alpha
  sink.i16(-1);
}

export function avc1(entry: AvcSampleEntry): Box {
  return box('avc1', (sink) => {
    writeVisualSampleEntry(entry.width, entry.height, sink);
    avcC(entry.configuration).write(sink);
    if (entry.colour !== undefined) colr(entry.colour).write(sink);
    if (entry.pixelAspect !== undefined) pasp(entry.pixelAspect).write(sink);
  });
}

/** Picture size in a visual sample entry of any codec. */
export function readVisualSize(span: BoxSpan): { width: number; height: number } {
  const reader = bodyReader(span);
  reader.skip(6 + 2 + 16);
  return { width: reader.u16(), height: reader.u16() };
}
