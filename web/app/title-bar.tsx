import type { JSX } from 'preact';
import { formatCount, formatQuantity, formatShare } from '../../view/chart/index.js';
import { rateText } from '../../view/rows/index.js';
import { Menu, type MenuItem } from '../parts/index.js';
import { INTERVALS_MS, type Page, type Shell, THEMES, USUAL_INTERVAL_MS } from '../state/index.js';
import type { Panel } from './page-keys.js';

/** Props of {@link TitleBar}. */
export interface TitleBarProps {
  readonly page: Page;
  readonly shell: Shell;
  readonly openPanel: (panel: Panel) => void;
}

/** Title: host, source, numbers and rates of all connections, and the buttons of the page. */
export function TitleBar({ page, shell, openPanel }: TitleBarProps): JSX.Element {
  const { status, frozen } = page;
  const isArchive = status?.mode === 'archive';
  return (
    <header class="title-bar">
      <h1>
        tcp-info<span class="host">{status?.host}</span>
      </h1>
      <p class="facts">{isArchive ? archiveFacts(page) : liveFacts(page, shell)}</p>
      <div class="buttons">
        {isArchive ? null : (
          <button
            type="button"
            class="button"
            aria-pressed={frozen !== undefined}
            aria-keyshortcuts="f"
            disabled={shell.isFreezing}
            onClick={page.toggleFreeze}
          >
            Freeze{' '}
            <span class="key" aria-hidden="true">
              f
            </span>
          </button>
        )}
        <button type="button" class="button" aria-keyshortcuts="i" onClick={() => openPanel('fields')}>
          Fields{' '}
          <span class="key" aria-hidden="true">
            i
          </span>
        </button>
        <Menu label="View" items={viewItems(page)} />
        <button type="button" class="button" aria-label="Help" aria-keyshortcuts="?" onClick={() => openPanel('help')}>
          ?
        </button>
      </div>
    </header>
  );
}

function viewItems({ choices, status, choose }: Page): readonly MenuItem[] {
  return [
    ...THEMES.map((theme) => ({
      label: { system: 'Colours of the system', light: 'Light', dark: 'Dark' }[theme],
      kind: 'radio' as const,
      isChecked: choices.theme === theme,
      run: () => choose({ theme }),
    })),
    {
      label: 'Bytes per second',
      kind: 'check',
      isChecked: choices.bytes,
      run: () => choose({ bytes: !choices.bytes }),
    },
    ...(status?.mode === 'archive' ? [] : INTERVALS_MS).map((everyMs) => ({
      label: `A refresh every ${everyMs / 1000} s`,
      kind: 'radio' as const,
      isChecked: choices.everyMs === everyMs,
      run: () => choose({ everyMs }),
    })),
  ];
}

function archiveFacts({ status }: Page): JSX.Element {
  const count = (status?.open ?? 0) + (status?.closed ?? 0);
  return (
    <>
      <span class="fact">archive</span>
      <span class="fact">{formatCount(count)} connections</span>
    </>
  );
}

function liveFacts({ status, frozen, lost, look, go, choices }: Page, { second }: Shell): JSX.Element {
  const closed = frozen?.closed ?? status?.closed ?? 0;
  const open = frozen === undefined ? (second?.open ?? status?.open ?? 0) : frozen.total - frozen.closed;
  const beatUs = status?.beatUs ?? null;
  const sent = second?.sentBytes ?? 0;
  return (
    <>
      <span class={lost === undefined ? 'fact live' : 'fact lost'}>
        {lost === undefined ? 'live' : 'lost'} <span class="beat">●</span>
        {beatUs === null ? '' : ` ${formatQuantity(beatUs, 'duration')}`}
      </span>
      <span class="fact">
        {formatCount(open)} open <span class="faint">{formatCount(closed)} closed</span>
      </span>
      {second === undefined ? null : (
        <span class="fact rates">
          <span class="rate" title="sent">
            ↑ {rateText(sent, look)}
          </span>{' '}
          <span class="rate" title="received">
            ↓ {rateText(second.receivedBytes, look)}
          </span>
        </span>
      )}
      {(status?.firing ?? 0) === 0 ? null : (
        <span class="fact">
          <button type="button" class="alert-count" onClick={() => go({ tab: 'alerts' })}>
            Alerts {formatCount(status?.firing ?? 0)} <span aria-hidden="true">▲</span>
          </button>
        </span>
      )}
      {choices.everyMs === USUAL_INTERVAL_MS ? null : (
        <span class="fact" title="+ and - change it">
          every {choices.everyMs / 1000} s
        </span>
      )}
      {sent === 0 ? null : <span class="fact">retrans {formatShare((second?.retransmittedBytes ?? 0) / sent)}</span>}
    </>
  );
}
