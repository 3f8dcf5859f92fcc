// Receiver of webhooks: writes each request as a line of JSON. Arguments: host, port, file.
import { appendFileSync } from 'node:fs';
import { createServer } from 'node:http';

const [host, port, file] = process.argv.slice(2);

createServer((request, response) => {
  let body = '';
  request.setEncoding('utf8').on('data', (text) => {
    body += text;
  });
  request.on('end', () => {
    const { method, url, headers } = request;
    appendFileSync(file, `${JSON.stringify({ method, url, headers, body: JSON.parse(body) })}\n`);
    response.end('ok');
  });
}).listen(Number(port), host);
