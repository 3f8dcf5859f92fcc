import ts from 'typescript';

/** Comments of a TypeScript or JavaScript source: `{ start, text, isDoc }`, `text` without its marks, as long as it was. */
export function scriptComments(source, fileName = 'source.ts') {
  const file = ts.createSourceFile(fileName, source, ts.ScriptTarget.Latest, true);
  const found = new Map();
  const visit = (node) => {
    for (const ranges of [
      ts.getLeadingCommentRanges(source, node.getFullStart()),
      ts.getTrailingCommentRanges(source, node.getEnd()),
    ]) {
      for (const { pos, end } of ranges ?? []) found.set(pos, end);
    }
    for (const child of node.getChildren(file)) visit(child);
  };
  visit(file);
  return Array.from(found, ([start, end]) => comment(start, source.slice(start, end))).sort(
    (a, b) => a.start - b.start,
  );
}

/** Texts of a TypeScript or JavaScript source that are sentences: literals of three words and more. */
export function scriptTexts(source, fileName = 'source.ts') {
  const file = ts.createSourceFile(fileName, source, ts.ScriptTarget.Latest, true);
  const found = [];
  const visit = (node) => {
    const isText = ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node) || ts.isTemplateHead(node);
    if (isText || ts.isTemplateMiddle(node) || ts.isTemplateTail(node)) {
      const text = node.getText(file);
      if (/\S \S+ \S/.test(text)) found.push({ start: node.getStart(file), text, isDoc: false });
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

/** Comments of a C++ source. Strings and character constants are skipped, raw strings are not known. */
export function cppComments(source) {
  const token = /"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)+'|\/\/[^\n]*|\/\*[\s\S]*?\*\//g;
  return Array.from(source.matchAll(token))
    .filter(([text]) => text.startsWith('/'))
    .map(({ index, 0: text }) => comment(index, text));
}

/** Marks become spaces, so that places in the text are places in the source. */
function comment(start, raw) {
  const blank = (marks) => ' '.repeat(marks.length);
  const text = raw.replace(/^\/\*\*?|\*\/$|^\/\//g, blank).replace(/^([ \t]*)\*(?!\/)/gm, (_, indent) => `${indent} `);
  return { start, text, isDoc: raw.startsWith('/**') };
}
