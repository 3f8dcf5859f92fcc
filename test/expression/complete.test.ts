import { describe, expect, it } from 'vitest';
import { compileExpression, completeExpression, type FieldDefinition } from '../../expression/index.js';
import { type Row, VOCABULARY } from './vocabulary.js';

const VALUES: Readonly<Record<string, readonly string[]>> = {
  command: ['nginx', 'nginx worker', 'curl', 'user'],
  limitedBy: ['rwnd', 'cwnd', 'none'],
  remoteAddress: ['10.0.0.7', '2001:db8::7'],
};
/** Values of limitedBy: the frequent ones first, without the one that it cannot have. */
const LIMITS = ['rwnd', 'cwnd', 'application', 'sndbuf', 'idle'].map((value) => `value →${value}`);
const OPTIONS = { vocabulary: VOCABULARY, values: (field: FieldDefinition<Row>) => VALUES[field.name] ?? [] };

/** Completes at the mark `|`; returns each offer with the text that it replaces. */
function complete(marked: string): string[] {
  const at = marked.indexOf('|');
  const text = marked.replace('|', '');
  return completeExpression(text, at, OPTIONS).map(
    ({ kind, text: offered, from, to }) => `${kind} ${text.slice(from, to)}→${offered}`,
  );
}

describe('completion', () => {
  it.each<[string, string[]]>([
    ['rttv|', ['field rttv→rttvarUs']],
    ['now.rttv|', ['field now.rttv→now.rttvarUs']],
    ['minr|tt > 5ms', ['field minrtt→minRttUs']],
    ['rtt > 5ms and lim|', ['field lim→limitedBy']],
    ['rtt > 5ms lim|', ['field lim→limitedBy']],
    ['-lim|', ['field lim→limitedBy']],
    ['(lim|', ['field lim→limitedBy']],
    ['rtt > minr|', ['field minr→minRttUs']],
    ['rtt > 3*minr|', ['field minr→minRttUs']],
    ['rtt > lim|', []],
    [
      'limited |',
      [
        'operator →=',
        'operator →!=',
        'operator →~',
        'operator →!~',
        'keyword →in',
        'keyword →not in',
        'keyword →and',
        'keyword →or',
      ],
    ],
    ['busy |', ['operator →=', 'operator →!=', 'keyword →in', 'keyword →not in', 'keyword →and', 'keyword →or']],
    ['rtt >|', ['operator >→>=']],
    ['rtt > 5|', ['unit →us', 'unit →ms', 'unit →s', 'unit →min', 'unit →h', 'unit →d']],
    ['rtt > 5m|', ['unit m→ms', 'unit m→min']],
    ['send > 5mb|', ['unit mb→Mbit/s', 'unit mb→MB/s']],
    ['send > 5mbit|', ['unit mbit→Mbit/s']],
    ['loss > 5|', ['unit →%']],
    ['rtt:5m|', ['unit m→ms', 'unit m→min']],
    ['rtt > 5ms |', ['operator →+', 'operator →-', 'operator →*', 'operator →/', 'keyword →and', 'keyword →or']],
    ['rtt > 5ms o|', ['keyword o→or', 'flag o→is:open']],
    ['is:|', ['flag →open', 'flag →lossy', 'flag →unknown-process']],
    ['is:un|', ['flag un→unknown-process']],
    ['is:unknown-p|', ['flag unknown-p→unknown-process']],
    ['limited = |', [...LIMITS, 'keyword →null']],
    ['limited = "rw|', ['value "rw→rwnd']],
    ['limited = "rw|"', ['value "rw"→rwnd']],
    ['limited:|', LIMITS],
    ['limited:rwnd,c|', ['value c→cwnd', 'value c→application']],
    ['limited in (rwnd, c|', ['value c→cwnd', 'value c→application']],
    ['comm:n|', ['value n→nginx', 'value n→"nginx worker"']],
    ['comm = u|', ['value u→curl', 'value u→"user"']],
    ['comm = nu|', ['keyword nu→null']],
    ['comm ~ ng|', ['value ng→nginx', 'value ng→"nginx worker"']],
    ['dst = 2001|', ['value 2001→2001:db8::7']],
    ['dst:|', ['value →10.0.0.7', 'value →"2001:db8::7"']],
    ['busy = t|', ['value t→true']],
    ['busy:|', ['value →true', 'value →false']],
    [
      'dport |',
      [
        'operator →=',
        'operator →!=',
        'operator →<',
        'operator →<=',
        'operator →>',
        'operator →>=',
        'operator →+',
        'operator →-',
        'operator →*',
        'operator →/',
        'keyword →in',
        'keyword →not in',
      ],
    ],
    ['zzz |', ['keyword →and', 'keyword →or']],
    ['rtt # |', []],
    ['rtt > > |', []],
  ])('of %s offers %j', (marked, offers) => {
    expect(complete(marked).filter((offer) => !offer.startsWith('field →') || offers.includes(offer))).toEqual(offers);
  });

  it('of nothing offers every field, each term, not and each flag, with what they mean', () => {
    const offers = completeExpression('', 0, OPTIONS);
    expect(offers.filter(({ kind }) => kind === 'field').length).toBe(VOCABULARY.fields.length);
    expect(offers[0]).toEqual({ kind: 'field', text: 'rttUs', description: 'smoothed RTT, us', from: 0, to: 0 });
    expect(offers.filter(({ kind }) => kind === 'keyword').map(({ text }) => text)).toEqual([
      'not',
      'src',
      'dst',
      'addr',
      'sport',
      'dport',
      'port',
    ]);
    expect(offers.find(({ kind }) => kind === 'flag')).toEqual({
      kind: 'flag',
      text: 'is:open',
      description: 'still open',
      from: 0,
      to: 0,
    });
  });

  it('offers after a comparison only fields of its type', () => {
    const fields = completeExpression('rtt > ', 6, OPTIONS).filter(({ kind }) => kind === 'field');
    expect(fields.map(({ text }) => text)).toEqual(['rttUs', 'minRttUs', 'rttvarUs', 'lastDataSentMs']);
  });

  it('offers a name in two parts where the short one means another field', () => {
    const fields = completeExpression('bytesS', 6, OPTIONS).map(({ text }) => text);
    expect(fields).toEqual(['bytesSent', 'connection.bytesSent']);
  });

  it('offers the 20 most frequent values that contain the word', () => {
    const values = Array.from({ length: 100 }, (_, i) => `worker${i}`);
    const offers = completeExpression('comm:er', 7, { vocabulary: VOCABULARY, values: () => values });
    expect(offers.map(({ text }) => text)).toEqual(values.slice(0, 20));
    expect(completeExpression('comm:', 5, { vocabulary: VOCABULARY })).toEqual([]);
  });

  it('of values makes expressions that are accepted', () => {
    const values = ['a b', 'x"y', "it's", 'and', 'rtt', 'a,b', '10.0.0.7', '-x', 'ü', '443', 'a\\'];
    for (const start of ['comm = ', 'comm:', 'comm ~ ', 'comm in (']) {
      for (const value of values) {
        const offers = completeExpression(start, start.length, { vocabulary: VOCABULARY, values: () => [value] });
        const offer = offers.find(({ kind }) => kind === 'value');
        const text = `${start}${offer?.text}${start.endsWith('(') ? ')' : ''}`;
        expect(compileExpression(text, VOCABULARY).evaluate({ comm: value }), text).toBe(true);
      }
    }
  });

  it('of a text beyond the bounds offers nothing', () => {
    expect(completeExpression('a'.repeat(5000), 5000, OPTIONS)).toEqual([]);
  });

  it('at a position outside of the text is completion at its nearest end', () => {
    expect(completeExpression('rttv', 99, OPTIONS)).toEqual(completeExpression('rttv', 4, OPTIONS));
    expect(completeExpression('rttv', -1, OPTIONS)).toEqual(completeExpression('rttv', 0, OPTIONS));
  });
});
