import { describe, expect, it } from 'vitest';
import { missingReplyRouting, type PolicyRouting } from '../../forward/index.js';
import { parseAddress, type Route, type RoutingRule } from '../../netlink/index.js';

const [IPV4, IPV6] = [2, 10];

function rule(priority: number, table: number, more: Partial<RoutingRule> = {}): RoutingRule {
  return {
    ...{ family: IPV4, priority, table, action: 1, mark: 0, isInverted: false },
    ...{ source: undefined, inputDevice: undefined, outputDevice: undefined },
    ...more,
  };
}

function range(text: string): Route['destination'] {
  const [address = '', length = '0'] = text.split('/');
  const parsed = parseAddress(address);
  if (parsed === undefined) throw new Error(text);
  return { ...parsed, length: Number(length) };
}

function local(table: number, destination: string): Route {
  const { family } = range(destination);
  return { family, table, type: 2, destination: range(destination) };
}

/** Rules and routes of a machine without policy routing. */
const USUAL: PolicyRouting = {
  rules: [rule(0, 255), rule(32_766, 254), rule(32_767, 253)],
  routes: [local(255, '127.0.0.0/8'), local(255, '127.0.0.1/32'), local(255, '10.0.0.1/32')],
};
const BACKEND = { address: '10.0.0.2', port: 8080, isOwn: false };

function missing(more: Partial<PolicyRouting>, backend = BACKEND): string | undefined {
  return missingReplyRouting(backend, {
    rules: [...USUAL.rules, ...(more.rules ?? [])],
    routes: [...USUAL.routes, ...(more.routes ?? [])],
  });
}

describe('answers to addresses of clients', () => {
  it('need a rule and a local route', () => {
    expect(missing({})).toBe(
      'no rule leads to a table with a local route: ip rule add from 10.0.0.2 ipproto tcp sport 8080 lookup 100; ' +
        'ip route add local 0.0.0.0/0 dev lo table 100',
    );
    expect(missing({ rules: [rule(100, 7, { mark: 1 })] })).toBe(
      'table 7, to which a rule leads, has no local route: ip route add local 0.0.0.0/0 dev lo table 7',
    );
    const routes = [local(7, '0.0.0.0/0')];
    expect(missing({ routes })).toBe(
      'no rule leads to table 7, which has a local route: ' +
        'ip rule add from 10.0.0.2 ipproto tcp sport 8080 lookup 7',
    );
    expect(missing({ rules: [rule(100, 7, { mark: 1 })], routes })).toBeUndefined();
    expect(missing({ rules: [rule(100, 7, { source: range('10.0.0.0/24') })], routes })).toBeUndefined();
    expect(missing({ rules: [rule(100, 7, { inputDevice: 'eth0' })], routes })).toBeUndefined();
  });

  it.each([
    ['comes after the usual routes', rule(40_000, 7)],
    ['is for other sources', rule(100, 7, { source: range('10.0.1.0/24') })],
    ['is for all but some packets', rule(100, 7, { isInverted: true })],
    ['is for sockets bound to a device', rule(100, 7, { outputDevice: 'eth0' })],
    ['is for packets of this machine', rule(100, 7, { inputDevice: 'lo' })],
    ['leads to no table', rule(100, 7, { action: 6 })],
    ['is for the other family', rule(100, 7, { family: IPV6 })],
    ['leads to another table', rule(100, 8)],
  ])('do not follow a rule that %s', (_, other) => {
    expect(missing({ rules: [other], routes: [local(7, '0.0.0.0/0')] })).toMatch(/^(no rule leads to table 7|table 8)/);
  });

  it('of a backend on this machine do not come in on a device', () => {
    const own = { ...BACKEND, address: '10.0.0.1', isOwn: true };
    const routes = [local(7, '0.0.0.0/0')];
    expect(missing({ rules: [rule(100, 7, { inputDevice: 'lo' })], routes }, own)).toBeUndefined();
    expect(missing({ rules: [rule(100, 7, { inputDevice: 'eth0' })], routes }, own)).toContain('no rule leads');
  });

  it('need neither where the addresses of clients are this machine’s', () => {
    expect(missing({ routes: [local(255, '192.0.2.0/24')] })).toBeUndefined();
  });

  it('of IPv6 need rules and routes of IPv6', () => {
    const backend = { address: '2001:db8::2', port: 443, isOwn: false };
    const v4 = { rules: [rule(100, 7)], routes: [local(7, '0.0.0.0/0')] };
    expect(missing(v4, backend)).toBe(
      'no rule leads to a table with a local route: ' +
        'ip -6 rule add from 2001:db8::2 ipproto tcp sport 443 lookup 100; ip -6 route add local ::/0 dev lo table 100',
    );
    const rules = [rule(100, 7, { family: IPV6, source: range('2001:db8::/32') })];
    expect(missing({ rules, routes: [local(7, '::/0')] }, backend)).toBeUndefined();
  });
});
