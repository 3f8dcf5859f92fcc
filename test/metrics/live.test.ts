import { describe, expect, it } from 'vitest';
import { createMetrics, LIVE_CODES, LIVE_EVICTIONS, LIVE_REJECTIONS, renderMetrics } from '../../metrics/index.js';

describe('metrics of the live side', () => {
  it('are not registered unless asked for', async () => {
    const { registry, live, processes } = createMetrics({ version: '1', processMetrics: false });
    expect([live, processes]).toEqual([undefined, undefined]);
    const page = await renderMetrics(registry);
    expect(page).not.toContain('tcpinfo_live_');
    expect(page).not.toContain('tcpinfo_process_');
  });

  it('show zero from the start for every known label value', async () => {
    const { registry, live } = createMetrics({ version: '1', processMetrics: false, live: true });
    const page = await renderMetrics(registry);
    for (const code of LIVE_CODES) expect(page).toContain(`tcpinfo_live_requests_total{code="${code}"} 0\n`);
    for (const reason of LIVE_REJECTIONS) expect(page).toContain(`tcpinfo_live_rejected_total{reason="${reason}"} 0\n`);
    for (const what of LIVE_EVICTIONS) expect(page).toContain(`tcpinfo_live_evicted_total{what="${what}"} 0\n`);
    expect(page).toContain('tcpinfo_live_rows{open="true"} 0\n');
    expect(page).not.toContain('tcpinfo_process_');
    live?.messages.inc(3);
    live?.historyBytes.set(4096);
    expect(await renderMetrics(registry)).toMatch(
      /\ntcpinfo_live_history_bytes 4096\n(.*\n)*tcpinfo_live_messages_total 3\n/,
    );
  });

  it('of processes are registered without an API, too', async () => {
    const { registry } = createMetrics({ version: '1', processMetrics: false, processes: true });
    const page = await renderMetrics(registry);
    for (const result of ['found', 'none', 'permission', 'gone']) {
      expect(page).toContain(`tcpinfo_process_lookups_total{result="${result}"} 0\n`);
    }
    expect(page).toContain('tcpinfo_process_seconds_total 0\n');
  });
});
