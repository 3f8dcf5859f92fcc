/** Rules of plain English that a program can check. Each has a pattern and a replacement. */

/** Rules for the first words of a doc comment, because an editor shows that sentence alone. */
export const CAPTION_RULES = [
  {
    name: 'caption',
    pattern: /^(?:What|How|Whether|Where|Those|Of|Its|It|The same|Likewise)\b/,
    instead: 'a noun phrase for a type or value ("Options of X."), a verb for a function ("Reads …")',
  },
  {
    name: 'caption without object',
    pattern: /^\w+s it\.\s*$/,
    instead: 'the object by its name ("Draws a panel as SVG.")',
  },
];

/** Rules for comments, texts for users, and pages of documentation. */
export const PHRASE_RULES = [
  { name: 'told of', pattern: /\b(?:told|tells?|telling|hears?|heard) of\b/i, instead: 'report, notify, learn of' },
  { name: 'has to be told', pattern: /\b(?:has|have) to be told\b/i, instead: 'takes, needs' },
  { name: 'passed over', pattern: /\b(?:passed|passes|passing) over\b/i, instead: 'skip' },
  { name: 'nobody', pattern: /\bnobody\b/i, instead: 'no one, no client, no program' },
  { name: 'whoever', pattern: /\bwho(?:so)?ever\b/i, instead: 'a program that, a user who' },
  { name: 'somebody', pattern: /\bsomebody\b/i, instead: 'someone, or the noun itself' },
  { name: 'of which', pattern: /\bof which\b/i, instead: 'whose, or a sentence of its own' },
  { name: 'no more', pattern: /\bno more\b(?! than\b)/i, instead: 'no longer, not any longer' },
  { name: 'amiss', pattern: /\bamiss\b/i, instead: 'missing, wrong' },
  { name: 'likewise', pattern: /\blikewise\b/i, instead: 'also, or say it again' },
  { name: 'thereof', pattern: /\b(?:thereof|thereby|therein|whereof|wherein)\b/i, instead: 'the noun itself' },
  { name: 'was there', pattern: /\b\w+ was there\./i, instead: 'was found, existed' },
  { name: 'the one who', pattern: /\bthe one (?:\w+ ){0,3}who\b/i, instead: 'the noun itself' },
  {
    name: 'say nothing',
    pattern: /\b(?:(?:says?|said|tells?|told) nothing of|told so)\b/i,
    instead: 'does not report, reports it',
  },
  { name: 'awaited', pattern: /\bawaited of\b/i, instead: 'expected' },
  { name: 'left out here', pattern: /\bleft out here\b/i, instead: 'dropped in the collector' },
  { name: 'where it has', pattern: /\bwhere it has \w[.;,]/i, instead: 'wherever X is set' },
  { name: 'does not take', pattern: /\b(?:does|do) not take are\b/i, instead: 'refuses, does not accept' },
  { name: 'written again', pattern: /\bhas been written again\b/i, instead: 'have recovered' },
  { name: 'missed, and', pattern: /\bare missed, and\b/i, instead: 'name all subjects before the verb' },
  { name: 'anew', pattern: /\bbegun anew\b/i, instead: 'again, new' },
  { name: 'broke off', pattern: /\bbroke off;/i, instead: 'failed, stopped' },
  { name: 'looked for', pattern: /\bbe looked for\b/i, instead: 'search' },
  { name: 'by what', pattern: /\bby (?:what they|why)\b/i, instead: 'by reason, by outcome' },
  { name: 'is none', pattern: /\b(?:is|are|was|were) none\b/i, instead: 'does not exist, there is no X' },
];

/**
 * Finds the broken rules in a text, each with the index of the first word: `{ index, name, found, instead }`.
 *
 * @param isCaption true when the text is a doc comment, whose first sentence is shown alone
 */
export function faultsOf(text, isCaption = false) {
  const rules = isCaption ? [...CAPTION_RULES, ...PHRASE_RULES] : PHRASE_RULES;
  return rules.flatMap(({ name, pattern, instead }) => {
    // A phrase may span two lines.
    const every = new RegExp(pattern.source.replaceAll(' ', '\\s+'), `${pattern.flags}g`);
    return Array.from(text.matchAll(every), ({ index, 0: found }) => ({ index, name, found, instead }));
  });
}
