import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { childrenOf, childText, escapeXml, readXml, XmlError } from '../../../fleet/objectstore/xml.js';

describe('XML answers', () => {
  it('gives back any text that was escaped, and its place', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' })), (texts) => {
        const items = texts.map((text) => `<Item><Key>${escapeXml(text)}</Key></Item>`).join('\n  ');
        const root = readXml(
          `<?xml version="1.0" encoding="UTF-8"?>\n<a:List xmlns="http://x/">${items}<Empty/></a:List>`,
        );
        expect(root.name).toBe('List');
        expect(childrenOf(root, 'Item').map((item) => childText(item, 'Key'))).toEqual(texts);
        expect(childText(root, 'Empty')).toBe('');
        expect(childText(root, 'Missing')).toBeUndefined();
      }),
    );
  });

  it('never accepts an answer that was cut', () => {
    const whole = '<List><Item><Key>a&amp;b</Key></Item><End>true</End></List>';
    for (let length = 0; length < whole.length; length++) {
      expect(() => readXml(whole.slice(0, length))).toThrow(XmlError);
    }
  });

  it.each([
    ['<a></b>', 'closes nothing'],
    ['</a>', 'closes nothing'],
    ['<a/><b/>', 'not one element'],
    ['<a/>text', 'not one element'],
    ['<a>&nbsp;</a>', 'unknown entity'],
    ['<a>&amp</a>', 'unknown entity'],
    ['<!DOCTYPE a [<!ENTITY b "c">]><a/>', 'not XML'],
    ['<a'.repeat(3), 'not XML'],
    ['<a>'.repeat(20), 'too deep'],
  ])('rejects %s', (text, reason) => {
    expect(() => readXml(text)).toThrow(reason);
  });

  it('ends for any text', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('<', '>', '/', '&', ';', 'a', ' ', '"', '?')), (letters) => {
        try {
          readXml(letters.join(''));
        } catch (error) {
          expect(error).toBeInstanceOf(XmlError);
        }
      }),
    );
  });
});
