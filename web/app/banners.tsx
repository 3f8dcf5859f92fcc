import type { JSX } from 'preact';
import { formatCount } from '../../view/chart/index.js';
import { ageText } from '../../view/rows/index.js';
import { useNow } from '../parts/index.js';
import type { Page } from '../state/index.js';

/** Banners below the title: the collector is lost, the page is frozen, or it shows archives. */
export function Banners({ page }: { readonly page: Page }): JSX.Element {
  const { lost, frozen, status } = page;
  const now = useNow(1000, lost !== undefined || frozen !== undefined);
  const age = (sinceMs: number): string => ageText(Math.max(0, now - sinceMs) * 1000);
  return (
    <div class="banners">
      {lost === undefined ? null : (
        <p class="banner lost" role="alert">
          <strong>No connection</strong> <span aria-hidden="true">since {age(lost.sinceMs)}</span>: {lost.reason}. What
          you see is the last state; the page tries again by itself.
        </p>
      )}
      {frozen === undefined ? null : (
        <p class="banner frozen" role="status">
          <strong>Frozen</strong> <span aria-hidden="true">{age(frozen.sinceMs)} ago</span>
          {frozen.matched > frozen.size
            ? `: the first ${formatCount(frozen.size)} of ${formatCount(frozen.matched)} connections`
            : ''}
          . Filter, sort and charts work on this copy.{' '}
          <button type="button" class="button" onClick={page.toggleFreeze}>
            Go on{' '}
            <span class="key" aria-hidden="true">
              f
            </span>
          </button>
        </p>
      )}
      {status?.mode === 'archive' ? (
        <p class="banner archive" role="note">
          <strong>Archives</strong> do not change. Values are those of the whole recorded time of each connection; there
          is no last second.
        </p>
      ) : null}
    </div>
  );
}
