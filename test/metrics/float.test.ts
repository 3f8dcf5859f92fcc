import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatFloat, formatOpenMetricsFloat } from '../../metrics/float.js';

describe('formatFloat', () => {
  // Format of Go: strconv.FormatFloat(value, 'g', -1, 64), special values as in expfmt.
  it.each([
    [0, '0'],
    [-0, '0'],
    [1, '1'],
    [-1, '-1'],
    [12.5, '12.5'],
    [79000, '79000'],
    [100000, '100000'],
    [123456.789, '123456.789'],
    [999999, '999999'],
    [1e6, '1e+06'],
    [-1e6, '-1e+06'],
    [1513576, '1.513576e+06'],
    [225621023, '2.25621023e+08'],
    [1795217285.170253, '1.795217285170253e+09'],
    [2 ** 64, '1.8446744073709552e+19'],
    [1e21, '1e+21'],
    [1e100, '1e+100'],
    [Number.MAX_VALUE, '1.7976931348623157e+308'],
    [0.001, '0.001'],
    [0.009000000000000001, '0.009000000000000001'],
    [0.0001, '0.0001'],
    [0.00001, '1e-05'],
    [5.255792849622174e-5, '5.255792849622174e-05'],
    [5e-324, '5e-324'],
    [Number.POSITIVE_INFINITY, '+Inf'],
    [Number.NEGATIVE_INFINITY, '-Inf'],
    [Number.NaN, 'NaN'],
  ])('prints %s as %s', (value, text) => {
    expect(formatFloat(value)).toBe(text);
  });

  it('prints a text that parses to the same number, in one of two notations', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        const text = formatFloat(value);
        expect(Number(text)).toBe(value === 0 ? 0 : value);
        expect(text).toMatch(/^-?(\d{1,6}(\.\d+)?|\d(\.\d+)?e[+-]\d{2,3})$/);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('formatOpenMetricsFloat', () => {
  it.each([
    [0, '0.0'],
    [1, '1.0'],
    [-1, '-1.0'],
    [100000, '100000.0'],
    [1e6, '1e+06'],
    [0.5, '0.5'],
    [Number.POSITIVE_INFINITY, '+Inf'],
    [Number.NaN, 'NaN'],
  ])('prints %s as %s', (value, text) => {
    expect(formatOpenMetricsFloat(value)).toBe(text);
  });
});
