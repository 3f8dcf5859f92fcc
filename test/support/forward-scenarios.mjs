// Scenarios of `tcp-info forward`, for test/e2e/forward.test.ts, in a network namespace of their own:
// `node forward-scenarios.mjs NAME [ARGUMENT...]` prints one line of JSON.
import { execFileSync, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { askEach, backend, Client, digest, echoService, PORT, Program, service, until } from './forward-kit.mjs';

const [name, ...args] = process.argv.slice(2);
const BIG = Buffer.alloc(3_000_000, 'tcp-info ');
/** Address of the forwarder for IPv6 clients. */
const SERVER6 = 'fd99::1';
const address = (last) => `127.0.0.${last}`;
const words = (answers) => answers.map(({ answer }) => answer);

/** Runs a program around a function, and stops it. Returns what the function returns, and the exit code. */
async function running(services, run, options) {
  const program = await Program.start(services, options);
  try {
    const result = await run(program);
    if (result.code === undefined) result.code = (await program.stop()).code;
    return result;
  } finally {
    program.child.kill('SIGKILL');
  }
}

/** Backend that answers a whole request with its checksum. */
async function summingBackend() {
  return await backend((socket) => {
    const chunks = [];
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('end', () => socket.end(digest(Buffer.concat(chunks))));
  });
}

const scenarios = {
  async limit(options, froms) {
    return await running(await echoService({ wait_timeout: 1, ...JSON.parse(options) }), async (program) => {
      const clients = JSON.parse(froms);
      if (clients.some((from) => typeof from === 'string')) {
        for (const each of [SERVER6, ...new Set(clients)]) {
          execFileSync('ip', ['address', 'replace', `${each}/128`, 'dev', 'lo', 'nodad']);
        }
      }
      const opened = await askEach(
        clients.map((from) => (typeof from === 'string' ? { from, host: SERVER6 } : { from: address(from) })),
      );
      const first = opened.map(({ answer }) => answer);
      // A place becomes free.
      opened.find(({ answer }) => answer === 'echo')?.client.close();
      await program.sessions(1);
      await sleep(200);
      const after = opened.map(({ client }) =>
        client.socket.destroyed ? 'gone' : client.received > 0 ? 'served' : 'no',
      );
      for (const { client } of opened) client.close();
      const { code } = await program.stop();
      return {
        code,
        first,
        after,
        sessions: program.log('session').map(({ ended }) => ended),
        rejected: program.log('rejected').map(({ reason }) => reason),
      };
    });
  },

  async 'blacklist of open connections'() {
    const services = await echoService({ ip_blacklist: [address(9)] });
    return await running(services, async (program) => {
      const opened = await askEach([{ from: address(9) }, { from: address(7) }, { from: address(8) }]);
      const line = await program.reload({ web: { ...services.web, ip_blacklist: ['127.0.0.8/31', address(9)] } });
      await program.sessions(1);
      const [, seven, eight] = opened;
      return {
        first: words(opened),
        reloaded: /reloaded added=0 removed=0 changed=1 unchanged=0/.test(line),
        eight: (await eight.client.ended()).how,
        seven: await seven.client.ask(),
        ended: program.log('session').map(({ ended }) => ended),
        again: words(await askEach([{ from: address(8) }, { from: address(7) }])),
      };
    });
  },

  async times(options, behaviour) {
    const { port } = await backend((socket) => {
      if (behaviour === 'receives') {
        const timer = setInterval(() => socket.write('x'), 100);
        socket.on('close', () => clearInterval(timer));
      }
      socket.resume();
      socket.on('end', () => socket.end());
    });
    return await running(service(port, JSON.parse(options)), async (program) => {
      const client = new Client();
      const timer = behaviour === 'sends' ? setInterval(() => client.socket.write('x'), 100) : undefined;
      const { how, ms } = await client.ended(2_500);
      clearInterval(timer);
      client.close();
      const [{ ended }] = await program.sessions(1);
      return { how, seconds: Math.round(ms / 100) / 10, ended };
    });
  },

  async 'half-close by the client'() {
    const { port } = await summingBackend();
    return await running(service(port), async (program) => {
      const client = new Client();
      client.socket.end(BIG);
      const { how } = await client.ended();
      const [session] = await program.sessions(1);
      return { how, isWhole: client.text === digest(BIG), up: session.up, down: session.down, ended: session.ended };
    });
  },

  async 'late answer to a half-closed client'() {
    const { port } = await backend((socket) => {
      socket.resume();
      socket.on('end', () => setTimeout(() => socket.end('answer'), 1_500));
    });
    return await running(service(port, { read_timeout: 1 }), async (program) => {
      const client = new Client();
      client.socket.end('question');
      const { how } = await client.ended();
      const [session] = await program.sessions(1);
      return { how, text: client.text, ended: session.ended };
    });
  },

  async 'half-close by the backend'() {
    let received;
    const { port } = await backend((socket) => {
      const chunks = [];
      socket.end('greeting');
      socket.on('data', (chunk) => chunks.push(chunk));
      socket.on('end', () => {
        received = digest(Buffer.concat(chunks));
      });
    });
    return await running(service(port), async (program) => {
      const client = new Client({ allowHalfOpen: true });
      await client.ended();
      client.socket.end(BIG);
      const [session] = await program.sessions(1);
      await until('end at the backend', () => received);
      return { greeting: client.text, isWhole: received === digest(BIG), up: session.up, ended: session.ended };
    });
  },

  async reset(side) {
    const { port } = await backend((socket) => {
      socket.on('data', () => side === 'backend' && socket.resetAndDestroy());
      socket.on('error', (error) => {
        seen = error.code;
      });
    });
    let seen;
    return await running(service(port), async (program) => {
      const client = new Client();
      client.socket.write('x');
      await sleep(100);
      if (side === 'client') client.socket.resetAndDestroy();
      else seen = (await client.ended()).how;
      const [session] = await program.sessions(1);
      await until('reset', () => seen);
      return { seen, ended: session.ended };
    });
  },

  async 'refusing backend'(how) {
    const { port, server } = await backend();
    server.close();
    return await running(service(port, { reject: how }), async (program) => {
      const client = new Client();
      const { how: seen } = await client.ended();
      const [session] = await program.sessions(1);
      return { seen, ended: session.ended, told: program.log('"backend cannot be reached"').length };
    });
  },

  async 'hanging backend'(silent) {
    return await running({ web: { ...service(1).web, backend_ip: silent, connect_timeout: '1s' } }, async (program) => {
      const client = new Client();
      const { how, ms } = await client.ended();
      const [session] = await program.sessions(1);
      return { how, seconds: Math.round(ms / 100) / 10, ended: session.ended };
    });
  },

  async 'backend closes first'() {
    const { port } = await backend((socket) => socket.end('bye'));
    return await running(service(port), async (program) => {
      const client = new Client({ allowHalfOpen: true });
      const { how } = await client.ended();
      client.socket.end();
      const [session] = await program.sessions(1);
      return { how, text: client.text, ended: session.ended };
    });
  },

  async 'PROXY header'(version) {
    let first = '';
    const { port } = await backend((socket) => {
      socket.on('data', (chunk) => {
        first += chunk.toString('latin1');
      });
      socket.on('end', () => socket.end());
    });
    return await running(service(port, { proxy_protocol: version }), async (program) => {
      const client = new Client({ from: address(5) });
      client.socket.write('hello');
      await until('bytes', () => first.endsWith('hello'));
      const source = client.socket.localPort;
      client.close();
      const [session] = await program.sessions(1);
      return {
        first: version === 'v1' ? first : Buffer.from(first, 'latin1').toString('hex'),
        source,
        uuid: session.uuid,
        up: session.up,
      };
    });
  },

  async dumps() {
    const folder = process.env.DUMP_FOLDER;
    const path = join(folder, 'dump');
    return await running(await echoService({ dump: 'text', dump_max: 10, dump_file: path }), async (program) => {
      const client = new Client();
      client.socket.write('hello "you"');
      await until('echo', () => client.received === 11);
      client.close();
      await program.sessions(1);
      const { code } = await program.stop();
      return {
        code,
        mode: (statSync(path).mode & 0o777).toString(8),
        text: readFileSync(path, 'utf8'),
        warned: program.stderr.includes('they hold what people send'),
      };
    });
  },

  async print_bytes() {
    return await running(await echoService({ print_bytes: true }), async (program) => {
      const client = new Client();
      await client.ask();
      client.close();
      await program.sessions(1);
      await program.stop();
      return { code: program.child.exitCode, lines: program.stdout.trim().split('\n') };
    });
  },

  async 'bytes of open connections'() {
    const { Forwarder } = await import('../../dist/forward/index.js');
    const { createLogger } = await import('../../dist/log/index.js');
    const { parseForwardArgument } = await import('../../dist/services/config/index.js');
    const { port } = await backend();
    const forwarder = new Forwarder({
      log: createLogger({ write: () => undefined }),
      logsSessions: false,
      uuidPrefix: 'x',
      stdout: process.stdout,
    });
    await forwarder.start([parseForwardArgument(`127.0.0.1:${PORT}=${port}`)]);
    const client = new Client();
    await client.ask();
    await sleep(50);
    const [{ connections, up, down, ips }] = forwarder.reports();
    const again = forwarder.reports()[0];
    // Statistics make no later connection wait.
    const next = new Client();
    const answer = await next.ask();
    for (const each of [client, next]) each.close();
    await forwarder.stop();
    return { connections, up, down, ips, again: [again.up, again.down], answer };
  },

  async 'keep-alive'(options) {
    const { port } = await backend();
    const isArgument = options === '-p';
    const services = service(port, isArgument ? { listen_port: PORT + 1 } : JSON.parse(options));
    const args = isArgument ? ['-p', `:${PORT}=127.0.0.1:${port}`] : [];
    return await running(
      services,
      async () => {
        const client = new Client();
        await client.ask();
        // The forwarder's socket of each leg; only one without waiting data has this timer.
        const timer = (end, of) => {
          const shown = execFileSync('ss', ['-Htno', 'state', 'established', end, '=', `:${of}`], { encoding: 'utf8' });
          return /timer:\((\w+),(\d+)sec/.exec(shown)?.slice(1) ?? [shown.includes('timer:') ? shown : 'none'];
        };
        const legs = [timer('sport', PORT), timer('dport', port)];
        client.close();
        return { kinds: legs.map(([kind]) => kind), seconds: legs.map(([, seconds = 0]) => Number(seconds)) };
      },
      { args },
    );
  },

  async 'PROXY header for HAProxy'(version, host, listen, from) {
    const folder = mkdtempSync(join(tmpdir(), 'tcp-info-haproxy-'));
    const file = join(folder, 'haproxy.cfg');
    const [quoted, port] = [host.includes(':') ? `[${host}]` : host, 7_300];
    writeFileSync(
      file,
      [
        'defaults',
        '  mode http',
        '  timeout client 10s',
        '  timeout server 10s',
        '  timeout connect 10s',
        'frontend proxied',
        `  bind ${quoted}:${port} accept-proxy`,
        '  http-request return status 200 content-type text/plain lf-string ' +
          '"%[src] %[src_port] %[dst] %[dst_port] %[fc_pp_unique_id]"',
        '',
      ].join('\n'),
    );
    const haproxy = spawn('haproxy', ['-db', '-f', file], { stdio: ['ignore', 'ignore', 'pipe'] });
    let errors = '';
    haproxy.stderr.on('data', (text) => {
      errors += text;
    });
    try {
      await until('HAProxy', () => {
        if (haproxy.exitCode !== null) throw new Error(errors);
        return execFileSync('ss', ['-Htnl', 'sport', '=', `:${port}`], { encoding: 'utf8' }) !== '';
      });
      const options = { listen_ip: listen, backend_ip: host, proxy_protocol: version };
      return await running(service(port, options), async (program) => {
        const target = { host: from, localAddress: from, port: PORT, agent: false };
        const [response] = await once(http.get(target), 'response');
        const { localPort } = response.socket;
        let body = '';
        for await (const chunk of response) body += chunk;
        response.socket.destroy();
        const [session] = await program.sessions(1);
        const [source, sourcePort, destination, destinationPort, uuid] = body.split(' ');
        return {
          ...{ status: response.statusCode, source, destination, destinationPort: Number(destinationPort) },
          hasPort: Number(sourcePort) === localPort,
          hasUuid: uuid === session.uuid,
        };
      });
    } finally {
      haproxy.kill('SIGKILL');
      rmSync(folder, { recursive: true });
    }
  },

  async ipv6() {
    const { port } = await backend((socket) => socket.pipe(socket), '::1');
    const program = await Program.start(service(port, { listen_ip: '::1', listen_port: 7005, backend_ip: '::1' }), {
      args: ['-p', `[::1]:${PORT}=[::1]:${port}`],
    });
    const answers = words(await askEach([{ host: '::1' }, { host: '::1', port: 7005 }]));
    const { code } = await program.stop();
    return { answers, code };
  },

  async 'mapped client'() {
    return await running({ web: { ...(await echoService()).web, listen_ip: '*' } }, async (program) => {
      const [{ client, answer }] = await askEach([{ from: address(6) }]);
      client.close();
      const [session] = await program.sessions(1);
      return { answer, client: session.client.replace(/:\d+$/, '') };
    });
  },

  async stop(count, kind, options = '{}') {
    const { port } = await backend((socket) => {
      if (kind === 'busy') {
        const timer = setInterval(() => socket.write('x'), 100);
        socket.on('close', () => clearInterval(timer));
      }
      socket.pipe(socket);
    });
    const { signals = ['SIGTERM'], ...config } = JSON.parse(options);
    const program = await Program.start(service(port, { wait_timeout: 2, ...config }));
    const clients = [];
    for (let i = 0; i < Number(count); i++) clients.push(new Client({ from: address(2 + (i % 50)) }));
    await Promise.all(clients.map((client) => client.ask(20_000)));
    await sleep(1_100);
    const startMs = performance.now();
    for (const [i, signal] of signals.entries()) {
      if (i > 0) await sleep(2_100);
      program.child.kill(signal);
    }
    await sleep(100);
    // Clients that come before the listener has closed are served, too.
    let served = 0;
    const late = until(
      'closed listener',
      async () => {
        const { how } = await new Client().ended(1_000);
        if (how === 'FIN' || how === 'open') served++;
        return how === 'ECONNREFUSED';
      },
      2_000,
    ).then(
      () => true,
      () => false,
    );
    const code = await program.ended;
    const seconds = (performance.now() - startMs) / 1000;
    const ends = {};
    for (const client of clients) {
      const { how } = await client.ended(1_000);
      ends[how] = (ends[how] ?? 0) + 1;
      client.close();
    }
    const reasons = {};
    for (const { ended } of program.log('session')) reasons[ended] = (reasons[ended] ?? 0) + 1;
    const refusesNew = await late;
    if (served > 0) reasons.drain -= served;
    return {
      code,
      seconds,
      ends,
      reasons,
      refusesNew,
      last: /msg="sid: 127\.0\.0\.1:7000, up: \d+, c: 0,/.test(program.stderr),
    };
  },

  async 'two services stop together'() {
    const { port } = await backend((socket) => {
      const timer = setInterval(() => socket.write('x'), 100);
      socket.resume();
      socket.on('end', () => socket.end());
      socket.on('close', () => clearInterval(timer));
    });
    const one = { ...service(port).web, wait_timeout: 2 };
    const program = await Program.start({ one, two: { ...one, listen_port: PORT + 1 } });
    const clients = [new Client(), new Client({ port: PORT + 1 })];
    await until('bytes', () => clients.every(({ received }) => received > 0));
    const { code, ms } = await program.stop();
    return { code, ms };
  },

  async 'reload under load'() {
    const { port } = await summingBackend();
    const web = service(port).web;
    return await running({ web }, async (program) => {
      let isOver = false;
      let whole = 0;
      const broken = [];
      const worker = async (from, toPort) => {
        while (!isOver) {
          const bytes = Buffer.alloc(200_000 + Math.floor(Math.random() * 200_000), String(Math.random()));
          const client = new Client({ from, port: toPort });
          client.socket.end(bytes);
          const { how } = await client.ended();
          if (how === 'FIN' && client.text === digest(bytes)) whole++;
          else broken.push(how);
          client.close();
        }
      };
      const workers = Array.from({ length: 8 }, (_, i) => worker(address(10 + i), PORT));
      const lines = [];
      for (let i = 0; i < 10; i++) {
        await sleep(150);
        const extra = i % 2 === 0 ? { other: { ...web, listen_port: PORT + 1 } } : {};
        lines.push(await program.reload({ web: { ...web, max_idle: 100 + i, conn_limit: 50 + i }, ...extra }));
      }
      lines.push(await program.reload('web:\n  listen_port: x\n'));
      isOver = true;
      await Promise.all(workers);
      return {
        broken,
        hasLoad: whole > 20,
        reloads: lines.filter((line) => line.includes('msg=reloaded')).length,
        refusal: /reload refused, nothing has changed.*yaml:2:16: listen_port/.test(lines.at(-1)),
      };
    });
  },

  async 'restarts under load'() {
    const { port } = await summingBackend();
    const { web } = service(port);
    let program = await Program.start({ web });
    const without = await Program.start({ web });
    const refusedCode = (await without.stop()).code;
    let isOver = false;
    let whole = 0;
    const broken = [];
    const worker = async (from) => {
      while (!isOver) {
        const bytes = Buffer.alloc(1000 + Math.floor(Math.random() * 20_000), String(Math.random()));
        const client = new Client({ from });
        client.socket.end(bytes);
        const { how } = await client.ended();
        if (how === 'FIN' && client.text === digest(bytes)) whole++;
        else broken.push(how);
        client.close();
      }
    };
    const workers = Array.from({ length: 8 }, (_, i) => worker(address(10 + i)));
    const codes = [];
    for (let i = 0; i < 4; i++) {
      await sleep(200);
      const next = await Program.start({ web }, { args: ['--takeover'] });
      const before = whole;
      await until('connections of the new one', () => next.log('session').length > 20 && whole > before);
      codes.push((await program.stop()).code);
      program = next;
    }
    isOver = true;
    await Promise.all(workers);
    codes.push((await program.stop()).code);
    return {
      broken,
      hasLoad: whole > 100,
      codes,
      refusedCode,
      refusal: /listen on 127\.0\.0\.1:7000: .*EADDRINUSE.*, by node \(pid \d+\)/.test(without.stderr),
    };
  },

  async 'removed service'() {
    const { web } = await echoService();
    return await running({ web, old: { ...web, listen_port: PORT + 1, wait_timeout: 5 } }, async (program) => {
      const [{ client }, other] = await askEach([{ port: PORT + 1 }, {}]);
      await program.reload({ web });
      const busy = await client.ask();
      const refused = (await new Client({ port: PORT + 1 }).ended()).how;
      const { how } = await client.ended();
      const kept = await other.client.ask();
      other.client.close();
      await program.sessions(2);
      return { busy, refused, how, kept, ended: program.log('session').map(({ ended }) => ended) };
    });
  },

  async source(source) {
    let from;
    const { port } = await backend((socket) => {
      from = socket.remoteAddress;
      socket.pipe(socket);
    });
    return await running(service(port, { source }), async (program) => {
      const [{ client, answer }] = await askEach([{ from: address(9) }]);
      client.close();
      await program.sessions(1);
      return { answer, from };
    });
  },

  async curl() {
    const bytes = randomBytes(64 * 2 ** 20);
    const server = http.createServer((request, response) => response.end(request.url === '/big' ? bytes : 'small'));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    server.unref();
    return await running(service(server.address().port), async (program) => {
      const url = `http://127.0.0.1:${PORT}`;
      const child = spawn('curl', ['-sS', `${url}/a`, '-o', '/dev/null', '--next', '-sS', `${url}/big`], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const hash = createHash('sha256');
      for await (const chunk of child.stdout) hash.update(chunk);
      const sessions = await program.sessions(1);
      return { isWhole: hash.digest('hex') === digest(bytes), connections: sessions.length };
    });
  },

  async write_timeout() {
    const { port } = await backend((socket) => {
      const timer = setInterval(() => socket.write(BIG), 20);
      socket.on('close', () => clearInterval(timer));
    });
    return await running(service(port, { write_timeout: 1, max_idle: 30 }), async (program) => {
      const client = new Client();
      await until('bytes', () => client.received > 0);
      // It takes nothing more, so its window stays closed.
      client.socket.pause();
      const [{ ended, duration_ms: ms }] = await program.sessions(1);
      client.close();
      return { ended, isInTime: Number(ms) < 15_000 };
    });
  },

  async 'options of an open listener'() {
    const { web } = await echoService();
    return await running({ web }, async (program) => {
      const lines = [await program.reload({ web: { ...web, keepalive: false } })];
      lines.push(await program.reload({ web: { ...web, write_timeout: 5 } }));
      lines.push(await program.reload({ web: { ...web, max_idle: 5 } }));
      return { refused: lines.map((line) => line.includes('restart to change them')) };
    });
  },

  async metrics() {
    const port = 9_100;
    const page = async (path) => {
      const response = await fetch(`http://127.0.0.1:${port}${path}`);
      return { status: response.status, text: await response.text() };
    };
    const services = await echoService({ conn_limit: 2, when_full: 'reject', wait_timeout: 1 });
    return await running(
      services,
      async (program) => {
        const [, two] = await askEach([2, 3, 4].map((last) => ({ from: address(last) })));
        two.client.close();
        await program.sessions(1);
        const { text } = await page('/metrics');
        const value = (series) =>
          Number(
            text
              .split('\n')
              .find((line) => line.startsWith(`${series} `))
              ?.slice(series.length + 1),
          );
        const ready = (await page('/readyz')).status;
        const [busy] = await askEach([{ from: address(3) }]);
        const timer = setInterval(() => busy.client.socket.write('x'), 100);
        const stopped = program.stop();
        await sleep(300);
        const { status: stopping } = await page('/readyz');
        const { code } = await stopped;
        clearInterval(timer);
        return {
          code,
          ready,
          stopping,
          connections: value('tcpinfo_service_connections{service="web"}'),
          clients: value('tcpinfo_service_clients{service="web"}'),
          accepted: value('tcpinfo_service_accepted_total{service="web"}'),
          rejected: value('tcpinfo_service_rejected_total{reason="conn_limit",service="web"}'),
          closed: value('tcpinfo_service_closed_total{reason="client",service="web"}'),
          received: value('tcpinfo_service_received_bytes_total{service="web"}'),
          sent: value('tcpinfo_service_sent_bytes_total{service="web"}'),
          connects: value('tcpinfo_service_connect_seconds_count{service="web"}'),
          roundTrips: value('tcpinfo_service_rtt_seconds_count{service="web"}'),
        };
      },
      { args: [`--prom=127.0.0.1:${port}`] },
    );
  },

  async 'metrics of evicted connections'() {
    const services = await echoService({ conn_limit: 1, when_full: 'evict_idle' });
    return await running(
      services,
      async () => {
        // The first one is evicted, and does not close.
        const stubborn = new Client({ allowHalfOpen: true });
        await stubborn.ask();
        const next = new Client({ from: address(2) });
        await next.ask();
        const response = await fetch('http://127.0.0.1:9100/metrics');
        const lines = (await response.text()).split('\n');
        stubborn.close();
        next.close();
        return { open: lines.filter((line) => /^tcpinfo_service_(connections|clients|accepted_total)\{/.test(line)) };
      },
      { args: ['--prom=127.0.0.1:9100'] },
    );
  },

  async control() {
    const path = join(process.env.DUMP_FOLDER, 'control.sock');
    const services = { ...(await echoService({ wait_timeout: 5 })) };
    const ask = (method, target, body) =>
      new Promise((resolve, reject) => {
        const request = http.request({ socketPath: path, method, path: `/services${target}` }, async (response) => {
          let text = '';
          for await (const chunk of response) text += chunk;
          resolve({ status: response.statusCode, ...JSON.parse(text) });
        });
        request.on('error', reject);
        request.end(body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body));
      });
    return await running(
      services,
      async (program) => {
        const [two, three, four] = await askEach([2, 3, 4].map((last) => ({ from: address(last) })));
        const { connections, up, ips } = await ask('GET', '/web');
        const rejected = await ask('POST', '/web/reject', { ip: address(2), for: '10m' });
        const twoEnd = (await two.client.ended()).how;
        const again = words(await askEach([{ from: address(2) }]));
        const [{ ip, remainingSec }] = (await ask('GET', '/web')).refused;
        const released = await ask('POST', '/web/release', { ip: address(2) });
        const [back] = await askEach([{ from: address(2) }]);
        const closed = await ask('POST', '/web/close', { ip: '127.0.0.2/31' });
        await Promise.all([three, back].map(({ client }) => client.ended()));
        await sleep(1_100);
        const idle = await ask('POST', '/web/close', { idle: '1s' });
        await four.client.ended();
        const drained = await ask('POST', '/web/drain');
        const draining = words(await askEach([{ from: address(5) }]));
        await ask('POST', '/web/undrain');
        const undrained = words(await askEach([{ from: address(5) }]));
        const wrong = await Promise.all([
          ask('GET', '/nothing'),
          ask('POST', '/web'),
          ask('GET', '/web/drain'),
          ask('POST', '/web/stop'),
          ask('POST', '/web/close', {}),
          ask('POST', '/web/reject', '{'),
          ask('POST', '/web/reject', JSON.stringify({ ip: 'x'.repeat(70_000) })),
        ]);
        const mode = (statSync(path).mode & 0o777).toString(8);
        const { code } = await program.stop();
        return {
          code,
          first: { connections, up, ips },
          rejected: rejected.closed,
          twoEnd,
          again,
          ban: [ip, remainingSec > 590],
          released: released.released,
          closed: closed.closed,
          idle: idle.closed,
          drained: drained.status,
          draining,
          undrained,
          wrong: wrong.map(({ status }) => status),
          mode,
          isRemoved: !existsSync(path),
        };
      },
      { args: [`--control=unix:${path}`] },
    );
  },

  async 'address in use'() {
    const { server } = await backend();
    const { port } = server.address();
    const { web } = await echoService();
    const program = await Program.start({ web, taken: { ...web, listen_port: port } });
    const startMs = performance.now();
    const code = await program.ended;
    return {
      code,
      pauses: performance.now() - startMs >= 0,
      message: program.stderr.split('\n').at(-2),
      owner: process.pid,
      port,
    };
  },

  async 'no descriptor left'() {
    return await running(
      await echoService(),
      async (program) => {
        const clients = Array.from({ length: 60 }, () => new Client());
        await until('the log', () => program.stderr.includes('accepting stopped'));
        const answers = await Promise.all(
          clients.map(async (client) => {
            const answer = await client.ask(15_000);
            client.close();
            return answer;
          }),
        );
        // The trouble is over 10 s after its last failure, with the next connection.
        await sleep(10_500);
        const client = new Client();
        await client.ask();
        client.close();
        return {
          echoed: answers.filter((answer) => answer === 'echo').length,
          isOver: program.stderr.includes('accepting goes on'),
        };
      },
      { wrapper: ['prlimit', '--nofile=80'] },
    );
  },

  async 'many connections'(count) {
    return await running(await echoService({ wait_timeout: 5 }), async (program) => {
      const clients = [];
      for (let i = 0; i < Number(count); i++) {
        clients.push(new Client({ from: address(2 + (i % 100)) }));
        if (i % 200 === 199) await Promise.all(clients.slice(-200).map((client) => client.ask(20_000)));
      }
      const echoed = clients.filter(({ received }) => received > 0).length;
      await sleep(1_100);
      const { code, ms } = await program.stop();
      return { echoed, code, isQuick: ms < 4_000, sessions: program.log('session').length };
    });
  },
};

process.stdout.write(`${JSON.stringify(await scenarios[name](...args))}\n`);
process.exit(0);
