/**
 * A moov with 64-bit chunk offsets in the place of 32-bit ones that had wrapped: everything else in it stays as it is, byte
 * for byte. It works on the bytes of the box and opens nothing.
 */
import { container, readBoxes, type Box, type BoxSpan } from './box.ts';
import { co64 } from './boxes/co64.ts';
import { readStco } from './boxes/stco.ts';

/** The boxes on the way to the chunk offsets. */
const containers: ReadonlySet<string> = new Set(['moov', 'trak', 'mdia', 'minf', 'stbl']);

/** The moov with its chunk offsets widened: 2^32 is added whenever an offset falls far below the one before. */
export function widenedMovie(moov: BoxSpan): Box {
  const inside = [...readBoxes(moov.source, moov.body, moov.end)];
  return container(
    moov.type,
    inside.map((span) => {
      if (containers.has(span.type)) return widenedMovie(span);
      return span.type === 'stco' ? widenedOffsets(span) : asItIs(span);
    }),
  );
}

function widenedOffsets(span: BoxSpan): Box {
  const rows = readStco(span);
  const offsets = new Float64Array(rows.count);
  let before = 0;
  let lost = 0;
  let n = 0;
  for (let block = rows.nextBlock(); block !== undefined; block = rows.nextBlock()) {
    for (const offset of block) {
      if (before - offset > 2 ** 31) lost += 2 ** 32;
      before = offset;
      offsets[n++] = offset + lost;
    }
  }
  return co64(
    (visit) => {
      for (const offset of offsets) visit(offset, 1);
    },
    () => 0,
  );
}

/** Bytes of a box that are moved at once. */
const blockLength = 1024 * 1024;

function asItIs(span: BoxSpan): Box {
  return {
    type: span.type,
    size: span.end - span.start,
    write(sink) {
      for (let at = span.start; at < span.end; at += blockLength) {
        sink.bytes(span.source.read(at, Math.min(blockLength, span.end - at)));
      }
    },
  };
}
