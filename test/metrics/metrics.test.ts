import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import {
  CHANGE_REASONS,
  createMetrics,
  FRAME_REASONS,
  renderMetrics,
  SCAN_FAILURES,
  scanFailureLabel,
} from '../../metrics/index.js';
import { havePrograms } from '../support/programs.js';

describe('createMetrics', () => {
  it('shows zero from the start for every known label value', async () => {
    const page = await renderMetrics(createMetrics({ version: '1.2.3', processMetrics: false }).registry);
    for (const reason of CHANGE_REASONS) {
      expect(page).toContain(`tcpinfo_changes_total{reason="${reason}"} 0\n`);
    }
    for (const code of SCAN_FAILURES) {
      expect(page).toContain(`tcpinfo_scan_failures_total{code="${code}"} 0\n`);
    }
    for (const reason of FRAME_REASONS) {
      expect(page).toContain(`tcpinfo_archive_frames_total{reason="${reason}"} 0\n`);
    }
    expect(page).toContain('tcpinfo_scan_duration_seconds_count 0\n');
    expect(page).toContain('tcpinfo_event_clients_dropped_total{reason="slow"} 0\n');
    expect(page).toMatch(/^tcpinfo_build_info\{kernel=".+",node="v\d+\..*",version="1\.2\.3"\} 1$/m);
    expect(page).toContain('git_short_commit{commit="No commit specified"} 0\n');
  });

  it("hides the reference's vectors until they are used", async () => {
    const { registry, reference } = createMetrics({ version: '1', processMetrics: false });
    expect(await renderMetrics(registry)).not.toMatch(/tcpinfo_(syscall_time|error_total|flow_events)/);
    reference.flowEvents.inc('close', 0);
    expect(await renderMetrics(registry)).toContain('\ntcpinfo_flow_events_total{event="close"} 0\n');
  });

  it('shows the connections that the kernel counts, if they are known', async () => {
    const { registry, kernel } = createMetrics({ version: '1', processMetrics: false });
    const opens = async (): Promise<string[] | null> =>
      (await renderMetrics(registry)).match(/^tcpinfo_kernel_opens_total.*$/gm);
    expect(await opens()).toBeNull();
    kernel.opens.by(() => ({ active: 3, passive: 0 }));
    const shown = ['tcpinfo_kernel_opens_total{kind="active"} 3', 'tcpinfo_kernel_opens_total{kind="passive"} 0'];
    expect(await opens()).toEqual(shown);
    expect(await opens()).toEqual(shown);
    kernel.opens.by(() => undefined);
    expect(await opens()).toBeNull();
  });

  it('keeps registries apart', async () => {
    const [one, two] = [createMetrics({ version: '1' }), createMetrics({ version: '2' })];
    one.scan.scans.inc('complete', 2);
    expect(await renderMetrics(one.registry)).toContain('tcpinfo_scans_total{result="complete"} 2\n');
    expect(await renderMetrics(two.registry)).toContain('tcpinfo_scans_total{result="complete"} 0\n');
  });

  it.each([
    ['d72b41f', '2.25621023e+08'],
    ['0000000', '0'],
    ['not hex', '0'],
    ['12"3', '0'],
  ])('converts the commit %s to %s', async (commit, value) => {
    const page = await renderMetrics(createMetrics({ version: '1', commit, processMetrics: false }).registry);
    expect(page).toContain(`git_short_commit{commit="${commit.replace('"', '\\"')}"} ${value}\n`);
  });

  it('measures the process under the usual names', async () => {
    const page = await renderMetrics(createMetrics({ version: '1' }).registry);
    expect(page).toMatch(/^process_resident_memory_bytes [1-9]/m);
    expect(page).toMatch(/^process_cpu_seconds_total \d/m);
    expect(page).toMatch(/^process_virtual_memory_max_bytes [1-9]/m);
    expect(page).toMatch(/^nodejs_version_info\{/m);
  });

  it.skipIf(!havePrograms('the page and promtool', 'promtool'))(
    "passes promtool, except for the reference's names",
    async () => {
      const metrics = createMetrics({ version: '1.2.3', commit: 'd72b41f' });
      metrics.reference.syscallTime.observe('ipv6', 0.001);
      metrics.reference.connectionCount.observe('ipv6', 1);
      metrics.reference.errors.inc('NLMSG_ERROR');
      metrics.reference.flowEvents.inc('open');
      const { stderr } = spawnSync('promtool', ['check', 'metrics'], {
        input: await renderMetrics(metrics.registry),
        encoding: 'utf8',
      });
      expect(stderr.split('\n').filter((line) => line !== '')).toEqual(
        ['cache_count', 'connection_count', 'polling_interval', 'receive_rate', 'send_rate', 'syscall_time'].map(
          (name) => `tcpinfo_${name}_histogram metric name should not include type 'histogram'`,
        ),
      );
    },
  );
});

describe('scanFailureLabel', () => {
  it.each([
    ['ERR_TRUNCATED', 'truncated'],
    ['ERR_SOCKET', 'socket'],
    ['ERR_NEW_KIND', 'other'],
    ['', 'other'],
  ])('maps %s to %s', (code, label) => {
    expect(scanFailureLabel(code)).toBe(label);
  });
});
