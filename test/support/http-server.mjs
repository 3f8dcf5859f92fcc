/**
 * HTTP server for tests: http-server.mjs PORT [DELAY_MS]. It answers each request after the delay, with 1,000 bytes or
 * those of `?n=`, with 503 below /error, 404 below /missing, and prints a line for each answer: path and status.
 */
import { createServer } from 'node:http';

const [, , port, delayMs = '0'] = process.argv;
const server = createServer((request, response) => {
  request.resume();
  request.once('end', () => {
    setTimeout(() => {
      const { pathname, searchParams } = new URL(request.url ?? '/', 'http://server');
      response.statusCode = pathname.startsWith('/error') ? 503 : pathname.startsWith('/missing') ? 404 : 200;
      response.setHeader('Set-Cookie', 'session=SECRET-SET-COOKIE');
      response.end('x'.repeat(Number(searchParams.get('n') ?? 1000)));
      console.log(`${pathname} ${response.statusCode}`);
    }, Number(delayMs));
  });
});
server.listen(Number(port), '0.0.0.0', () => console.log('ready'));
