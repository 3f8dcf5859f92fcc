import { CAP_NET_ADMIN, CAP_SYS_ADMIN, hasCapability } from '../../machine.js';
import { defineCheck } from '../check.js';

interface Facts {
  readonly uid: number;
  readonly netAdmin: boolean;
  readonly sysAdmin: boolean;
}

/** What the user may do. None of it is needed: what is lost is said, and nothing warned of. */
export const capabilities = defineCheck<Facts>({
  name: 'capabilities',
  tells: 'whether CAP_NET_ADMIN and CAP_SYS_ADMIN are effective, and what is lost without; neither is needed',
  gather: ({ read }) => {
    const status = read('/proc/self/status') ?? '';
    return {
      uid: process.getuid?.() ?? -1,
      netAdmin: hasCapability(status, CAP_NET_ADMIN),
      sysAdmin: hasCapability(status, CAP_SYS_ADMIN),
    };
  },
  judge: ({ uid, netAdmin, sysAdmin }) => {
    const parts = [
      netAdmin ? 'CAP_NET_ADMIN' : "no CAP_NET_ADMIN: sockets' marks are not recorded",
      sysAdmin ? 'CAP_SYS_ADMIN' : 'no CAP_SYS_ADMIN: no other network namespaces (-netns)',
    ];
    return { level: 'ok', found: `uid ${uid}; ${parts.join('; ')}` };
  },
});
