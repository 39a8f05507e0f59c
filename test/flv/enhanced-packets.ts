/** Generated contents of enhanced headers, for the tests of audio and video tags. */
import fc from 'fast-check';
import { MultitrackType, type EnhancedPacket } from '../../src/flv/enhanced-header.ts';
import { plainRecord } from '../codecs/arbitraries.ts';

/** Every packet that can be written: a type that announces another cannot be the packet's own. */
export function enhancedPackets(types: {
  readonly multitrack: number;
  readonly modEx: number;
}): fc.Arbitrary<EnhancedPacket> {
  const modifier = plainRecord({
    type: fc.nat(15),
    data: fc.oneof(
      fc.uint8Array({ minLength: 1, maxLength: 8 }),
      // Around where the size no longer fits one byte.
      fc.integer({ min: 254, max: 258 }).map((length) => new Uint8Array(length).fill(7)),
    ),
  });
  return plainRecord<EnhancedPacket>({
    modifiers: fc.array(modifier, { maxLength: 3 }),
    packetType: fc.nat(15).filter((type) => type !== types.multitrack && type !== types.modEx),
    multitrackType: fc.option(fc.nat(15), { nil: undefined }),
    fourCC: fc.constantFrom('avc1', 'hvc1', 'mp4a', 'Opus', 'av01'),
  }).map((packet) =>
    packet.multitrackType === MultitrackType.manyTracksManyCodecs ? { ...packet, fourCC: undefined } : packet,
  );
}
