import { describe, expect, it } from 'vitest';
import { compileExpression, type FieldDefinition, fullName, Vocabulary } from '../../expression/index.js';
import { type Row, VOCABULARY } from './vocabulary.js';

const field = (part: string, name: string, aliases: readonly string[], value: number): FieldDefinition<null> => ({
  part,
  name,
  aliases,
  type: 'number',
  description: '',
  read: () => value,
});

describe('a vocabulary', () => {
  it('finds a field by name, name in two parts and alias, in any case', () => {
    for (const name of ['rttUs', 'now.rttUs', 'rtt', 'RTTUS', 'Now.RttUs']) {
      expect(VOCABULARY.field(name)?.field.name, name).toBe('rttUs');
    }
    expect(VOCABULARY.field('state')?.field.part).toBe('');
    expect(VOCABULARY.field('connection.rttUs')).toBeUndefined();
    expect(VOCABULARY.flag('LOSSY')?.name).toBe('lossy');
  });

  it('takes the first field of a name that two parts have, and never an alias for a name', () => {
    const vocabulary = new Vocabulary<null>({
      fields: [field('a', 'x', ['y'], 1), field('b', 'x', [], 2), field('b', 'y', [], 3)],
    });
    const matching = ['x', 'a.x', 'b.x', 'y', 'b.y'].map((name) =>
      [1, 2, 3].filter((value) => compileExpression(`${name} = ${value}`, vocabulary).matches(null)),
    );
    expect(matching).toEqual([[1], [1], [2], [3], [3]]);
  });

  it.each<[string, string[]]>([
    ['rto', ['rtt', 'rttvar']],
    ['commnd', ['command']],
    ['cwn', ['cwnd']],
    ['remoteAdress', ['remoteAddress']],
    ['q', []],
    ['zzzzzzzzzz', []],
    ['x'.repeat(5000), []],
  ])('offers for %j %j', (word, near) => {
    expect(VOCABULARY.nearFields(word)).toEqual(near);
  });

  it('knows a qualified field only by its name in two parts', () => {
    const vocabulary = new Vocabulary<null>({
      fields: [{ ...field('a', 'x', [], 1), isQualified: true }, field('b', 'share', ['x'], 2)],
    });
    expect(compileExpression('x = 2 and a.x = 1', vocabulary).matches(null)).toBe(true);
    expect(vocabulary.nearFields('xx')).toEqual(['x']);
  });

  it('refuses a unit that is not one of the type, and a field that cannot be searched', () => {
    const wrong: FieldDefinition<Row> = {
      part: 'now',
      name: 'x',
      type: 'duration',
      unit: 'MB',
      description: '',
      read: () => 1,
    };
    expect(() => new Vocabulary({ fields: [wrong] })).toThrow(
      new RangeError('field now.x: MB is no unit of a duration'),
    );
    expect(() => new Vocabulary({ fields: VOCABULARY.fields, searchedTexts: ['pid'] })).toThrow(
      'field pid is no text to search in',
    );
    expect(() => new Vocabulary({ fields: VOCABULARY.fields, searchedNumbers: ['rtt'] })).toThrow(
      'field rtt is no number to search for',
    );
    expect(fullName(wrong)).toBe('now.x');
  });

  it('without searched fields refuses bare words and numbers', () => {
    const vocabulary = new Vocabulary({ fields: VOCABULARY.fields });
    expect(() => compileExpression('nginx', vocabulary)).toThrow("at 0: expected a comparison, found 'nginx' alone");
    expect(() => compileExpression('443', vocabulary)).toThrow("at 0: expected a comparison, found '443' alone");
  });
});
