/** Name of the list in the folder of the page; web/build.mjs writes it. */
export const PAGE_LIST = 'files.json';

/** File of the page, as the build lists it. */
export interface ListedFile {
  /** Path under which it is served. */
  readonly path: string;
  /** Name in the folder; beside it is the same in gzip, with `.gz` at the end. */
  readonly name: string;
  /** Media type. */
  readonly type: string;
  /** Hash of the content. */
  readonly hash: string;
  /** True if the name changes with the content. */
  readonly isImmutable: boolean;
}

/** Thrown for a list that the build did not make. */
export class PageListError extends Error {
  override readonly name = 'PageListError';
  readonly code = 'ERR_PAGE_LIST';
}

const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  txt: 'text/plain; charset=utf-8',
};

/**
 * Parses the list: `{"files":[{"name":"index.html","hash":"…"},…]}`.
 * @throws PageListError
 */
export function parseList(text: string): readonly ListedFile[] {
  let list: unknown;
  try {
    list = JSON.parse(text);
  } catch (cause) {
    throw new PageListError(`${PAGE_LIST} of the page is not JSON: build the page again`, { cause });
  }
  const files = isObject(list) ? list['files'] : undefined;
  if (!Array.isArray(files)) throw new PageListError(`${PAGE_LIST} of the page has no files: build the page again`);
  return files.map((file: unknown) => listed(file));
}

function listed(file: unknown): ListedFile {
  const { name, hash } = isObject(file) ? file : {};
  const [matched, ending = ''] =
    typeof name === 'string' ? (/^[A-Za-z0-9]+(?:[.-][A-Za-z0-9]+)*\.([a-z]+)$/.exec(name) ?? []) : [];
  const type = TYPES[ending];
  if (matched === undefined || type === undefined || typeof hash !== 'string' || !/^[\w-]+$/.test(hash)) {
    throw new PageListError(`${PAGE_LIST} of the page lists ${JSON.stringify(file)}: build the page again`);
  }
  const isImmutable = ending === 'js' || ending === 'css';
  return { path: matched === 'index.html' ? '/' : `/${matched}`, name: matched, type, hash, isImmutable };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
