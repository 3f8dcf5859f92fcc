/** Address of a running collector. */
export interface LiveAddress {
  /** Address for the title and messages, without the token. */
  readonly text: string;
  readonly socketPath?: string;
  readonly host?: string;
  readonly port?: number;
  /** Path before `/api/v1`, without a slash at its end. */
  readonly basePath: string;
  readonly token?: string;
}

/** Forms of an address, for messages. */
export const ADDRESS_FORMS = 'unix:PATH or http://HOST:PORT, with #token=TOKEN at its end if it needs one';

/** Socket of a collector that runs as a service. */
export const DEFAULT_SOCKET = '/run/tcp-info/live.sock';

/** Address of a collector that runs as a service. */
export const USUAL_ADDRESS: LiveAddress = {
  text: `unix:${DEFAULT_SOCKET}`,
  socketPath: DEFAULT_SOCKET,
  basePath: '',
};

const HTTP_PORT = 80;
/** A token is a header's value: letters that cannot break out of it. */
const TOKEN = /^[\x21-\x7e]+$/;

/**
 * Parses an address; undefined for any other text.
 * @param token token that holds unless the address has its own
 */
export function parseLiveAddress(text: string, token?: string): LiveAddress | undefined {
  const given = token === undefined || token === '' ? {} : { token };
  if (given.token !== undefined && !TOKEN.test(given.token)) return undefined;
  if (text.startsWith('unix:') || text.startsWith('/')) {
    const socketPath = text.replace(/^unix:/, '');
    return socketPath === '' ? undefined : { text: `unix:${socketPath}`, socketPath, basePath: '', ...given };
  }
  const url = parseUrl(/^[a-z]+:\/\//i.test(text) ? text : `http://${text}`);
  if (
    url === undefined ||
    url.protocol !== 'http:' ||
    url.hostname === '' ||
    url.search !== '' ||
    url.username !== ''
  ) {
    return undefined;
  }
  const own = new URLSearchParams(url.hash.slice(1)).get('token');
  if (own !== null && !TOKEN.test(own)) return undefined;
  return {
    text: `http://${url.host}`,
    // Brackets of IPv6 are part of URLs only.
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: url.port === '' ? HTTP_PORT : Number(url.port),
    basePath: url.pathname.replace(/\/+$/, ''),
    ...given,
    ...(own === null ? {} : { token: own }),
  };
}

function parseUrl(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined;
}
