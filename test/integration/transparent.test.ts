import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { DAEMON } from '../support/daemon.js';
import { haveLab, it, type Lab } from '../support/lab.js';
import { programEnvironment } from '../support/program-environment.js';
import { Running } from '../support/running.js';
import { until } from '../support/waiting.js';

/** Answers with the address of the client, once for each connection. */
const ECHO_PEER = `
import socket, sys
family = socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET
server = socket.create_server((sys.argv[1], int(sys.argv[2])), family=family)
print("listening", flush=True)
while True:
    connection, peer = server.accept()
    connection.sendall(peer[0].encode())
    connection.close()
`;

const PORT = 7400;
const BACKEND_PORT = 7401;
const [GATE, BACKEND] = ['10.78.0.1', '10.78.0.2'];
const [GATE6, BACKEND6] = ['fd78::1', 'fd78::2'];

/** Adds a network with a backend behind the near namespace. Its default route leads there. Returns the namespace's name. */
function addBackend({ near }: Lab): string {
  const name = `${near.name}t`;
  const host = (...args: readonly string[]): void => {
    const { status, stderr } = spawnSync('ip', args, { encoding: 'utf8' });
    if (status !== 0) throw new Error(`ip ${args.join(' ')}: ${stderr}`);
  };
  host('netns', 'add', name);
  const inside = (...args: readonly string[]): void => {
    const { status, stderr } = spawnSync('nsenter', [`--net=/run/netns/${name}`, 'ip', ...args], { encoding: 'utf8' });
    if (status !== 0) throw new Error(`ip ${args.join(' ')}: ${stderr}`);
  };
  near.run('ip', 'link', 'add', 'gate', 'type', 'veth', 'peer', 'name', 'back', 'netns', name);
  near.run('ip', 'address', 'add', `${GATE}/24`, 'dev', 'gate');
  near.run('ip', 'address', 'add', `${GATE6}/64`, 'dev', 'gate', 'nodad');
  near.run('ip', 'link', 'set', 'gate', 'up');
  inside('link', 'set', 'lo', 'up');
  inside('address', 'add', `${BACKEND}/24`, 'dev', 'back');
  inside('address', 'add', `${BACKEND6}/64`, 'dev', 'back', 'nodad');
  inside('link', 'set', 'back', 'up');
  inside('route', 'add', 'default', 'via', GATE);
  inside('-6', 'route', 'add', 'default', 'via', GATE6);
  return name;
}

describe.skipIf(!haveLab('tests of source: client'))('source: client', () => {
  for (const [family, ip, backend, clientOf, all] of [
    ['IPv4', ['ip'], BACKEND, (lab: Lab) => lab.far.ipv4, '0.0.0.0/0'],
    ['IPv6', ['ip', '-6'], BACKEND6, (lab: Lab) => lab.far.ipv6, '::/0'],
  ] as const) {
    it(`shows the client's address to the backend once the routes are set, and says what is missing: ${family}`, async ({
      lab,
    }) => {
      const { near, far } = lab;
      const name = addBackend(lab);
      try {
        const file = join(lab.folder, 'services.yaml');
        const host = family === 'IPv4' ? near.ipv4 : near.ipv6;
        writeFileSync(
          file,
          `web: {listen_ip: "${host}", listen_port: ${PORT}, backend_ip: "${backend}", ` +
            `backend_port: ${BACKEND_PORT}, source: client, connect_timeout: 1s}\n`,
        );
        const check = (): string => {
          const [program, args] = near.command(process.execPath, DAEMON, 'forward', '--check', '-c', file);
          const { status, stderr } = spawnSync(program, args, { encoding: 'utf8', env: programEnvironment() });
          expect(status).toBe(0);
          return stderr;
        };
        const [tool = '', ...options] = ip;
        const set = (...args: readonly string[]): string => near.run(tool, ...options, ...args);
        const begin = "tcp-info forward: service web: source: client: the backend's answers do not come back, because ";
        const selector = `from ${backend} ipproto tcp sport ${BACKEND_PORT} lookup 100`;
        const route = `local ${all} dev lo table 100`;
        expect(check()).toBe(
          `${begin}no rule leads to a table with a local route: ` +
            `${ip.join(' ')} rule add ${selector}; ${ip.join(' ')} route add ${route}\n`,
        );
        set('rule', 'add', ...selector.split(' '));
        expect(check()).toBe(
          `${begin}table 100, to which a rule leads, has no local route: ${ip.join(' ')} route add ${route}\n`,
        );

        await using server = new Running('nsenter', [
          `--net=/run/netns/${name}`,
          ...['python3', '-c', ECHO_PEER, backend, String(BACKEND_PORT)],
        ]);
        await until('a backend', () => server.output.includes('listening'));
        await using forwarder = Running.inside(near, process.execPath, DAEMON, 'forward', '-c', file);
        await until('a forwarder', () => forwarder.output.includes('msg=listening'));
        const ask = (): string =>
          far.run(
            'python3',
            '-c',
            'import socket, sys\nwith socket.create_connection((sys.argv[1], int(sys.argv[2]))) as s:\n' +
              '    try: print(s.recv(100).decode())\n    except ConnectionResetError: print("reset")\n',
            host,
            String(PORT),
          );
        expect(ask()).toBe('reset\n');
        set('route', 'add', ...route.split(' '));
        expect(check()).toBe('');
        expect(ask()).toBe(`${clientOf(lab)}\n`);
        set('rule', 'del', ...selector.split(' '));
        expect(check()).toBe(
          `${begin}no rule leads to table 100, which has a local route: ${ip.join(' ')} rule add ${selector}\n`,
        );
      } finally {
        spawnSync('ip', ['netns', 'del', name]);
      }
    });
  }
});
