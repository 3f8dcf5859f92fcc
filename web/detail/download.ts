import type { QueryParameters } from '../client/index.js';
import { saveFile } from '../parts/index.js';
import type { Page } from '../state/index.js';

/** File that the API makes of a connection. */
export interface DownloadKind {
  /** Text of the button. */
  readonly label: string;
  readonly title: string;
  /** Route below the connection. */
  readonly route: string;
  /** End of the file's name. */
  readonly extension: string;
  /** True if the route takes the range of time. */
  readonly hasRange: boolean;
}

/** Files of a connection, as buttons offer them. */
export const DOWNLOADS: readonly DownloadKind[] = [
  {
    label: 'SVG',
    title: 'Save the course as a picture',
    route: '/picture.svg',
    extension: 'svg',
    hasRange: true,
  },
  {
    label: 'HTML',
    title: 'Save the course as a page',
    route: '/picture.html',
    extension: 'html',
    hasRange: true,
  },
  {
    label: 'JSON',
    title: 'Save the course as JSON, as tcp-info show --format=json has it',
    route: '/timeline',
    extension: 'json',
    hasRange: true,
  },
  {
    label: 'Records',
    title: 'Save the archived records, for tcp-info show -',
    route: '/records',
    extension: 'jsonl',
    hasRange: false,
  },
];

/** Saves a file of a connection. What fails is said at the foot of the page. */
export async function download(page: Page, path: string, name: string, kind: DownloadKind): Promise<void> {
  const { from, until } = page.place;
  const range: QueryParameters = kind.hasRange
    ? { ...(from === '' ? {} : { from }), ...(until === '' ? {} : { until }) }
    : {};
  page.say(`Reading ${kind.label} … The file is saved when it is whole.`);
  try {
    const content = await page.api.file(`${path}${kind.route}`, range);
    saveFile(content, `${name}.${kind.extension}`);
    page.say(`${name}.${kind.extension} saved.`);
  } catch (error) {
    page.say(`${kind.label}: ${error instanceof Error ? error.message : String(error)}`);
  }
}
