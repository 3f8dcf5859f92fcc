import { describe, expect, it } from 'vitest';
import * as inetdiag from '../../inetdiag/index.js';
import {
  INET_DIAG_MEMINFO_STRUCT,
  INET_DIAG_MSG,
  INET_DIAG_MSG_COOKIE_OFFSET,
  INET_DIAG_MSG_ID_OFFSET,
  INET_DIAG_MSG_SIZE,
  INET_DIAG_REQ_SIZE,
  INET_DIAG_REQ_V2_SIZE,
  INET_DIAG_SOCKID,
  INET_DIAG_SOCKOPT_STRUCT,
  MPTCP_INFO,
  SK_MEMINFO,
  TCP_BBR_INFO,
  TCP_DCTCP_INFO,
  TCPVEGAS_INFO,
} from '../../inetdiag/index.js';
import * as netlink from '../../netlink/index.js';
import { type Field, NLMSG_HDRLEN } from '../../netlink/index.js';
import {
  type AnyStruct,
  btfLayouts,
  compileAndRun,
  hasBtf,
  hasCompiler,
  headerLayout,
  headerSizes,
  type Place,
  placeOf,
  uncovered,
} from '../tcp/kernel-layout.js';

const STRUCTS: readonly AnyStruct[] = [
  INET_DIAG_MSG,
  INET_DIAG_SOCKID,
  INET_DIAG_MEMINFO_STRUCT,
  TCPVEGAS_INFO,
  TCP_DCTCP_INFO,
  TCP_BBR_INFO,
  INET_DIAG_SOCKOPT_STRUCT,
];

/** Bits of a struct that no field of ours covers: the socket id in the message, which has its own table; unused:5. */
const UNCOVERED: ReadonlyMap<string, number> = new Map([
  ['struct inet_diag_msg', 48 * 8],
  ['struct inet_diag_sockopt', 5],
]);

/** Works like {@link placeOf}, except for the lower half of BBR's bandwidth, which is two members of the struct. */
function memberPlace(field: Field): Place {
  return field.cName === 'bbr_bw_lo' ? { bit: 0, width: 32 } : placeOf(field);
}

/** Returns LINUX_VERSION_CODE of a release. */
function versionCode(release: string): number {
  const [major = 0, minor = 0] = release.split('.').map(Number);
  return (major << 16) | (minor << 8);
}

const compiler = hasCompiler('inet_diag structs and constants against linux/inet_diag.h');

describe.skipIf(!compiler)('struct tables and linux/inet_diag.h', () => {
  const { sizes } = compiler ? headerSizes(STRUCTS.map((struct) => struct.cName)) : { sizes: new Map() };

  it.each(STRUCTS)('$cName is where the compiler places it', (struct) => {
    expect(sizes.get(struct.cName)).toBe(struct.size);
    expect(uncovered(struct.fields, struct.size)).toHaveLength(UNCOVERED.get(struct.cName) ?? 0);
    const layout = headerLayout(struct, struct.size);
    for (const field of struct.fields) expect(layout.members.get(field.cName), field.cName).toEqual(memberPlace(field));
  });

  it('have the socket id, the cookie and the requests at our offsets', () => {
    const out = compileAndRun(
      ['linux/netlink.h', 'linux/inet_diag.h'],
      `struct inet_diag_req r; struct inet_diag_req_v2 v;
      printf("%zu %zu ", offsetof(struct inet_diag_msg, id), offsetof(struct inet_diag_msg, id.idiag_cookie));
      printf("%zu %zu %zu ", sizeof(struct inet_diag_msg), sizeof r, sizeof v);
      printf("%zu %zu ", offsetof(struct inet_diag_req, idiag_ext), offsetof(struct inet_diag_req, idiag_states));
      printf("%zu %zu ", offsetof(struct inet_diag_req_v2, sdiag_protocol), offsetof(struct inet_diag_req_v2, idiag_ext));
      printf("%zu %d", offsetof(struct inet_diag_req_v2, idiag_states), NLMSG_HDRLEN);`,
    );
    expect(out.split(' ').map(Number)).toEqual([
      INET_DIAG_MSG_ID_OFFSET,
      INET_DIAG_MSG_COOKIE_OFFSET,
      INET_DIAG_MSG_SIZE,
      INET_DIAG_REQ_SIZE,
      INET_DIAG_REQ_V2_SIZE,
      3,
      52,
      1,
      2,
      4,
      NLMSG_HDRLEN,
    ]);
  });

  it('have a word for each SK_MEMINFO_* number', () => {
    const names = SK_MEMINFO.fields.map((field) => field.cName);
    const out = compileAndRun(['linux/sock_diag.h'], names.map((name) => `printf("%d ", ${name} * 4);`).join('\n'));
    expect(out.trim().split(' ').map(Number)).toEqual(SK_MEMINFO.fields.map((field) => field.offset));
    expect(uncovered(SK_MEMINFO.fields, SK_MEMINFO.size)).toEqual([]);
  });
});

describe.skipIf(!compiler)('inet_diag constants', () => {
  const MACRO = /^(NETLINK_|TCPDIAG_|SOCK_D|NLMSG_|NLM_F_|NLA_|AF_|IPPROTO_|INET_DIAG_|SKNLGRP_|INET_ULP_INFO_)/;
  const OURS = /_(STRUCT|SIZE|OFFSET)$|^INET_DIAG_(MSG|SOCKID)$/;

  it('have the numbers of the headers', () => {
    const ours = Object.entries({ ...netlink, ...inetdiag }).filter(([name]) => MACRO.test(name) && !OURS.test(name));
    expect(ours.length).toBeGreaterThan(50);
    const out = compileAndRun(
      ['sys/socket.h', 'linux/in.h', 'linux/netlink.h', 'linux/sock_diag.h', 'linux/inet_diag.h'],
      ours.map(([name]) => `printf("%u ", (unsigned)(${name}));`).join('\n'),
    );
    // The header defines the mask as ~(flags); an attribute's type has its lower 16 bits.
    const theirs = out.trim().split(' ').map(Number);
    expect(Object.fromEntries(ours)).toEqual(
      Object.fromEntries(
        ours.map(([name], i) => [name, name === 'NLA_TYPE_MASK' ? (theirs[i] ?? 0) & 0xffff : theirs[i]]),
      ),
    );
  });

  it('have the values in the headers for ULP attributes', () => {
    const { version } = headerSizes([]);
    const nests = [...inetdiag.MPTCP_SUBFLOW, ...inetdiag.TLS_INFO]
      .filter(([, field]) => versionCode(field.since) <= version)
      .map(([number, field]) => [field.cName, number]);
    const flags = Object.entries(inetdiag.MptcpSubflowFlag).map(([name, bit]) => [`MPTCP_SUBFLOW_FLAG_${name}`, bit]);
    const ours = [...nests, ...flags];
    const out = compileAndRun(
      ['sys/socket.h', 'linux/mptcp.h', 'linux/tls.h'],
      ours.map(([name]) => `printf("%u ", (unsigned)(${name}));`).join('\n'),
    );
    expect(out.trim().split(' ').map(Number)).toEqual(ours.map(([, number]) => number));
  });
});

describe.skipIf(!hasBtf('inet_diag structs against the running kernel'))('struct tables and the running kernel', () => {
  const names = STRUCTS.map((struct) => struct.cName.replace('struct ', ''));

  it('have the same members at the same positions', () => {
    const layouts = btfLayouts(names);
    // The congestion controls' structs exist only if the kernel was built with them.
    for (const name of ['inet_diag_msg', 'inet_diag_sockid', 'inet_diag_meminfo', 'inet_diag_sockopt']) {
      expect([...layouts.keys()]).toContain(name);
    }
    for (const struct of STRUCTS) {
      const layout = layouts.get(struct.cName.replace('struct ', ''));
      if (layout === undefined) continue;
      const ours = new Map(struct.fields.map((field) => [field.cName, memberPlace(field)]));
      const theirs = new Map([...layout.members].filter(([name]) => !['id', 'unused', 'bbr_bw_hi'].includes(name)));
      expect(layout.size).toBe(struct.size);
      expect(ours, struct.cName).toEqual(theirs);
    }
  });

  it('have members of struct mptcp_info at the same positions', ({ skip }) => {
    const layout = btfLayouts(['mptcp_info']).get('mptcp_info');
    // A module in some kernels: then it is not in their table of types.
    if (layout === undefined) return skip('the kernel has no MPTCP of its own');
    expect(layout.size).toBe(MPTCP_INFO.size);
    for (const field of MPTCP_INFO.fields) expect(layout.members.get(field.cName), field.cName).toEqual(placeOf(field));
  });
});
