import { describe, expect, it } from 'vitest';
import { TCP_CHANGE_SHAPE } from '../../inetdiag/index.js';

describe('TCP_CHANGE_SHAPE', () => {
  it("matches the reference's rule, in bytes", () => {
    expect(TCP_CHANGE_SHAPE).toEqual({
      keyOffset: 44,
      attributesOffset: 72,
      mask: {
        header: [[1, 2]],
        attributes: [
          {
            type: 2,
            ranges: [
              [0, 44],
              [60, 168],
            ],
          },
        ],
        ignored: [18],
      },
    });
  });
});
