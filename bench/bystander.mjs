// The collector's HTTP server by itself, with a page as large as a scrape: `node bystander.mjs HOST PORT BYTES`. A crowd
// that attacks it costs this machine what one costs that attacks a collector, but for the collector's own work.
import { HttpServer, textAnswer } from '../dist/http/index.js';
import { netlink } from '../dist/native/index.js';

const [host, port, bytes] = process.argv.slice(2);
const page = textAnswer(200, 'x'.repeat(Number(bytes)));
const server = new HttpServer({ handler: () => page, calls: netlink });
await server.listen({ host, port: Number(port) });
process.stdout.write('ready\n');
