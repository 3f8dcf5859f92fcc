import type { JSX } from 'preact';
import type { Page } from '../state/index.js';
import { ConnectionCharts } from './connection-charts.js';
import { DetailHead } from './detail-head.js';
import { DetailState } from './detail-state.js';
import { FactsList } from './facts-list.js';
import { HttpExchanges } from './http-exchanges.js';
import { endsText } from './row-name.js';
import { useConnection } from './use-connection.js';
import { Verdict } from './verdict.js';

/** Props of {@link DetailPanel}. */
export interface DetailPanelProps {
  readonly page: Page;
  /** Key of the connection, or another id of the API. */
  readonly id: string;
}

/** One connection: why it was as fast as it was, charts over time, HTTP exchanges, and all its facts. */
export function DetailPanel({ page, id }: DetailPanelProps): JSX.Element | null {
  const watch = useConnection(page, id);
  if (watch === undefined) return null;
  const { answer, words, exchanges } = watch;
  return (
    <section class="detail" aria-label={`Connection ${answer === undefined ? id : endsText(answer)}`}>
      <DetailHead page={page} id={id} watch={watch} />
      <DetailState page={page} watch={watch} onChoose={(key) => page.go({ key }, 'replace')} />
      {answer === undefined ? null : (
        <>
          {words === undefined ? null : <Verdict words={words} />}
          <ConnectionCharts page={page} watch={watch} />
          {exchanges === undefined ? null : <HttpExchanges exchanges={exchanges} />}
          <FactsList page={page} answer={answer} words={words} />
        </>
      )}
    </section>
  );
}
