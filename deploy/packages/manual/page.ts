import type { Description, OptionDescription } from '../../../cmd/describe/description.js';
import { bold, italic, item, paragraph, plain, section, subsection, verbatim } from './roff.js';

/** Version and date printed in a manual page. */
export interface Edition {
  readonly version: string;
  /** `YYYY-MM-DD`. */
  readonly date: string;
}

/** Returns the first lines of a page. */
export function head(name: string, summary: string, { version, date }: Edition): string {
  const title = [plain(name.toUpperCase()), '1', date, plain(`tcp-info ${version}`), 'User Commands'];
  return [
    '.\\" Made from the definitions of the flags: changes here are lost.\n',
    `.TH ${title.map((part) => `"${part}"`).join(' ')}\n`,
    // No hyphenation and no justification, so that names of flags stay whole.
    '.nh\n.ad l\n',
    section('NAME'),
    `${plain(name)} \\- ${plain(summary)}\n`,
  ].join('');
}

/** Formats a flag with its facts. */
export function option(described: OptionDescription, anyDashes: boolean): string {
  const { names, placeholder, help, fallback, environment, values } = described;
  const shown = anyDashes ? names.slice(0, 1) : names;
  const value = placeholder === undefined ? '' : ` ${italic(placeholder)}`;
  const named = placeholder?.split('|').some((part) => values.words.includes(part)) ?? false;
  const facts = [
    values.words.length > 0 && placeholder !== undefined && !named ? `One of: ${plain(values.words.join(', '))}.` : '',
    fallback !== '' && fallback !== 'false' && !help.includes('(default') ? `Default: ${bold(fallback)}.` : '',
    environment === undefined ? '' : `Environment: ${bold(environment)}.`,
  ].filter(Boolean);
  const sentence = /[.!?]$/.test(help) || facts.length === 0 ? help : `${help}.`;
  return item(`${shown.map(bold).join(', ')}${value}`, [plain(sentence), ...facts].join('\n'));
}

/** Formats all flags, below their headings. */
export function options({ options: all, anyDashes }: Description): string {
  const groups = [...new Set(all.map(({ group }) => group))];
  return groups
    .map((group) => {
      const members = all.filter((each) => each.group === group).map((each) => option(each, anyDashes));
      return (group === undefined ? '' : subsection(group)) + members.join('');
    })
    .join('');
}

/** Formats a subcommand: usage, summary, options and details. */
export function command(described: Description): string {
  const { name, usage, summary, details } = described;
  return [
    subsection(`${name} ${usage}`),
    paragraph(plain(summary), true),
    ...described.options.map((each) => option(each, false)),
    ...(details === '' ? [] : [prose(details)]),
  ].join('');
}

/** Formats the plain text of a help: paragraphs, and indented lists and examples between them. */
export function prose(text: string): string {
  return text
    .split(/\n{2,}/)
    .map((block) => {
      const lines = block.split('\n');
      const from = lines.findIndex((line) => line.startsWith('  '));
      if (from === -1) return paragraph(plain(block));
      const [before, indented] = [lines.slice(0, from), lines.slice(from)];
      return (before.length === 0 ? '' : paragraph(plain(before.join('\n')))) + verbatim(indented.join('\n'));
    })
    .join('');
}
