/** The program map (ISO/IEC 13818-1, 2.4.4.8): the streams of a program and the PID of its clock. */
import { parseDescriptors, type Descriptor } from './descriptors.ts';
import type { TableSection } from './section.ts';

/** `table_id` of a program map section. */
export const pmtTableId = 2;

/** One elementary stream of the map. */
export interface MappedStream {
  readonly pid: number;
  readonly streamType: number;
  readonly descriptors: readonly Descriptor[];
}

/** A parsed TS_program_map_section. */
export interface ProgramMap {
  readonly programNumber: number;
  /** 0x1fff: the program has no clock. */
  readonly pcrPid: number;
  readonly descriptors: readonly Descriptor[];
  readonly streams: readonly MappedStream[];
}

/** Undefined where the section is too short to be one. A stream that claims more than there is ends the list. */
export function parseProgramMap({ extension, body }: TableSection): ProgramMap | undefined {
  if (body.length < 4) return undefined;
  const twelveBits = (at: number): number => ((body[at]! & 0x0f) << 8) | body[at + 1]!;
  const thirteenBits = (at: number): number => ((body[at]! & 0x1f) << 8) | body[at + 1]!;
  const streams: MappedStream[] = [];
  const firstStream = 4 + twelveBits(2);
  if (firstStream > body.length) return undefined;
  for (let at = firstStream; at + 5 <= body.length;) {
    const end = at + 5 + twelveBits(at + 3);
    if (end > body.length) break;
    streams.push({
      pid: thirteenBits(at + 1),
      streamType: body[at]!,
      descriptors: parseDescriptors(body.subarray(at + 5, end)),
    });
    at = end;
  }
  return {
    programNumber: extension,
    pcrPid: thirteenBits(0),
    descriptors: parseDescriptors(body.subarray(4, firstStream)),
    streams,
  };
}

function descriptorLoop(descriptors: readonly Descriptor[]): number[] {
  const bytes = descriptors.flatMap((descriptor) => [descriptor.tag, descriptor.bytes.length, ...descriptor.bytes]);
  return [0xf0 | (bytes.length >>> 8), bytes.length & 0xff, ...bytes];
}

/**
 * The writing half of the structure above.
 */
export function programMapBody({ pcrPid, descriptors, streams }: ProgramMap): Uint8Array {
  const pidBytes = (pid: number): number[] => [0xe0 | (pid >>> 8), pid & 0xff];
  return Uint8Array.from([
    ...pidBytes(pcrPid),
    ...descriptorLoop(descriptors),
    ...streams.flatMap((stream) => [stream.streamType, ...pidBytes(stream.pid), ...descriptorLoop(stream.descriptors)]),
  ]);
}
