import fc from 'fast-check';

/** `fc.record` of plain objects, as parsers give them: without a prototype they would differ under `deepEqual`. */
export function plainRecord<T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> {
  return fc.record<T, keyof T>(model, { noNullPrototype: true }) as fc.Arbitrary<T>;
}
