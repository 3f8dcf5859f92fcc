import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type CredentialsOptions, credentialsFrom } from '../../../fleet/objectstore/credentials.js';
import { ObjectStoreError } from '../../../fleet/objectstore/index.js';
import { readIni } from '../../../fleet/objectstore/shared-file.js';
import { tempFolder } from '../../support/temp.js';

const END = '2030-01-01T00:00:00Z';
const END_MS = Date.parse(END);

/** Serves one service of credentials on loopback. */
async function serve(answer: (request: IncomingMessage, body: string) => string | number): Promise<string> {
  const server = createServer(async (request: IncomingMessage, response: ServerResponse) => {
    const given = answer(request, await text(request));
    response.writeHead(typeof given === 'number' ? given : 200).end(typeof given === 'number' ? '' : given);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Looks for credentials where only `env` has some. */
function source(
  env: CredentialsOptions['env'],
  more: Partial<CredentialsOptions> = {},
): ReturnType<typeof credentialsFrom> {
  return credentialsFrom({
    env: { AWS_EC2_METADATA_DISABLED: 'true', ...env },
    region: 'us-east-1',
    home: '/nonexistent',
    ...more,
  });
}

describe('credentials', () => {
  it('are those of the environment first', async () => {
    const env = {
      AWS_ACCESS_KEY_ID: 'id',
      AWS_SECRET_ACCESS_KEY: 'secret',
      AWS_WEB_IDENTITY_TOKEN_FILE: '/x',
      AWS_ROLE_ARN: 'r',
    };
    expect(await source(env)()).toEqual({ kind: 'keys', accessKeyId: 'id', secretAccessKey: 'secret' });
    expect(await source({ ...env, AWS_SESSION_TOKEN: 't' })()).toMatchObject({ sessionToken: 't' });
  });

  it('are those of the shared file, which is read again', async () => {
    const home = tempFolder();
    mkdirSync(join(home, '.aws'));
    const path = join(home, '.aws', 'credentials');
    writeFileSync(
      path,
      '[default]\naws_access_key_id = one\naws_secret_access_key=s=1\n[b]\naws_access_key_id=two\naws_secret_access_key=s2\n',
    );
    let now = 0;
    const keys = source({}, { home, nowMs: () => now });
    expect(await keys()).toEqual({ kind: 'keys', accessKeyId: 'one', secretAccessKey: 's=1' });
    expect(await source({ AWS_PROFILE: 'b' }, { home })()).toMatchObject({ accessKeyId: 'two' });
    writeFileSync(path, '[default]\naws_access_key_id = three\naws_secret_access_key = s3\n');
    expect(await keys()).toMatchObject({ accessKeyId: 'one' });
    now = 61_000;
    expect(await keys()).toMatchObject({ accessKeyId: 'three' });
  });

  it('say which file is missing or has no keys, and nothing of its content', async () => {
    const path = join(tempFolder(), 'keys');
    await expect(source({ AWS_SHARED_CREDENTIALS_FILE: path })()).rejects.toThrow(
      `credentials ${path}: no such file or directory (ENOENT)`,
    );
    writeFileSync(path, '[other]\naws_secret_access_key = hidden\n');
    const failed = source({ AWS_SHARED_CREDENTIALS_FILE: path })();
    await expect(failed).rejects.toThrow(
      `credentials ${path}: no aws_access_key_id and aws_secret_access_key of the profile default`,
    );
    await expect(failed).rejects.not.toThrow('hidden');
    await expect(source({})()).rejects.toThrow('none found: set AWS_ACCESS_KEY_ID');
  });

  it('are traded for a web identity, and asked for anew before they end', async () => {
    let asked = 0;
    const address = await serve((request, body) => {
      asked++;
      expect([request.method, Object.fromEntries(new URLSearchParams(body))]).toEqual([
        'POST',
        {
          Action: 'AssumeRoleWithWebIdentity',
          Version: '2011-06-15',
          RoleArn: 'arn:role',
          RoleSessionName: 'tcp-info',
          WebIdentityToken: 'jwt',
        },
      ]);
      const keys = `<AccessKeyId>id${asked}</AccessKeyId><SecretAccessKey>s&amp;s</SecretAccessKey><SessionToken>t</SessionToken>`;
      const credentials = `<Credentials>${keys}<Expiration>${END}</Expiration></Credentials>`;
      return `<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleWithWebIdentityResult>${credentials}</AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>`;
    });
    const file = join(tempFolder(), 'token');
    writeFileSync(file, 'jwt\n');
    let now = END_MS - 3_600_000;
    const env = { AWS_WEB_IDENTITY_TOKEN_FILE: file, AWS_ROLE_ARN: 'arn:role', AWS_ENDPOINT_URL_STS: address };
    const keys = source(env, { nowMs: () => now });
    const expected = { kind: 'keys', accessKeyId: 'id1', secretAccessKey: 's&s', sessionToken: 't', expiresMs: END_MS };
    expect(await keys()).toEqual(expected);
    now = END_MS - 301_000;
    expect(await keys()).toEqual(expected);
    now = END_MS - 299_000;
    expect(await keys()).toEqual({ ...expected, accessKeyId: 'id2' });
  });

  it('are those of the container', async () => {
    const address = await serve((request) =>
      request.headers.authorization === 'open'
        ? JSON.stringify({ AccessKeyId: 'c', SecretAccessKey: 's', Token: 't', Expiration: END })
        : 403,
    );
    const env = { AWS_CONTAINER_CREDENTIALS_FULL_URI: `${address}/v1`, AWS_CONTAINER_AUTHORIZATION_TOKEN: 'open' };
    expect(await source(env)()).toEqual({
      kind: 'keys',
      accessKeyId: 'c',
      secretAccessKey: 's',
      sessionToken: 't',
      expiresMs: END_MS,
    });
    const wrong = source({ ...env, AWS_CONTAINER_AUTHORIZATION_TOKEN: 'wrong' })();
    await expect(wrong).rejects.toEqual(expect.objectContaining({ kind: 'denied', code: '403' }));
    await expect(wrong).rejects.not.toThrow('wrong');
  });

  it("are those of the instance's role, with the token of IMDSv2", async () => {
    const address = await serve((request) => {
      if (request.method === 'PUT')
        return request.headers['x-aws-ec2-metadata-token-ttl-seconds'] === '300' ? 'imds' : 400;
      if (request.headers['x-aws-ec2-metadata-token'] !== 'imds') return 401;
      const base = '/latest/meta-data/iam/security-credentials/';
      if (request.url === base) return 'role one\n';
      if (request.url !== `${base}role%20one`) return 404;
      return JSON.stringify({ AccessKeyId: 'i', SecretAccessKey: 's', Token: 't', Expiration: END });
    });
    const env = { AWS_EC2_METADATA_DISABLED: 'false', AWS_EC2_METADATA_SERVICE_ENDPOINT: address };
    expect(await source(env)()).toMatchObject({ accessKeyId: 'i', sessionToken: 't', expiresMs: END_MS });
  });

  it("are a token of Google's metadata server", async () => {
    const address = await serve((request) =>
      request.headers['metadata-flavor'] === 'Google' ? JSON.stringify({ access_token: 'g', expires_in: 600 }) : 403,
    );
    const env = { GCE_METADATA_HOST: address.replace('http://', '') };
    expect(await source(env, { isGoogle: true })()).toMatchObject({ kind: 'bearer', token: 'g' });
  });

  it.each([
    '',
    '{}',
    'null',
    '<html>',
    '{"AccessKeyId":1}',
    '<a><b/></a>',
  ])('are missing in the answer %j', async (answer) => {
    const address = await serve(() => answer);
    const file = join(tempFolder(), 'token');
    writeFileSync(file, 'jwt');
    for (const env of [
      { AWS_CONTAINER_CREDENTIALS_FULL_URI: address },
      { AWS_WEB_IDENTITY_TOKEN_FILE: file, AWS_ROLE_ARN: 'r', AWS_ENDPOINT_URL_STS: address },
    ]) {
      await expect(source(env)()).rejects.toThrow(ObjectStoreError);
    }
  });
});

describe('INI file', () => {
  it('has sections, keys and values with any letters', () => {
    const sections = readIni(
      'x=0\n# note\n[ one ] ; note\nKey = a = b # c \n\tempty =\r\n;no=1\n[two]\nkey=2\n[one]\nmore=3',
    );
    expect(Object.fromEntries(Array.from(sections, ([name, keys]) => [name, Object.fromEntries(keys)]))).toEqual({
      one: { key: 'a = b # c', empty: '', more: '3' },
      two: { key: '2' },
    });
  });
});
