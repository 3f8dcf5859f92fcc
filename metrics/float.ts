/**
 * A number as the reference prints it: the shortest decimal digits that read back as the same double, with an exponent
 * when it is below -4 or above 5, as C's `%g` chooses at its default precision of 6, however many digits there are.
 * `+Inf`, `-Inf` and `NaN` by those names; negative zero as `0`.
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

/** The same number for OpenMetrics, where a float shows that it is one: `1.0`, `2.5`, `1e+06`. */
export function formatOpenMetricsFloat(value: number): string {
  const text = formatFloat(value);
  return Number.isFinite(value) && !/[.e]/.test(text) ? `${text}.0` : text;
}
