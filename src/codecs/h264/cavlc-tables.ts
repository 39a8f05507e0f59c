/**
 * The variable length codes of CAVLC (ITU-T H.264, 9.2: Tables 9-4, 9-5, 9-7 to 9-10) as tables that are looked up by the
 * bits to come. A code stands as its length and its value, in the order of what it says.
 */

/** What a code says, by the bits to come: the length above the lowest eight bits, what it says in them; 0 is no code. */
export interface CodeTable {
  /** Bits that it is looked up by. */
  readonly bits: number;
  readonly entries: Uint16Array;
}

function tableOf(
  codes: readonly { readonly length: number; readonly value: number; readonly says: number }[],
): CodeTable {
  const bits = Math.max(...codes.map(({ length }) => length));
  const entries = new Uint16Array(2 ** bits);
  for (const { length, value, says } of codes) {
    entries.fill((length << 8) | says, value << (bits - length), (value + 1) << (bits - length));
  }
  return { bits, entries };
}

/** coeff_token: says TotalCoeff * 4 + TrailingOnes. By trailing ones the lengths and the values, from TotalCoeff 0 on. */
function coeffTokens(lengths: readonly (readonly number[])[], values: readonly (readonly number[])[]): CodeTable {
  return tableOf(
    lengths.flatMap((row, ones) =>
      row.map((length, n) => ({ length, value: values[ones]![n]!, says: (n + ones) * 4 + ones })),
    ),
  );
}

function counts(lengths: readonly number[], values: readonly number[]): CodeTable {
  return tableOf(lengths.map((length, says) => ({ length, value: values[says]!, says })));
}

const few = coeffTokens(
  [
    [1, 6, 8, 9, 10, 11, 13, 13, 13, 14, 14, 15, 15, 16, 16, 16, 16],
    [2, 6, 8, 9, 10, 11, 13, 13, 14, 14, 15, 15, 15, 16, 16, 16],
    [3, 7, 8, 9, 10, 11, 13, 13, 14, 14, 15, 15, 16, 16, 16],
    [5, 6, 7, 8, 9, 10, 11, 13, 14, 14, 15, 15, 16, 16],
  ],
  [
    [1, 5, 7, 7, 7, 7, 15, 11, 8, 15, 11, 15, 11, 15, 11, 7, 4],
    [1, 4, 6, 6, 6, 6, 14, 10, 14, 10, 14, 10, 1, 14, 10, 6],
    [1, 5, 5, 5, 5, 5, 13, 9, 13, 9, 13, 9, 13, 9, 5],
    [3, 3, 4, 4, 4, 4, 4, 12, 12, 8, 12, 8, 12, 8],
  ],
);
const some = coeffTokens(
  [
    [2, 6, 6, 7, 8, 8, 9, 11, 11, 12, 12, 12, 13, 13, 13, 14, 14],
    [2, 5, 6, 6, 7, 8, 9, 11, 11, 12, 12, 13, 13, 14, 14, 14],
    [3, 6, 6, 7, 8, 9, 11, 11, 12, 12, 13, 13, 13, 14, 14],
    [4, 4, 5, 6, 6, 7, 9, 11, 11, 12, 13, 13, 13, 14],
  ],
  [
    [3, 11, 7, 7, 7, 4, 7, 15, 11, 15, 11, 8, 15, 11, 7, 9, 7],
    [2, 7, 10, 6, 6, 6, 6, 14, 10, 14, 10, 14, 10, 11, 8, 6],
    [3, 9, 5, 5, 5, 5, 13, 9, 13, 9, 13, 9, 6, 10, 5],
    [5, 4, 6, 8, 4, 4, 4, 12, 8, 12, 12, 8, 1, 4],
  ],
);
const many = coeffTokens(
  [
    [4, 6, 6, 6, 7, 7, 7, 7, 8, 8, 9, 9, 9, 10, 10, 10, 10],
    [4, 5, 5, 5, 5, 6, 6, 7, 8, 8, 9, 9, 9, 10, 10, 10],
    [4, 5, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 10],
    [4, 4, 4, 4, 4, 5, 6, 7, 8, 8, 9, 10, 10, 10],
  ],
  [
    [15, 15, 11, 8, 15, 11, 9, 8, 15, 11, 15, 11, 8, 13, 9, 5, 1],
    [14, 15, 12, 10, 8, 14, 10, 14, 14, 10, 14, 10, 7, 12, 8, 4],
    [13, 14, 11, 9, 13, 9, 13, 10, 13, 9, 13, 9, 11, 7, 3],
    [12, 11, 10, 9, 8, 13, 12, 12, 12, 8, 12, 10, 6, 2],
  ],
);
/** From nC 8 on: six bits, TotalCoeff - 1 above TrailingOnes; 3 says none. */
const most = tableOf(
  Array.from({ length: 64 }, (_, value) => value)
    .filter((value) => value === 3 || (value & 3) <= (value >> 2) + 1)
    .map((value) => ({ length: 6, value, says: value === 3 ? 0 : value + 4 })),
);

/** coeff_token by nC from 0 on; 8 is all above. */
export const coeffTokensByNeighbours: readonly CodeTable[] = [few, few, some, some, many, many, many, many, most];

/** coeff_token of chroma DC coefficients, of 4:2:0 and of 4:2:2. */
export const coeffTokensOfChromaDc: readonly CodeTable[] = [
  coeffTokens(
    [
      [2, 6, 6, 6, 6],
      [1, 6, 7, 8],
      [3, 7, 8],
      [6, 7],
    ],
    [
      [1, 7, 4, 3, 2],
      [1, 6, 3, 3],
      [1, 2, 2],
      [5, 0],
    ],
  ),
  coeffTokens(
    [
      [1, 7, 7, 9, 9, 10, 11, 12, 13],
      [2, 7, 7, 9, 10, 11, 12, 12],
      [3, 7, 7, 9, 10, 11, 12],
      [5, 6, 7, 7, 10, 11],
    ],
    [
      [1, 15, 14, 7, 6, 7, 7, 7, 7],
      [1, 13, 12, 5, 6, 6, 6, 5],
      [1, 11, 10, 4, 5, 5, 4],
      [1, 1, 9, 8, 4, 4],
    ],
  ),
];

/** total_zeros by TotalCoeff - 1, of blocks of 15 or 16 coefficients. */
export const totalZeros: readonly CodeTable[] = [
  counts([1, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 9], [1, 3, 2, 3, 2, 3, 2, 3, 2, 3, 2, 3, 2, 3, 2, 1]),
  counts([3, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 6, 6, 6, 6], [7, 6, 5, 4, 3, 5, 4, 3, 2, 3, 2, 3, 2, 1, 0]),
  counts([4, 3, 3, 3, 4, 4, 3, 3, 4, 5, 5, 6, 5, 6], [5, 7, 6, 5, 4, 3, 4, 3, 2, 3, 2, 1, 1, 0]),
  counts([5, 3, 4, 4, 3, 3, 3, 4, 3, 4, 5, 5, 5], [3, 7, 5, 4, 6, 5, 4, 3, 3, 2, 2, 1, 0]),
  counts([4, 4, 4, 3, 3, 3, 3, 3, 4, 5, 4, 5], [5, 4, 3, 7, 6, 5, 4, 3, 2, 1, 1, 0]),
  counts([6, 5, 3, 3, 3, 3, 3, 3, 4, 3, 6], [1, 1, 7, 6, 5, 4, 3, 2, 1, 1, 0]),
  counts([6, 5, 3, 3, 3, 2, 3, 4, 3, 6], [1, 1, 5, 4, 3, 3, 2, 1, 1, 0]),
  counts([6, 4, 5, 3, 2, 2, 3, 3, 6], [1, 1, 1, 3, 3, 2, 2, 1, 0]),
  counts([6, 6, 4, 2, 2, 3, 2, 5], [1, 0, 1, 3, 2, 1, 1, 1]),
  counts([5, 5, 3, 2, 2, 2, 4], [1, 0, 1, 3, 2, 1, 1]),
  counts([4, 4, 3, 3, 1, 3], [0, 1, 1, 2, 1, 3]),
  counts([4, 4, 2, 1, 3], [0, 1, 1, 1, 1]),
  counts([3, 3, 1, 2], [0, 1, 1, 1]),
  counts([2, 2, 1], [0, 1, 1]),
  counts([1, 1], [0, 1]),
];

/** total_zeros by TotalCoeff - 1 of chroma DC coefficients, of 4:2:0 and of 4:2:2. */
export const totalZerosOfChromaDc: readonly (readonly CodeTable[])[] = [
  [counts([1, 2, 3, 3], [1, 1, 1, 0]), counts([1, 2, 2], [1, 1, 0]), counts([1, 1], [1, 0])],
  [
    counts([1, 3, 3, 4, 4, 4, 5, 5], [1, 2, 3, 2, 3, 1, 1, 0]),
    counts([3, 2, 3, 3, 3, 3, 3], [0, 1, 1, 4, 5, 6, 7]),
    counts([3, 3, 2, 2, 3, 3], [0, 1, 1, 2, 6, 7]),
    counts([3, 2, 2, 2, 3], [6, 0, 1, 2, 7]),
    counts([2, 2, 2, 2], [0, 1, 2, 3]),
    counts([2, 2, 1], [0, 1, 1]),
    counts([1, 1], [0, 1]),
  ],
];

/** run_before by zerosLeft - 1; the last is for all above 6. */
export const runsBefore: readonly CodeTable[] = [
  counts([1, 1], [1, 0]),
  counts([1, 2, 2], [1, 1, 0]),
  counts([2, 2, 2, 2], [3, 2, 1, 0]),
  counts([2, 2, 2, 3, 3], [3, 2, 1, 1, 0]),
  counts([2, 2, 3, 3, 3, 3], [3, 2, 3, 2, 1, 0]),
  counts([2, 3, 3, 3, 3, 3, 3], [3, 0, 1, 3, 2, 5, 4]),
  counts([3, 3, 3, 3, 3, 3, 3, 4, 5, 6, 7, 8, 9, 10, 11], [7, 6, 5, 4, 3, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1]),
];

/** coded_block_pattern by its code: with chroma of 4:2:0 or 4:2:2, then without or of 4:4:4; luma below chroma. */
export const codedBlockPatterns = {
  intra: [
    [
      47, 31, 15, 0, 23, 27, 29, 30, 7, 11, 13, 14, 39, 43, 45, 46, 16, 3, 5, 10, 12, 19, 21, 26, 28, 35, 37, 42, 44, 1,
      2, 4, 8, 17, 18, 20, 24, 6, 9, 22, 25, 32, 33, 34, 36, 40, 38, 41,
    ],
    [15, 0, 7, 11, 13, 14, 3, 5, 10, 12, 1, 2, 4, 8, 6, 9],
  ],
  inter: [
    [
      0, 16, 1, 2, 4, 8, 32, 3, 5, 10, 12, 15, 47, 7, 11, 13, 14, 6, 9, 31, 35, 37, 42, 44, 33, 34, 36, 40, 39, 43, 45,
      46, 17, 18, 20, 24, 19, 21, 26, 28, 23, 27, 29, 30, 22, 25, 38, 41,
    ],
    [0, 1, 2, 4, 8, 3, 5, 10, 12, 15, 7, 11, 13, 14, 6, 9],
  ],
} as const;
