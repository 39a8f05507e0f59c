/** Records of other tracks between samples are stepped over where a sample begins behind them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ByteWindow } from '../../../src/rescue/carver/byte-window.ts';
import { OtherData } from '../../../src/rescue/carver/other-data.ts';
import type { RecordRule } from '../../../src/rescue/carver/records.ts';
import { memorySource } from '../../mp4/memory-source.ts';

/** Records of any of these sizes, of which nothing else is known. */
const ofAnyBytes: readonly RecordRule[] = [{ mark: [], sizes: [16, 24, 40] }];

test('up to 256 records in a row lead to the sample behind them, and zeros that a hole left lead nowhere', () => {
  const records = 200;
  const bytes = new Uint8Array(16 * records + 1000).fill(0x5a, 0, 16 * records);
  const window = new ByteWindow(memorySource(bytes));
  let asked = 0;
  const beginsSample = (at: number): boolean => {
    asked++;
    return at === 16 * records;
  };
  const data = new OtherData(ofAnyBytes, window, beginsSample);
  assert.equal(data.behindRecords(0, bytes.length), 16 * records);
  asked = 0;
  assert.equal(data.behindRecords(16 * records, bytes.length), undefined);
  assert.equal(asked, 0, 'no place within the hole is tried');
});
