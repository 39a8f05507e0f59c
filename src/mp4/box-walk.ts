/**
 * Walks the boxes of a file whose word is not to be taken: none goes beyond the end of what holds it, and no more are
 * visited in all than was allowed. It knows no box type.
 */
import type { ByteSource } from '../io/file-source.ts';
import { readBoxes, type BoxSpan } from './box.ts';

/** Walks boxes with one budget for all of them, however they are nested. */
export class BoxWalk {
  #left: number;

  /** `maxBoxes`: boxes that may be visited in all. */
  constructor(maxBoxes: number) {
    this.#left = maxBoxes;
  }

  /** The boxes in [start, end), each ending where that ends at the latest. */
  *within(source: ByteSource, start: number, end: number): Generator<BoxSpan> {
    for (const span of readBoxes(source, start, end)) {
      if (this.#left-- <= 0) return;
      yield span.end <= end ? span : { ...span, end };
    }
  }

  /** The boxes inside one, from `offset` in its body on. */
  inside(span: BoxSpan, offset = 0): Generator<BoxSpan> {
    return this.within(span.source, span.body + offset, span.end);
  }

  first(type: string, spans: Iterable<BoxSpan>): BoxSpan | undefined {
    for (const span of spans) if (span.type === type) return span;
    return undefined;
  }

  child(span: BoxSpan | undefined, type: string): BoxSpan | undefined {
    return span === undefined ? undefined : this.first(type, this.inside(span));
  }
}
