import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { element, escapeText, fragment, styleSheet } from '../../../view/chart/index.js';

/** Characters that XML 1.0 does not allow. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are meant
const FORBIDDEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g;
/** Halves of surrogate pairs. */
const HALVES = /\p{Cs}/gu;

describe('markup', () => {
  it('escapes data in text and in attributes', () => {
    const hostile = `"><script>alert('1')</script>&`;
    const markup = element('p', { title: hostile }, hostile).toString();
    expect(markup).not.toContain('<script');
    expect(markup).toBe(
      '<p title="&quot;&gt;&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&amp;">' +
        '&quot;&gt;&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&amp;</p>',
    );
  });

  it('never lets any text escape from its element', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(escapeText(text)).not.toMatch(/[<>"']/);
        expect(escapeText(text)).not.toMatch(FORBIDDEN);
        expect(escapeText(text)).not.toMatch(HALVES);
        const back = escapeText(text)
          .replaceAll('&lt;', '<')
          .replaceAll('&gt;', '>')
          .replaceAll('&quot;', '"')
          .replaceAll('&#39;', "'")
          .replaceAll('&amp;', '&');
        expect(back).toBe(text.replaceAll(HALVES, '\ufffd').replaceAll(FORBIDDEN, '\ufffd'));
      }),
    );
  });

  it('omits undefined values, and closes an empty element as its kind requires', () => {
    expect(
      fragment(undefined, [element('td', { class: undefined })], element('path', { d: 'M0 0' }), 3).toString(),
    ).toBe('<td></td><path d="M0 0"/>3');
  });

  it('rounds coordinates to the visible precision, and rejects NaN and infinity', () => {
    expect(element('rect', { x: 1 / 3, y: -0.001, width: 1e21 / 1e20 }).toString()).toBe(
      '<rect x="0.33" y="0" width="10"/>',
    );
    expect(() => element('rect', { x: Number.NaN })).toThrow('coordinate is NaN');
  });

  it('accepts names and style sheets from code only', () => {
    expect(() => element('a b')).toThrow(RangeError);
    expect(() => element('p', { 'x onload': '1' })).toThrow(RangeError);
    expect(() => styleSheet('</style>')).toThrow(RangeError);
  });
});
