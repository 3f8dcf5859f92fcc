// Only the collector's HTTP server, with a page as large as a scrape: `node bystander.mjs HOST PORT BYTES`. An attack
// on it costs this machine as much as an attack on a collector, without the collector's own work.
import { HttpServer, textAnswer } from '../dist/live/http/index.js';
import { netlink } from '../dist/native/index.js';

const [host, port, bytes] = process.argv.slice(2);
const page = textAnswer(200, 'x'.repeat(Number(bytes)));
const server = new HttpServer({ handler: () => page, calls: netlink });
await server.listen({ host, port: Number(port) });
process.stdout.write('ready\n');
