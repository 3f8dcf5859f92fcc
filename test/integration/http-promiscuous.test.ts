import { describe, expect } from 'vitest';
import { followHttp } from '../../http/kernel/index.js';
import { HttpRecorder, haveHttpLab, it } from '../support/http-lab.js';
import { HttpWire } from '../support/http-wire.js';
import { createNamespacePair } from '../support/namespaces.js';

const GET = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';
const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n';

describe.skipIf(!haveHttpLab('traffic of other hosts'))('traffic of other hosts', () => {
  it('is seen on a bridge in promiscuous mode only, as forwarded, and the mode ends with the capture', async ({
    lab,
  }) => {
    const { near, far } = lab.pair;
    const others = createNamespacePair();
    try {
      // Two hosts, and a bridge between them that has no part in what they say.
      near.run('ip', 'link', 'add', 'bridge', 'type', 'bridge');
      near.run('ip', 'link', 'set', 'bridge', 'up');
      for (const [host, address] of [
        [far, '10.79.0.1'],
        [others.near, '10.79.0.2'],
      ] as const) {
        const port = `p${address.slice(-1)}`;
        near.run('ip', 'link', 'add', port, 'type', 'veth', 'peer', 'name', 'wire', 'netns', host.name);
        near.run('ip', 'link', 'set', port, 'master', 'bridge', 'up');
        host.run('ip', 'address', 'add', `${address}/24`, 'dev', 'wire');
        host.run('ip', 'link', 'set', 'wire', 'up');
      }
      await using server = new HttpWire(others.near);
      const listener = await server.listen(80);
      const exchange = async (): Promise<void> => {
        const client = await lab.far.connect('10.79.0.2', 80);
        const accepted = await server.accept(listener);
        await lab.far.send(client, GET);
        await server.receive(accepted, GET.length);
        await server.send(accepted, OK);
        await lab.far.receive(client, OK.length);
        await lab.far.close(client);
        await server.close(accepted);
      };
      const flags = (): string => near.run('ip', '-d', 'link', 'show', 'bridge');
      await using without = await HttpRecorder.open(near, { interfaces: ['bridge'] });
      await exchange();
      await without.capture.close();
      expect(without.exchanges).toEqual([]);
      expect(flags()).toContain('promiscuity 0 ');
      await using recorder = await HttpRecorder.open(near, { interfaces: ['bridge'], promiscuous: ['bridge'] });
      expect(flags()).toContain('promiscuity 1 ');
      await exchange();
      expect((await recorder.wait(1))[0]).toMatchObject({
        ...{ side: 'forwarded', interface: 'bridge', server: '10.79.0.2:80', status: 200, missing: null },
        connection: null,
      });
      await recorder.capture.close();
      expect(flags()).toContain('promiscuity 0 ');
    } finally {
      others.remove();
    }
  });

  it('needs the name of an interface that exists', async ({ lab }) => {
    const { near } = lab.pair;
    await expect(HttpRecorder.open(near, { promiscuous: ['eth9'] })).rejects.toMatchObject({
      ...{ name: 'PacketCaptureError', code: 'ERR_NO_INTERFACE' },
      message: 'capture packets: there is no interface eth9',
    });
    for (const interfaces of [undefined, [], ['cab*']]) {
      const options = { ports: [80], promiscuous: true, ...(interfaces === undefined ? {} : { interfaces }) };
      await expect(followHttp(options)).rejects.toThrow('promiscuous: expected names of interfaces');
    }
  });
});
