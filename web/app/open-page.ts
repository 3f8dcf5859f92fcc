import { browserStore, documentVisibility, HttpApiClient, splitToken, Token } from '../client/index.js';
import { type AddressBar, PageState, placeFromHash, Refresh, type Watched } from '../state/index.js';
import { copyRows } from './copy-rows.js';
import { preloadTab } from './tab-list.js';

/** Parts of the page that live as long as it. */
export interface OpenPage {
  readonly state: PageState;
  readonly refresh: Refresh;
  readonly token: Token;
}

/** Connects the page to the browser's window: address, stores, theme and network. */
export function openPage(window: Window & typeof globalThis): OpenPage {
  const { document, location } = window;
  const token = new Token(browserStore(() => window.sessionStorage));
  takeToken(window, token);
  const visibility = documentVisibility(document);
  const api: HttpApiClient = new HttpApiClient({
    base: `${location.origin}${location.pathname}`,
    token,
    fetch: (input, init) => window.fetch(input, init),
    visibility,
    onReached: (report) => state.reached(report),
  });
  const state = new PageState({
    api,
    address: addressBar(window, () => {
      if (takeToken(window, token)) void refresh.now();
    }),
    store: browserStore(() => window.localStorage),
    prefersDark: mediaQuery(window, '(prefers-color-scheme: dark)'),
    copyRows,
  });
  preloadTab(placeFromHash(location.hash).tab);
  const refresh = new Refresh({ api, state, visibility });
  const defect = (error: unknown): void => {
    state.say(`The page has a defect: ${error instanceof Error ? error.message : String(error)}`);
  };
  window.addEventListener('error', ({ error }) => defect(error));
  window.addEventListener('unhandledrejection', ({ reason }) => defect(reason));
  return { state, refresh, token };
}

/** Moves the token from the address, where it could be seen and copied, to the store. Returns whether there was one. */
function takeToken({ location, history }: Window, token: Token): boolean {
  const { token: given, rest } = splitToken(location.hash);
  if (given === undefined) return false;
  token.set(given);
  history.replaceState(null, '', rest === '' ? location.pathname + location.search : `#${rest}`);
  return true;
}

function addressBar(window: Window, beforeChange: () => void): AddressBar {
  const { location, history } = window;
  return {
    get value() {
      return location.hash;
    },
    write: (hash, how) => {
      const address = hash === '' ? location.pathname + location.search : `#${hash}`;
      if (how === 'push') history.pushState(null, '', address);
      else history.replaceState(null, '', address);
    },
    onChange: (listener) =>
      // Fired by Back and Forward, and when the user edits the fragment.
      window.addEventListener('popstate', () => {
        beforeChange();
        listener();
      }),
  };
}

function mediaQuery(window: Window, query: string): Watched<boolean> {
  const list = window.matchMedia(query);
  return {
    get value() {
      return list.matches;
    },
    onChange: (listener) => list.addEventListener('change', listener),
  };
}
