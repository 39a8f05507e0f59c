import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { BitWriter } from '../../../src/bytes/bit-writer.ts';
import { seededRandom } from '../../support/damage.ts';
import { decode, needs } from '../../support/judges.ts';
import { scratchDirectory } from '../../support/scratch.ts';
import { AccessUnitWriter, type AccessUnitChoices } from './access-units.ts';
import { countNoLines } from '../../support/uncounted.ts';

countNoLines();

/** An FLV tag of AAC and the size behind it (Adobe Flash Video File Format 10.1, E.4): packet type 0 is the configuration. */
function audioTag(packetType: 0 | 1, payload: Uint8Array, milliseconds: number): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt8(8, 0);
  header.writeUIntBE(payload.length + 2, 1, 3);
  header.writeUIntBE(milliseconds, 4, 3);
  header.writeUInt16BE(0xaf00 + packetType, 11);
  const size = Buffer.alloc(4);
  size.writeUInt32BE(header.length + payload.length);
  return Buffer.concat([header, payload, size]);
}

/** An AudioSpecificConfig (ISO/IEC 14496-3, 1.6.2.1). */
function specificConfig(choices: AccessUnitChoices, channelConfiguration: number): Uint8Array {
  const writer = new BitWriter();
  writer.bits(choices.audioObjectType, 5);
  writer.bits(choices.samplingFrequencyIndex, 4);
  writer.bits(channelConfiguration, 4);
  writer.flag(choices.frameLength === 960);
  writer.bits(0, 2);
  return writer.toBytes();
}

describe('the access units that the tests make', () => {
  const layouts = [
    { channelConfiguration: 1, elements: [4, 0, 4] },
    { channelConfiguration: 2, elements: [1] },
    { channelConfiguration: 6, elements: [0, 1, 1, 3] },
  ];
  for (const audioObjectType of [1, 2, 4] as const) {
    for (const frameLength of [1024, 960] as const) {
      const name = `are flawless to ffmpeg's decoder: object type ${audioObjectType}, ${frameLength} samples`;
      it(name, needs('ffmpeg'), async (t) => {
        const file = join(scratchDirectory(t), 'made.flv');
        for (const samplingFrequencyIndex of [0, 2, 3, 5, 6, 8, 11]) {
          const choices = { samplingFrequencyIndex, frameLength, audioObjectType };
          const { channelConfiguration, elements } = layouts[samplingFrequencyIndex % layouts.length]!;
          const tags = Array.from({ length: 50 }, (_, index) => {
            const writer = new AccessUnitWriter(seededRandom(index * 100 + samplingFrequencyIndex), choices);
            return audioTag(1, writer.write(elements), index * 20);
          });
          const config = audioTag(0, specificConfig(choices, channelConfiguration), 0);
          writeFileSync(file, Buffer.concat([Buffer.from('464c5601040000000900000000', 'hex'), config, ...tags]));
          const { complaints } = await decode(file);
          assert.deepEqual(complaints, [], `sampling frequency index ${samplingFrequencyIndex}`);
        }
      });
    }
  }
});
