import type { JSX } from 'preact';
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { hideTooltip, TooltipLayer } from '../parts/index.js';
import type { KeyBinding, Page, PageState, Shell } from '../state/index.js';
import { Banners } from './banners.js';
import { findBinding, focusKind } from './keys.js';
import { Lazy } from './lazy.js';
import { MessageLine } from './message-line.js';
import { type Panel, pageKeys } from './page-keys.js';
import { StartState } from './start-state.js';
import { TAB_PANEL_ID, TabBar, tabId } from './tab-bar.js';
import { existingTabs, type TabModule } from './tab-list.js';
import { TitleBar } from './title-bar.js';
import { TokenForm } from './token-form.js';

const loadOverview = () => import('../overview/index.js');
const loadDetail = () => import('../detail/index.js');
const loadCompare = () => import('../compare/index.js');
const loadRecordings = () => import('../recordings/index.js');
const loadHelp = () => import('../help/index.js');

/** Props of {@link App}. */
export interface AppProps {
  readonly state: PageState;
  /** Uses another token, and asks again. */
  readonly onToken: (token: string) => void;
  readonly onRetry: () => void;
}

/** The page. */
export function App({ state, onToken, onRetry }: AppProps): JSX.Element {
  const shell = useShell(state);
  const { page, access, theme } = shell;
  useLayoutEffect(() => {
    document.documentElement.dataset['theme'] = theme;
  }, [theme]);
  if (access !== 'granted') return <TokenForm access={access} onToken={onToken} />;
  if (page === undefined) return <StartState shell={shell} onRetry={onRetry} />;
  return <Frame page={page} shell={shell} />;
}

function useShell(state: PageState): Shell {
  const [shell, setShell] = useState(state.shell);
  useEffect(() => {
    setShell(state.shell);
    return state.subscribe(() => setShell(state.shell));
  }, [state]);
  return shell;
}

function Frame({ page, shell }: { readonly page: Page; readonly shell: Shell }): JSX.Element {
  const { place, lost, status } = page;
  const [panel, openPanel] = useState<Panel>();
  const tabs = existingTabs(shell.optional, page.status?.firing !== undefined, place.tab);
  const tab = tabs.find(({ name }) => name === place.tab);
  const hasDetail = tab?.hasDetail === true && place.key !== '';
  const tabKeys = useRef<readonly KeyBinding[]>([]);
  const openTab = useRef(place.tab);
  if (openTab.current !== place.tab) {
    openTab.current = place.tab;
    tabKeys.current = [];
  }
  const keys = pageKeys({ tabs, panel, openPanel });
  useKeys(page, panel === undefined ? () => [...keys, ...tabKeys.current] : () => []);
  useEffect(() => {
    document.title = status === undefined ? 'tcp-info' : `${tab?.title ?? ''} · ${status.host} · tcp-info`;
  }, [status?.host, tab]);
  // Title and messages change more often than the tab, which is costly to draw.
  const stage = useMemo(
    () => (
      <main class={hasDetail ? 'stage has-detail' : 'stage'}>
        {tab?.hasOverview === true ? (
          <Lazy load={loadOverview}>{({ OverviewStrip }) => <OverviewStrip page={page} />}</Lazy>
        ) : null}
        <div
          class="tab"
          role="tabpanel"
          id={TAB_PANEL_ID}
          aria-labelledby={tabId(place.tab)}
          // Tables scroll by themselves; other tabs must be reachable by keys to be scrolled.
          tabIndex={tab?.hasOverview === true ? undefined : 0}
        >
          {tab === undefined ? null : (
            <Lazy load={tab.load} onLoaded={({ keys: loaded }: TabModule) => (tabKeys.current = loaded)}>
              {({ Tab }) => <Tab page={page} />}
            </Lazy>
          )}
        </div>
        {hasDetail ? <Detail page={page} /> : null}
      </main>
    ),
    [page, tab, hasDetail],
  );
  return (
    <div class={lost === undefined ? 'frame' : 'frame is-lost'}>
      <TitleBar page={page} shell={shell} openPanel={openPanel} />
      <Banners page={page} />
      <TabBar page={page} tabs={tabs} />
      {stage}
      <MessageLine message={shell.message} />
      <TooltipLayer />
      {panel === 'record' && place.key !== '' ? (
        <Lazy load={loadRecordings}>
          {({ RecordDialog }) => <RecordDialog page={page} id={place.key} onClose={() => openPanel(undefined)} />}
        </Lazy>
      ) : null}
      {panel === undefined || panel === 'record' ? null : (
        <Lazy load={loadHelp}>
          {({ HelpPanel, FieldPanel }) =>
            panel === 'help' ? (
              <HelpPanel page={page} keys={[...keys, ...tabKeys.current]} onClose={() => openPanel(undefined)} />
            ) : (
              <FieldPanel page={page} onClose={() => openPanel(undefined)} />
            )
          }
        </Lazy>
      )}
    </div>
  );
}

/** Drill-down of a connection, or the comparison of two. */
function Detail({ page }: { readonly page: Page }): JSX.Element {
  const { key, compare } = page.place;
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    // On a small screen it is below the table, out of sight.
    if (document.documentElement.scrollHeight > window.innerHeight) box.current?.scrollIntoView();
  }, [key, compare]);
  return (
    <div class="below" ref={box}>
      {compare === '' ? (
        <Lazy load={loadDetail}>{({ DetailPanel }) => <DetailPanel page={page} id={key} />}</Lazy>
      ) : (
        <Lazy load={loadCompare}>{({ ComparePanel }) => <ComparePanel page={page} ids={[key, compare]} />}</Lazy>
      )}
    </div>
  );
}

/** Listens to keys of the whole page; the last bindings and state are used. */
function useKeys(page: Page, bindings: () => readonly KeyBinding[]): void {
  const latest = useRef({ page, bindings });
  latest.current = { page, bindings };
  useLayoutEffect(() => {
    const pressed = (event: KeyboardEvent): void => {
      if (event.key === 'Escape' && !event.defaultPrevented && hideTooltip()) return;
      const { page: current, bindings: list } = latest.current;
      const binding = findBinding(event, focusKind(document.activeElement), list(), current);
      if (binding === undefined) return;
      event.preventDefault();
      binding.run(current);
    };
    document.addEventListener('keydown', pressed);
    return () => document.removeEventListener('keydown', pressed);
  }, []);
}
