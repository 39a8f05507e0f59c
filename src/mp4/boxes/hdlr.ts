/** Handler reference box, ISO/IEC 14496-12 clause 8.4.3. */
import { bodyReader, fullBox, readVersionAndFlags, type Box, type BoxSpan } from '../box.ts';

/** What kind of media a track has. */
export interface Handler {
  /** `vide` or `soun`. */
  readonly handlerType: string;
  /** A name for people. */
  readonly name: string;
}

/** The box with the name ended by a zero byte, as ISO asks. */
export function hdlr(value: Handler): Box {
  return fullBox('hdlr', 0, 0, (sink) => {
    sink.u32(0);
    sink.latin1(value.handlerType);
    sink.zeros(12);
    sink.latin1(value.name);
    sink.u8(0);
  });
}

/** QuickTime's names begin with their length: it stays in `name` as a character. */
export function readHdlr(span: BoxSpan): Handler {
  const reader = bodyReader(span);
  readVersionAndFlags(reader);
  reader.skip(4);
  const handlerType = reader.latin1(4);
  reader.skip(12);
  return { handlerType, name: reader.latin1(reader.remaining).replace(/\0.*$/s, '') };
}
