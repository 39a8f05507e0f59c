/** File type box, ISO/IEC 14496-12 clause 4.3. */
import { bodyReader, box, type Box, type BoxSpan } from '../box.ts';

/** What the file claims to be; brands are four characters. */
export interface FileType {
  readonly majorBrand: string;
  readonly minorVersion: number;
  readonly compatibleBrands: readonly string[];
}

/** The box with all compatible brands. */
export function ftyp(value: FileType): Box {
  return box('ftyp', (sink) => {
    sink.latin1(value.majorBrand);
    sink.u32(value.minorVersion);
    for (const brand of value.compatibleBrands) sink.latin1(brand);
  });
}

/** The brands as far as the box goes; one that is cut short at its end is left out. */
export function readFtyp(span: BoxSpan): FileType {
  const reader = bodyReader(span);
  const majorBrand = reader.latin1(4);
  const minorVersion = reader.u32();
  const compatibleBrands: string[] = [];
  while (reader.remaining >= 4) compatibleBrands.push(reader.latin1(4));
  return { majorBrand, minorVersion, compatibleBrands };
}
