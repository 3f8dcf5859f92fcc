/** Every framing case of RFC 9112 §6 as bytes, with what it is. */
import { Conversation, type Segment } from './wire.js';

export interface FramingCase {
  readonly name: string;
  readonly segments: readonly Segment[];
  /** `method path status`, response bytes of the body, and what else is set. */
  readonly exchanges: readonly string[];
}

const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: a.example\r\n\r\n`;
const ok = (body: string) => `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
const CHUNKS = '5\r\nhello\r\n6;ext="a b"\r\n world\r\n0\r\nX-Trailer: 1\r\n\r\n';
const CHUNKED = `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${CHUNKS}`;

const open = () => new Conversation().open();

export const FRAMING_CASES: readonly FramingCase[] = [
  {
    name: 'a body of known length',
    segments: open().client(get('/a')).server(ok('hello')).client(get('/b')).server(ok('')).close().segments,
    exchanges: ['GET /a 200 body 0+5', 'GET /b 200 body 0+0'],
  },
  {
    name: 'a request with a body',
    segments: open()
      .client('POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody')
      .server(ok('x'))
      .client(get('/b'))
      .server(ok('y'))
      .close().segments,
    exchanges: ['POST /p 200 body 4+1', 'GET /b 200 body 0+1'],
  },
  {
    name: 'chunks with extensions and trailers, both ways',
    segments: open()
      .client(`PUT /c HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n${CHUNKS}`)
      .server(CHUNKED)
      .client(get('/b'))
      .server(ok('y'))
      .close().segments,
    exchanges: [`PUT /c 200 body ${CHUNKS.length}+${CHUNKS.length}`, 'GET /b 200 body 0+1'],
  },
  {
    name: 'chunks that win over a length',
    segments: open()
      .client(get('/a'))
      .server(`HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n${CHUNKS}`)
      .client(get('/b'))
      .server(ok('y'))
      .close().segments,
    exchanges: [`GET /a 200 body 0+${CHUNKS.length} conflicting`, 'GET /b 200 body 0+1'],
  },
  {
    name: 'an answer until the end of the connection',
    segments: open().client(get('/a')).server('HTTP/1.0 200 OK\r\n\r\nall ', 'of it').close().segments,
    exchanges: ['GET /a 200 body 0+9'],
  },
  {
    name: 'answers without bodies although they have lengths',
    segments: open()
      .client('HEAD /h HTTP/1.1\r\nHost: a\r\n\r\n')
      .server('HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n')
      .client(get('/304'))
      .server('HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\n')
      .client(get('/204'))
      .server('HTTP/1.1 204 No Content\r\n\r\n')
      .client(get('/b'))
      .server(ok('y'))
      .close().segments,
    exchanges: ['HEAD /h 200 body 0+0', 'GET /304 304 body 0+0', 'GET /204 204 body 0+0', 'GET /b 200 body 0+1'],
  },
  {
    name: 'interim answers',
    segments: open()
      .client('POST /e HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n')
      .server('HTTP/1.1 100 Continue\r\n\r\n')
      .client('ab')
      .server('HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n', ok('y'))
      .client(get('/b'))
      .server(ok('z'))
      .close().segments,
    exchanges: ['POST /e 200 body 2+1 continued', 'GET /b 200 body 0+1'],
  },
  {
    name: 'an upgrade',
    segments: open()
      .client(get('/a'))
      .server(ok('x'))
      .client('GET /ws HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n')
      .server('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n', 'HTTP/1.1 200 frames')
      .client('GET /not HTTP/1.1\r\n\r\n')
      .close().segments,
    exchanges: ['GET /a 200 body 0+1', 'GET /ws 101 body 0+0 upgraded'],
  },
  {
    name: 'a tunnel, and one that is refused',
    segments: open()
      .client('CONNECT t.example:443 HTTP/1.1\r\nHost: t.example:443\r\n\r\n')
      .server('HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 1\r\n\r\nx')
      .client('CONNECT t.example:443 HTTP/1.1\r\nHost: t.example:443\r\n\r\n')
      .server('HTTP/1.1 200 Connection Established\r\n\r\n')
      .client('\x16\x03\x01\x02\x00')
      .server('\x16\x03\x03')
      .close().segments,
    exchanges: ['CONNECT t.example:443 407 body 0+1', 'CONNECT t.example:443 200 body 0+0 upgraded'],
  },
  {
    name: 'pipelined requests',
    segments: open()
      .client(`${get('/a')}${get('/b')}HEAD /c HTTP/1.1\r\nHost: a\r\n\r\n`, get('/d'))
      .server(ok('1') + CHUNKED, `HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n${ok('4444')}`)
      .close().segments,
    exchanges: [
      'GET /a 200 body 0+1',
      `GET /b 200 body 0+${CHUNKS.length}`,
      'HEAD /c 200 body 0+0',
      'GET /d 200 body 0+4',
    ],
  },
  {
    name: 'bare line feeds, empty lines before messages, no reason',
    segments: open()
      .client('\r\n\r\nGET /a HTTP/1.1\nHost: a\n\n')
      .server('HTTP/1.1 200\nContent-Length: 2, 2\n\nok')
      .client('\nGET /b HTTP/1.0\n\n')
      .server('HTTP/1.0 404 \r\nContent-Length: 0\r\n\r\n')
      .close().segments,
    exchanges: ['GET /a 200 body 0+2', 'GET /b 404 body 0+0'],
  },
  {
    name: 'an answer before the request has ended',
    segments: open()
      .client('POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n12345')
      .server('HTTP/1.1 413 Too Large\r\nContent-Length: 1\r\n\r\nx')
      .client('67890', get('/b'))
      .server(ok('y'))
      .close().segments,
    exchanges: ['POST /a 413 body 10+1', 'GET /b 200 body 0+1'],
  },
];
