import { defineCheck, type Verdict } from '../check.js';
import { type PacketFindings, probePackets } from '../probes/packets.js';
import { bytes, plural } from '../words.js';

/** Check of capturing packets for HTTP. It is optional: only what does not work although it is allowed is a warning. */
export const packets = defineCheck<PacketFindings>({
  name: 'packets',
  tells:
    'whether packets can be captured for HTTP (`-http.ports`, `tcp-info http`): the right, the ring, the filter, and a request over loopback of its own, seen once in each direction; none of it is required',
  warns: 'packets may be captured, and the request or its answer was not seen, or more than once',
  remedy: 'CAP_NET_RAW',
  needs: ['addon'],
  gather: () => probePackets(),
  judge: (facts): Verdict => {
    const { refused, refusal, ringBytes = 0, loopbackError, requests = 0, answers = 0 } = facts;
    if (refused === 'ERR_PERMISSION') {
      return { level: 'ok', found: 'no CAP_NET_RAW: no `tcp-info http` and no -http.ports' };
    }
    if (refused === 'ERR_NO_MODULE') return { level: 'ok', found: 'the kernel has no packet sockets' };
    if (refused !== undefined) {
      return {
        level: 'warn',
        found: refusal ?? `the kernel refuses (${refused})`,
        advice: 'allow packet sockets (seccomp, gVisor); otherwise HTTP cannot be read',
      };
    }
    const ring = ringBytes === 0 ? 'without a ring, one by one' : `with a ring (${bytes(ringBytes)} tried)`;
    const captured = `packets can be captured ${ring}`;
    if (loopbackError !== undefined) {
      return { level: 'ok', found: `${captured}; not tried with a request, because loopback fails: ${loopbackError}` };
    }
    if (requests === 1 && answers === 1) {
      return { level: 'ok', found: `${captured}; a request over loopback was seen once in each direction` };
    }
    return {
      level: 'warn',
      found: `${captured}, but of one request over loopback ${plural(requests, 'request')} and ${plural(answers, 'answer')} were seen`,
      advice: 'run it again: a busy machine is late; if the problem stays, report it',
    };
  },
});
