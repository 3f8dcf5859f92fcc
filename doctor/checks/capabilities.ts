import { CAP_NET_ADMIN, CAP_SYS_ADMIN, hasCapability } from '../../host/index.js';
import { defineCheck } from '../check.js';

interface Facts {
  /** False when /proc/self/status could not be read; the other facts are then unknown. */
  readonly readable: boolean;
  readonly uid: number;
  readonly netAdmin: boolean;
  readonly sysAdmin: boolean;
}

/** Check of capabilities. None is required: the finding names the consequences, without a warning. */
export const capabilities = defineCheck<Facts>({
  name: 'capabilities',
  tells: 'whether CAP_NET_ADMIN and CAP_SYS_ADMIN are effective, and what is missing without them; neither is required',
  fails: '/proc cannot be read, so the collector does not start',
  remedy: 'mount it: `mount -t proc proc /proc`',
  gather: ({ read }) => {
    const text = read('/proc/self/status');
    const status = text ?? '';
    return {
      readable: text !== undefined,
      uid: process.getuid?.() ?? -1,
      netAdmin: hasCapability(status, CAP_NET_ADMIN),
      sysAdmin: hasCapability(status, CAP_SYS_ADMIN),
    };
  },
  judge: ({ readable, uid, netAdmin, sysAdmin }) => {
    if (!readable) {
      return {
        level: 'fail',
        found: `uid ${uid}; /proc/self/status cannot be read, and the collector does not start without it`,
        advice: 'mount it: mount -t proc proc /proc',
      };
    }
    const parts = [
      netAdmin ? 'CAP_NET_ADMIN' : "no CAP_NET_ADMIN: sockets' marks are not recorded",
      sysAdmin ? 'CAP_SYS_ADMIN' : 'no CAP_SYS_ADMIN: no other network namespaces (-netns)',
    ];
    return { level: 'ok', found: `uid ${uid}; ${parts.join('; ')}` };
  },
});
