/** What the sample entries of all pictures have in common, ISO/IEC 14496-12 clause 12.1.3, with colour and pixel shape. */
import type { ByteSink } from '../bytes/byte-sink.ts';
import { box, type Box } from './box.ts';
import { colr, type Colour } from './boxes/colr.ts';
import { pasp, type PixelAspect } from './boxes/pasp.ts';

/** What every visual sample entry is written from; sizes in pixels. */
export interface VisualSampleEntry {
  readonly width: number;
  readonly height: number;
  readonly colour: Colour | undefined;
  readonly pixelAspect: PixelAspect | undefined;
}

function writeFields({ width, height }: VisualSampleEntry, sink: ByteSink): void {
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

/** `type`: `avc1`, `hvc1`, `av01`, …; `configuration`: the box of the codec's own record, where it has one. */
export function visualSampleEntry(type: string, entry: VisualSampleEntry, configuration: Box | undefined): Box {
  return box(type, (sink) => {
    writeFields(entry, sink);
    configuration?.write(sink);
    if (entry.colour !== undefined) colr(entry.colour).write(sink);
    if (entry.pixelAspect !== undefined) pasp(entry.pixelAspect).write(sink);
  });
}
