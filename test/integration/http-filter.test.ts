import { execFileSync } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { assembleCaptureProgram, type CaptureMode, createCursor, walkBlock } from '../../http/packet/index.js';
import { netlink } from '../../native/index.js';
import { runClassicBpf } from '../support/classic-bpf.js';
import { haveHttpLab } from '../support/http-lab.js';
import { createNamespacePair } from '../support/namespaces.js';
import { ipv4, ipv6, segment, TcpFlag } from '../support/segments.js';

const INJECT = join(import.meta.dirname, '../support/inject.py');
const [IP, IPV6] = [0x0800, 0x86dd];
const TP_STATUS_VLAN_VALID = 1 << 4;
const MTU = 1500;

/** Packets of each kind; the number in their TCP sequence or IP id is added by {@link frames}. */
function packets(): Buffer[] {
  const payloads = [
    '',
    'G',
    'GET / HTTP/1.1\r\n',
    'POST /',
    'HTTP/1.1 200',
    'PRI * HTTP/2.0',
    '\x16\x03\x01',
    'x'.repeat(1300),
  ];
  const flags = [TcpFlag.ACK, TcpFlag.SYN, TcpFlag.FIN | TcpFlag.ACK, TcpFlag.RST, TcpFlag.PSH | TcpFlag.ACK];
  const segments = payloads.flatMap((payload) =>
    flags.flatMap((flag) => [0, 12].map((options) => segment({ payload, flags: flag, options }))),
  );
  const ports = [79, 80, 81, 8000, 8005, 8010, 8011].flatMap((port) => [
    segment({ to: port, payload: 'GET /' }),
    segment({ from: port, to: 5, payload: 'HTTP/1.1' }),
  ]);
  const tcp = [...segments, ...ports];
  const request = segment({ payload: 'GET /' });
  return [
    ...tcp.map((bytes) => ipv4(bytes)),
    ...tcp.map((bytes) => ipv6(bytes)),
    ipv4(request, { options: 40 }),
    ipv4(segment(), { padding: 6 }),
    ipv4(request, { padding: 5 }),
    ...[0x2000, 0x0001, 0x4000].map((fragment) => ipv4(request, { fragment })),
    ...[1, 17].map((protocol) => ipv4(request, { protocol })),
    ...[0, 43, 44, 51, 58, 60, 135].map((next) =>
      ipv6(Buffer.concat([Buffer.from([6, 0, 0, 0, 0, 0, 0, 0]), request]), next),
    ),
    ipv6(Buffer.from([58, 0, 5, 2, 0, 0, 1, 0]), 0),
  ];
}

/** Returns an Ethernet frame, with a VLAN tag or without. */
function frame(packet: Buffer, isTagged: boolean): Buffer {
  const type = Buffer.alloc(2);
  type.writeUInt16BE(((packet[0] ?? 0) & 0xf0) === 0x60 ? IPV6 : IP);
  const tag = isTagged ? Buffer.from([0x81, 0x00, 0x00, 0x05]) : Buffer.alloc(0);
  return Buffer.concat([Buffer.from('020000000001020000000002', 'hex'), tag, type, packet]);
}

describe.skipIf(!haveHttpLab('the filter of packets'))('filter of packets in the kernel', () => {
  it.each(['heads', 'whole'] as const)('keeps what its model keeps, of %s', async (mode: CaptureMode) => {
    const pair = createNamespacePair();
    const ports = [
      { first: 80, last: 80 },
      { first: 8000, last: 8010 },
    ];
    const filter = assembleCaptureProgram(ports, mode);
    const seen: string[] = [];
    const tagged: boolean[] = [];
    const cursor = createCursor();
    const fd = openSync(`/run/netns/${pair.near.name}`, 'r');
    try {
      const capture = new netlink.PacketCapture({ filter, namespace: fd }, ({ block }) => {
        walkBlock(block, cursor, ({ bytes, offset, snaplen, len, status }) => {
          seen.push(`${len} ${snaplen} ${Buffer.from(bytes.subarray(offset, offset + snaplen)).toString('hex')}`);
          tagged.push((status & TP_STATUS_VLAN_VALID) !== 0);
        });
      });
      const sent = packets().filter(({ length }) => length <= MTU);
      const frames = sent.map((packet, i) => frame(packet, i % 2 === 1).toString('hex'));
      const [file, args] = pair.far.command('python3', INJECT, 'cable');
      execFileSync(file, args, { input: frames.join('\n') });
      await capture.close();
      const model = sent.flatMap((packet, i) => {
        const protocol = ((packet[0] ?? 0) & 0xf0) === 0x60 ? IPV6 : IP;
        const kept = runClassicBpf(filter, packet, { protocol, packetType: 3, hardwareType: 1 });
        if (kept === 0) return [];
        const bytes = packet.subarray(0, kept);
        return [{ text: `${packet.length} ${bytes.length} ${bytes.toString('hex')}`, isTagged: i % 2 === 1 }];
      });
      expect(seen).toEqual(model.map(({ text }) => text));
      expect(tagged).toEqual(model.map(({ isTagged }) => isTagged));
      expect(model.length).toBeGreaterThan(100);
      expect(model.length).toBeLessThan(sent.length - 20);
    } finally {
      closeSync(fd);
      pair.remove();
    }
  });
});
