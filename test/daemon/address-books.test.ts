import { describe, expect, it } from 'vitest';
import { AddressBooks, interfaceAddresses } from '../../daemon/address-books.js';
import { createLogger } from '../../log/index.js';
import { type BoundedDumpRequest, type DumpResult, loadNetlink } from '../../native/index.js';

const NETNS = { inode: 4026532177, name: 'blue' };

/** RTM_NEWADDR of IPv4, with IFA_LOCAL. */
function answer(...addresses: readonly (readonly number[])[]): DumpResult {
  const each = addresses.map((address) => {
    const message = Buffer.alloc(32);
    message.writeUInt32LE(32, 0);
    message.writeUInt16LE(20, 4);
    message[16] = 2;
    message.writeUInt16LE(8, 24);
    message.writeUInt16LE(2, 26);
    message.set(address, 28);
    return message;
  });
  const messages = Uint32Array.from(each.flatMap((_, i) => [32 * i, 32]));
  return { isFull: false, data: Buffer.concat(each), messages, queryMethod: 0, startNs: 0n, endNs: 0n };
}

/** An addon whose dumps have these results, in order. The last one repeats. */
function netlink(...results: readonly (DumpResult | string)[]) {
  const asked: (number | undefined)[] = [];
  const dump = ({ namespace }: BoundedDumpRequest): DumpResult => {
    const result = results[Math.min(asked.push(namespace), results.length) - 1];
    if (typeof result === 'string') throw Object.assign(new Error(`dump: ${result}`), { code: result });
    if (result === undefined) throw new RangeError('no result');
    return result;
  };
  return { dump, asked };
}

function silentLog(lines: string[] = []) {
  return createLogger({ write: (line) => lines.push(line), debug: false, now: () => 'now' });
}

describe('interfaceAddresses', () => {
  it('returns the addresses of this machine, loopback included', () => {
    expect(interfaceAddresses(loadNetlink())).toContain('127.0.0.1');
  });

  it('retries a bounded number of times when addresses changed during the dump', () => {
    const few = netlink('ERR_INTERRUPTED', 'ERR_INTERRUPTED', answer([192, 0, 2, 1]));
    expect(interfaceAddresses(few, 7)).toEqual(['192.0.2.1']);
    expect(few.asked).toEqual([7, 7, 7]);
    const all = netlink('ERR_INTERRUPTED');
    expect(() => interfaceAddresses(all)).toThrow(expect.objectContaining({ code: 'ERR_INTERRUPTED' }));
    expect(all.asked).toHaveLength(5);
    const refused = netlink('ERR_REFUSED');
    expect(() => interfaceAddresses(refused)).toThrow(expect.objectContaining({ code: 'ERR_REFUSED' }));
    expect(refused.asked).toHaveLength(1);
  });
});

describe('AddressBooks', () => {
  it('reads no addresses without anonymisation', () => {
    const addon = netlink(answer([192, 0, 2, 1]));
    const books = new AddressBooks('none', addon, silentLog());
    books.entered(NETNS, 7);
    expect([books.has('192.0.2.1'), books.hasSource('192.0.2.1', NETNS), addon.asked]).toEqual([false, false, []]);
  });

  it('keeps the addresses of each network namespace apart, learned ones included, until it is forgotten', () => {
    const books = new AddressBooks('netblock', netlink(answer([192, 0, 2, 1]), answer([192, 0, 2, 2])), silentLog());
    books.entered(NETNS, 7);
    expect([books.has('192.0.2.1'), books.has('192.0.2.2')]).toEqual([true, false]);
    expect([books.has('192.0.2.1', NETNS), books.has('192.0.2.2', NETNS)]).toEqual([false, true]);
    books.learn('198.51.100.7', NETNS);
    expect([books.has('198.51.100.7'), books.hasSource('198.51.100.7', NETNS)]).toEqual([false, true]);
    books.left(NETNS);
    expect(books.has('192.0.2.2', NETNS)).toBe(false);
  });

  it('warns once about addresses that cannot be read, and continues without them', () => {
    const lines: string[] = [];
    const books = new AddressBooks('netblock', netlink('ERR_OPEN'), silentLog(lines));
    books.entered(NETNS, 7);
    expect(books.has('192.0.2.1')).toBe(false);
    expect(lines).toHaveLength(2);
    expect(lines[0]).toContain('msg="this machine\'s addresses cannot be read"');
    expect(lines[1]).toMatch(/msg="a network namespace's addresses cannot be read".* netns=blue/);
  });
});
