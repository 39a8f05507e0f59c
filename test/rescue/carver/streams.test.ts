/** What streams announce of the step of their pictures, in parameter sets that are put together bit by bit. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { timingStep } from '../../../src/rescue/carver/streams.ts';

const bits = (value: number, count: number): string => value.toString(2).padStart(count, '0');

/** A NAL unit of its header and the bits of its payload, with trailing bits and emulation prevention. */
function nalUnit(header: readonly number[], payload: string): Uint8Array {
  const whole = `${payload}1`;
  const bytes = whole
    .padEnd(Math.ceil(whole.length / 8) * 8, '0')
    .match(/.{8}/g)!
    .map((byte) => Number.parseInt(byte, 2));
  const escaped: number[] = [...header];
  for (const byte of bytes) {
    if (byte <= 3 && escaped.at(-1) === 0 && escaped.at(-2) === 0) escaped.push(3);
    escaped.push(byte);
  }
  return Uint8Array.from(escaped);
}

/** A video parameter set of one layer (ITU-T H.265, 7.3.2.1); `timing`: units in a tick and ticks a second. */
function videoParameterSet(timing: readonly [number, number] | undefined): Uint8Array {
  const profile = bits(1, 8) + bits(0, 32) + bits(0, 16) + bits(0, 32) + bits(93, 8);
  const ordering = '1'.repeat(4);
  const said = timing === undefined ? '0' : `1${bits(timing[0], 32)}${bits(timing[1], 32)}00`;
  const fields = `${bits(0, 4)}11${bits(0, 6)}${bits(0, 3)}1${'1'.repeat(16)}${profile}${ordering}`;
  return nalUnit([0x40, 0x01], `${fields}${bits(0, 6)}1${said}0`);
}

test('H.265 that announces its timing in the video parameter set alone is heard', () => {
  const stepOf = (timing: readonly [number, number] | undefined): number | undefined => {
    const nalUnits = [videoParameterSet(timing)];
    const arrays = [{ arrayCompleteness: true, reserved: 0, nalUnitType: 32, nalUnits }];
    const record = { arrays } as unknown as Parameters<typeof timingStep>[0]['record'];
    return timingStep({ codec: 'h265', record, sps: undefined, width: 64, height: 64 } as Parameters<
      typeof timingStep
    >[0]);
  };
  assert.equal(stepOf([1001, 30_000]), 1001 / 30_000);
  assert.equal(stepOf([1, 50]), 1 / 50);
  assert.equal(stepOf(undefined), undefined);
  // Of no camera.
  assert.equal(stepOf([0, 25]), undefined);
});
