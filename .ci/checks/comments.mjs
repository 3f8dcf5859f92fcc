import ts from 'typescript';

/** Returns the comments of a script: `{ start, text, isDoc }`. In `text`, the comment marks are spaces. */
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

/** Returns the texts of a script that are sentences: literals, and texts of markup, with three or more words. */
export function scriptTexts(source, fileName = 'source.ts') {
  const file = ts.createSourceFile(fileName, source, ts.ScriptTarget.Latest, true);
  const found = [];
  const visit = (node) => {
    const isText = ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node) || ts.isTemplateHead(node);
    if (isText || ts.isJsxText(node) || ts.isTemplateMiddle(node) || ts.isTemplateTail(node)) {
      const text = node.getText(file);
      if (/\S \S+ \S/.test(text)) found.push({ start: node.getStart(file), text, isDoc: false });
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

/** Returns the comments of a C++ source. Skips strings and character constants, but does not know raw strings. */
export function cppComments(source) {
  const token = /"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)+'|\/\/[^\n]*|\/\*[\s\S]*?\*\//g;
  return Array.from(source.matchAll(token))
    .filter(([text]) => text.startsWith('/'))
    .map(({ index, 0: text }) => comment(index, text));
}

/** Replaces comment marks by spaces, so that offsets in the text are offsets in the source. */
function comment(start, raw) {
  const blank = (marks) => ' '.repeat(marks.length);
  const text = raw.replace(/^\/\*\*?|\*\/$|^\/\//g, blank).replace(/^([ \t]*)\*(?!\/)/gm, (_, indent) => `${indent} `);
  return { start, text, isDoc: raw.startsWith('/**') };
}
