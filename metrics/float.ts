/**
 * Formats a number as the reference does: the shortest decimal digits that read back as the same double, with an
 * exponent if it is below -4 or above 5, as C's `%g` at its default precision of 6, for any number of digits. `+Inf`,
 * `-Inf` and `NaN` have these names; negative zero is `0`.
 */
export function formatFloat(value: number): string {
  if (!Number.isFinite(value)) {
    return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
  }
  if (value === 0) {
    return '0';
  }
  const [mantissa = '', exponentText = ''] = value.toExponential().split('e');
  const exponent = Number(exponentText);
  if (exponent >= -4 && exponent < 6) {
    return String(value);
  }
  return `${mantissa}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
}

/** Formats a number for OpenMetrics, where a float always has a point or an exponent: `1.0`, `2.5`, `1e+06`. */
export function formatOpenMetricsFloat(value: number): string {
  const text = formatFloat(value);
  return Number.isFinite(value) && !/[.e]/.test(text) ? `${text}.0` : text;
}
