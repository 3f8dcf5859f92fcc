/** Phases of BBR. */
export const BBR_PHASES = ['startup', 'drain', 'probe_bw_up', 'probe_bw_down', 'probe_bw_cruise', 'probe_rtt'] as const;
/** One of {@link BBR_PHASES}. */
export type BbrPhase = (typeof BBR_PHASES)[number];

/** Gain 1 — BBR_UNIT in net/ipv4/tcp_bbr.c. */
const ONE = 256;

/**
 * Returns BBR's phase from its two gains, in 1/256. The kernel's gains are: startup 739 and 739, drain 88 and 739,
 * probing for bandwidth 320, 192 or 256 and 512, probing for the round-trip time 256 and 256. The rule uses ranges, so
 * that it also fits later versions of BBR with other gains. Both gains are 0 until the first ACK, which counts as
 * startup.
 */
export function bbrPhase(pacingGain: number | null, cwndGain: number | null): BbrPhase | null {
  if (pacingGain === null || cwndGain === null) return null;
  if (pacingGain === 0 || pacingGain >= 2 * ONE) return 'startup';
  if (pacingGain <= ONE / 2) return 'drain';
  if (pacingGain > ONE) return 'probe_bw_up';
  if (pacingGain < ONE) return 'probe_bw_down';
  return cwndGain <= ONE ? 'probe_rtt' : 'probe_bw_cruise';
}
