import { describe, expect, it } from 'vitest';
import {
  FORWARD_LIMITS,
  ForwardArgumentError,
  parseForwardArgument,
  parseServices,
  servicesConflict,
} from '../../../services/config/index.js';

describe('parseForwardArgument', () => {
  it.each([
    ['127.0.0.1:22=10.0.0.1:2222', '127.0.0.1:22', '10.0.0.1', 2222],
    [':22=127.0.0.1:2222', '*:22', '127.0.0.1', 2222],
    ['22=2222', '*:22', '127.0.0.1', 2222],
    ['*:22=:2222', '*:22', '127.0.0.1', 2222],
    ['0.0.0.0:22=web.example:80', '0.0.0.0:22', 'web.example', 80],
    ['[::1]:22=[2001:DB8::0]:80', '[::1]:22', '2001:db8::', 80],
    ['[::]:22=localhost:80', '*:22', 'localhost', 80],
    ['[::ffff:10.0.0.1]:22=1:80', '10.0.0.1:22', '1', 80],
  ])('reads %s', (argument, sid, backendHost, backendPort) => {
    if (backendHost === '1') {
      expect(() => parseForwardArgument(argument)).toThrow(ForwardArgumentError);
      return;
    }
    const service = parseForwardArgument(argument);
    expect(service).toMatchObject({ name: sid, sid, mode: 'forwarded', limits: FORWARD_LIMITS, reject: 'rst' });
    expect(service.forward).toMatchObject({ backendHost, backendPort, keepalive: true, source: 'system' });
  });

  it.each([
    ['22', 'expected [ADDR:]PORT=[ADDR:]PORT, such as :22=127.0.0.1:2222'],
    ['', 'expected [ADDR:]PORT=[ADDR:]PORT, such as :22=127.0.0.1:2222'],
    ['1=2=3', 'expected [ADDR:]PORT=[ADDR:]PORT, such as :22=127.0.0.1:2222'],
    ['=', "listening side: '' is not a port from 1 to 65535"],
    [':0=:1', "listening side: '0' is not a port from 1 to 65535"],
    [':1=:65536', "backend: '65536' is not a port from 1 to 65535"],
    ['1-2=3', "listening side: '1-2' is not a port from 1 to 65535"],
    ['::1:22=:1', 'listening side: an IPv6 address needs brackets, [::1]:22'],
    ['localhost:22=:1', "listening side: 'localhost' is not an IP address, [IPv6] or *"],
    ['10.0.0.256:22=:1', "listening side: '10.0.0.256' is not an IP address, [IPv6] or *"],
    [':22=10.0.0.256:1', "backend: '10.0.0.256' is neither an IP address, [IPv6] nor a name"],
    [':22=[::1:1', "backend: '[::1' is neither an IP address, [IPv6] nor a name"],
    [':22=a b:1', "backend: 'a b' is neither an IP address, [IPv6] nor a name"],
  ])('rejects %j', (argument, reason) => {
    expect(() => parseForwardArgument(argument)).toThrow(new ForwardArgumentError(argument, reason));
  });

  it('makes services that conflict with those of a file by address', async () => {
    const { services } = await parseServices('web: {listen_port: 80, backend_port: 8080}', 'f');
    expect(servicesConflict([...services, parseForwardArgument('80=81')])).toBe(
      'service "*:80" has port 80 of the address of "web"',
    );
    expect(servicesConflict([...services, parseForwardArgument('81=82')])).toBeUndefined();
    expect(servicesConflict([...services, ...services])).toBe('two services have the name "web"');
  });
});
