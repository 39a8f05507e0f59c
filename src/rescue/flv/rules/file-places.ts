/** What `onMetaData` says of the file itself: its size, and where the last key frame lies. */
import type { Amf0Value } from '../../../flv/amf0.ts';
import { propertyOf } from '../../../flv/metadata.ts';
import { atMost, expect, number } from '../expectations.ts';
import type { FixContext } from '../plan.ts';

const sizeName = 'filesize';
const locationName = 'lastkeyframelocation';

/** Holds the values of a file that otherwise stays as it is. */
export function placesOfPatchedFile(context: FixContext, fileSize: number): void {
  const { keyFrameOffsets } = context.layout;
  const last = keyFrameOffsets.at(keyFrameOffsets.length - 1);
  expect(context, [
    { name: sizeName, right: number(fileSize), isRight: atMost(0, fileSize) },
    ...(keyFrameOffsets.length === 0
      ? []
      : [{ name: locationName, right: number(last), isRight: atMost(0, last), optional: true, minor: true }]),
  ]);
}

/** The values of a file that is written anew: those it had, and the size where `onMetaData` is made or indexed. */
export function placesOfRewrittenFile(context: FixContext, fileSize: number, shift: number): [string, Amf0Value][] {
  const { metadata, layout, options } = context;
  const has = (name: string): boolean => metadata !== undefined && propertyOf(metadata, name) !== undefined;
  const values: [string, Amf0Value][] = [];
  if (metadata === undefined || options.index || has(sizeName)) values.push([sizeName, number(fileSize)]);
  const { keyFrameOffsets: offsets } = layout;
  if (has(locationName) && offsets.length > 0) {
    values.push([locationName, number(offsets.at(offsets.length - 1) + shift)]);
  }
  return values;
}
