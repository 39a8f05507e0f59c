import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { ByteSink } from '../../src/bytes/byte-sink.ts';
import { bodyReader, box, child, childrenOf, container, fullBox, readBoxes, type Box } from '../../src/mp4/box.ts';
import { bytesOfBox, firstBox, hex, memorySource } from './memory-source.ts';

/** Type, start, body and end of every box found in some bytes. */
function found(bytes: Uint8Array, end: number = bytes.length): [string, number, number, number][] {
  return [...readBoxes(memorySource(bytes), 0, end)].map((span) => [span.type, span.start, span.body, span.end]);
}

describe('box', () => {
  test('finds its size by writing itself, and writes the same bytes every time', () => {
    const free = box('free', (sink) => sink.zeros(5));
    assert.equal(free.size, 13);
    assert.deepEqual(bytesOfBox(free), hex('0000000d 66726565 0000000000'));
    assert.deepEqual(bytesOfBox(free), bytesOfBox(free));
  });

  test('a full box begins with version and flags', () => {
    const full = fullBox('smhd', 1, 0xabcdef, () => {});
    assert.deepEqual(bytesOfBox(full), hex('0000000c 736d6864 01 abcdef'));
  });

  test('a container leaves out what is undefined', () => {
    const inner = box('free', () => {});
    const outer = container('edts', [undefined, inner, undefined, inner]);
    assert.equal(outer.size, 24);
    assert.deepEqual(bytesOfBox(outer), hex('00000018 65647473 00000008 66726565 00000008 66726565'));
  });

  test('boxes in boxes of any depth are as large as they say, and are found where they are', () => {
    interface Tree {
      readonly type: string;
      readonly body: number;
      readonly children: readonly Tree[];
    }
    const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
      tree: fc.record({
        type: fc.constantFrom('moov', 'trak', 'free', '\u00a9nam'),
        body: fc.nat(20),
        children: fc.oneof({ depthSize: 'small' }, fc.constant([]), fc.array(tie('tree'), { maxLength: 4 })),
      }),
    }));
    const build = (node: Tree): Box =>
      node.children.length > 0
        ? container(node.type, node.children.map(build))
        : box(node.type, (sink: ByteSink) => sink.zeros(node.body));
    const compare = (node: Tree, bytes: Uint8Array): void => {
      const span = firstBox(bytes);
      assert.deepEqual([span.type, span.start, span.end], [node.type, 0, bytes.length]);
      if (node.children.length === 0) return void assert.equal(bytes.length, 8 + node.body);
      const children = [...childrenOf(span)];
      assert.equal(children.length, node.children.length);
      for (const [index, inner] of children.entries()) {
        compare(node.children[index]!, bytes.slice(inner.start, inner.end));
      }
    };
    fc.assert(fc.property(tree, (node) => compare(node, bytesOfBox(build(node)))));
  });
});

describe('readBoxes', () => {
  test('gives the boxes one after the other, with a 64-bit size where the 32-bit one is 1', () => {
    const bytes = hex(`
      00000008 66726565                       // 'free', empty
      00000001 6d646174 0000000000000014      // 'mdat' with a large size of 20
      aabbccdd
      00000009 736b6970 ff                    // 'skip'
    `);
    assert.deepEqual(found(bytes), [
      ['free', 0, 8, 8],
      ['mdat', 8, 24, 28],
      ['skip', 28, 36, 37],
    ]);
  });

  test('takes a size of 0 as "to the end"', () => {
    assert.deepEqual(found(hex('00000008 66726565 00000000 6d646174 0102030405')), [
      ['free', 0, 8, 8],
      ['mdat', 8, 16, 21],
    ]);
  });

  test('gives a box that claims more than there is as it says', () => {
    assert.deepEqual(found(hex('ffffffff 6d646174 00')), [['mdat', 0, 8, 0xffffffff]]);
    assert.deepEqual(found(hex('00000001 6d646174 0010000000000000')), [['mdat', 0, 16, 2 ** 52]]);
  });

  test('ends where no header can be read', () => {
    assert.deepEqual(found(hex('')), []);
    assert.deepEqual(found(hex('00000008 667265')), [], 'a header cut off');
    assert.deepEqual(found(hex('00000007 66726565')), [], 'a size below that of a header');
    assert.deepEqual(found(hex('00000001 6d646174')), [], 'a 64-bit size cut off');
    assert.deepEqual(found(hex('00000001 6d646174 000000000000000f')), [], 'a 64-bit size below that of its header');
    assert.deepEqual(found(hex('00000001 6d646174 ffffffffffffffff')), [], 'a 64-bit size beyond all files');
    assert.deepEqual(found(hex('00000008 66726565 00000000')), [['free', 0, 8, 8]]);
  });

  test('ends where the file has become shorter than its surroundings say', () => {
    assert.deepEqual(found(hex('00000008 66726565'), 1000), [['free', 0, 8, 8]]);
  });

  test('a 64-bit size that stands behind the end of the surroundings is still read from the file', () => {
    assert.deepEqual(found(hex('00000001 6d646174 0000000000000010'), 8), [['mdat', 0, 16, 16]]);
  });

  test('ends on any bytes whatever, each box behind the one before', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400, max: 12 }), (bytes) => {
        let expected = 0;
        for (const span of readBoxes(memorySource(bytes), 0, bytes.length)) {
          assert.equal(span.start, expected);
          assert.ok(span.body >= span.start + 8 && span.end >= span.body);
          expected = span.end;
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('what is inside a box', () => {
  const nested = container('stbl', [box('stts', (sink) => sink.u8(1)), box('stsz', (sink) => sink.u8(2))]);

  test('is found by its type, and its body is read with offsets of the file', () => {
    const bytes = bytesOfBox(container('minf', [nested]));
    const stbl = child(firstBox(bytes), 'stbl')!;
    const reader = bodyReader(child(stbl, 'stsz')!);
    assert.equal(reader.offset, 33);
    assert.equal(reader.u8(), 2);
    reader.u8();
    assert.equal(reader.fault?.offset, 34);
  });

  test('is not looked for behind the end of the box or of the limit given', () => {
    const bytes = bytesOfBox(container('minf', [nested, box('free', () => {})]));
    const stbl = child(firstBox(bytes), 'stbl')!;
    assert.equal(child(stbl, 'free'), undefined);
    assert.deepEqual(
      [...childrenOf(stbl, stbl.body + 9)].map(({ type }) => type),
      ['stts'],
    );
  });

  test('is never read into memory beyond a mebibyte, however large the box says it is', () => {
    const bytes = new Uint8Array(3 * 1024 * 1024);
    bytes.set(hex('ffffffff 66726565'));
    assert.equal(bodyReader(firstBox(bytes)).remaining, 1024 * 1024);
  });
});
