import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode } from '../../../files/index.js';
import { type Answer, acceptsGzip, type Exchange, textAnswer } from '../../http/index.js';
import { methodError, ProblemError } from '../problem.js';
import { type ListedFile, PAGE_LIST, parseList } from './list.js';

/** Paths that may be files of the page; whether they are says the build's list. */
const PAGE_PATH = /^\/(?:[A-Za-z0-9]+(?:[.-][A-Za-z0-9]+)*-[A-Z0-9]{8}\.(?:js|css)|notices\.txt)?$/;

/** Returns whether a path is one of the page, not of the API. */
export function isPagePath(path: string): boolean {
  return PAGE_PATH.test(path);
}

/** File of the page in memory. */
interface PageFile extends ListedFile {
  readonly plain: Buffer;
  readonly packed: Buffer;
}

/** Files of the page by their paths. */
type Files = ReadonlyMap<string, PageFile>;

/** Cache of files whose names change with their content: a year, the longest that caches honour. */
const FOR_EVER = 'public, max-age=31536000, immutable';
/** Cache of others: they are asked for each time, and sent if they have changed. */
const REVALIDATED = 'no-cache';

/** Text for a checkout that was not built. */
const NOT_BUILT = `The page is not built. In the folder of tcp-info run

  npm run build:web

and load this page again. The API at /api/v1 answers without it.
`;

/**
 * Files of the page, as the build made and listed them. All are read at the first request for one, so that they belong
 * together. A path of a request is only looked up in the list.
 */
export class PageFiles {
  readonly #folder: string;
  #files: Promise<Files | undefined> | undefined;

  /** @param folder absolute path of the build's output. Nothing is read before the first request. */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /**
   * Answers a request that passed the gate.
   * @param path path of the request, for which {@link isPagePath} holds
   * @throws ProblemError 404 for a path that is not in the list, 405; errors of reading, and PageListError
   */
  async answer({ method, headers }: Exchange, path: string): Promise<Answer> {
    if (method !== 'GET' && method !== 'HEAD') throw methodError(method, 'GET, HEAD');
    const files = await this.#read();
    if (files === undefined && path === '/') return textAnswer(404, NOT_BUILT);
    const file = files?.get(path);
    if (file === undefined) {
      throw new ProblemError(404, 'ERR_NO_ROUTE', 'the page has no such file; if it was updated, load it again');
    }
    const isPacked = acceptsGzip(headers.get('accept-encoding'));
    // Bytes of another encoding are another representation.
    const tag = `"${file.hash}${isPacked ? '-gzip' : ''}"`;
    const shared = {
      ETag: tag,
      'Cache-Control': file.isImmutable ? FOR_EVER : REVALIDATED,
      Vary: 'Accept-Encoding',
    };
    if (isKnown(headers.get('if-none-match'), tag)) return { status: 304, headers: shared, body: '' };
    return {
      status: 200,
      headers: {
        'Content-Type': file.type,
        ...(isPacked ? { 'Content-Encoding': 'gzip' } : {}),
        // No site that opened the page keeps a handle on it.
        ...(path === '/' ? { 'Cross-Origin-Opener-Policy': 'same-origin' } : {}),
        ...shared,
      },
      body: isPacked ? file.packed : file.plain,
    };
  }

  /** Returns all files; undefined without a build. What failed is tried again at the next request. */
  async #read(): Promise<Files | undefined> {
    this.#files ??= readFiles(this.#folder);
    const reading = this.#files;
    try {
      const files = await reading;
      if (files === undefined) this.#forget(reading);
      return files;
    } catch (error) {
      this.#forget(reading);
      throw error;
    }
  }

  #forget(reading: Promise<Files | undefined>): void {
    if (this.#files === reading) this.#files = undefined;
  }
}

async function readFiles(folder: string): Promise<Files | undefined> {
  let text: string;
  try {
    text = await readFile(join(folder, PAGE_LIST), 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
  const read = async (file: ListedFile): Promise<[string, PageFile]> => {
    const path = join(folder, file.name);
    const [plain, packed] = await Promise.all([readFile(path), readFile(`${path}.gz`)]);
    return [file.path, { ...file, plain, packed }];
  };
  return new Map(await Promise.all(parseList(text).map(read)));
}

/** Returns whether an `If-None-Match` header names a tag; weak ones compare as strong ones (RFC 9110, section 13.1.2). */
function isKnown(header: string | undefined, tag: string): boolean {
  if (header === undefined) return false;
  return header.split(',').some((each) => ['*', tag].includes(each.trim().replace(/^W\//, '')));
}
