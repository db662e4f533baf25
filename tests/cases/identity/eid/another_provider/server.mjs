// A provider of electronic identity that nobody here wrote, as far as it goes: people are those a test names.
//
// `node server.mjs PORT`, with BACK, SECRET and CLIENT_KEY (a public JWK) in the environment. Beside the provider's own
// pages:
//
//   POST /interaction/UID   number, level, choice: be somebody, or stop; leads on
//   POST /rotate            from now on another key signs
//   POST /spoil             JSON: claims that the next tokens have instead of their own; null leaves one out
//   POST /clock             JSON {"seconds"}: the provider's clock is off by so much

import { createServer } from 'node:http';
import { exportJWK, generateKeyPair, importJWK, decodeJwt, decodeProtectedHeader, SignJWT } from 'jose';
import Provider from 'oidc-provider';

const port = Number(process.argv[2]);
const issuer = `http://localhost:${port}`;
const back = [process.env.BACK];
const now = Date.now;
let spoilt = {};
let key;
let provider;
let handle;

const bodyOf = async (req) => {
  const parts = [];
  for await (const part of req) parts.push(part);
  return Buffer.concat(parts).toString();
};

async function newProvider() {
  const { privateKey } = await generateKeyPair('RS256', { extractable: true });
  key = { ...await exportJWK(privateKey), kid: `key-${now()}-${Math.random()}`, use: 'sig', alg: 'RS256' };
  provider = new Provider(issuer, {
    clients: [
      { client_id: 'the-desk', client_secret: process.env.SECRET, redirect_uris: back },
      {
        client_id: 'the-desk-by-key',
        redirect_uris: back,
        token_endpoint_auth_method: 'private_key_jwt',
        jwks: { keys: [JSON.parse(process.env.CLIENT_KEY)] },
      },
    ],
    jwks: { keys: [key] },
    pkce: { required: () => true },
    acrValues: ['urn:demo:bankid:low', 'urn:demo:bankid:substantial', 'urn:demo:bankid:high'],
    // The number stands in the ID token, as brokers have it.
    conformIdTokenClaims: false,
    claims: { openid: ['sub'], ssn: ['ssn'], acr: null },
    scopes: ['openid', 'ssn'],
    // Longer than any clock here is off by.
    ttl: { AuthorizationCode: 10800, IdToken: 3600, Interaction: 10800, Session: 10800, Grant: 10800 },
    cookies: { keys: ['of the tests alone'] },
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_ctx, interaction) => `/interaction/${interaction.uid}` },
    findAccount: (_ctx, id) => ({ accountId: id, claims: () => ({ sub: id, ...(id === 'nobody' ? {} : { ssn: id }) }) }),
    loadExistingGrant: async (ctx) => {
      const grant = new ctx.oidc.provider.Grant({
        clientId: ctx.oidc.client.clientId, accountId: ctx.oidc.session.accountId,
      });
      grant.addOIDCScope('openid ssn');
      await grant.save();
      return grant;
    },
  });
  provider.use(async (ctx, next) => {
    await next();
    if (ctx.path === '/token' && ctx.body?.id_token && Object.keys(spoilt).length) {
      ctx.body.id_token = await resigned(ctx.body.id_token);
    }
  });
  handle = provider.callback();
}

async function resigned(token) {
  const claims = { ...decodeJwt(token), ...spoilt };
  for (const name of Object.keys(claims)) if (claims[name] === null) delete claims[name];
  return new SignJWT(claims).setProtectedHeader(decodeProtectedHeader(token)).sign(await importJWK(key, 'RS256'));
}

async function finish(req, res) {
  const chosen = Object.fromEntries(new URLSearchParams(await bodyOf(req)));
  const result = chosen.choice === 'cancel'
    ? { error: 'access_denied', error_description: 'the person stopped' }
    : { login: { accountId: chosen.number || 'nobody', acr: chosen.level } };
  await provider.interactionFinished(req, res, result, { mergeWithLastSubmission: false });
}

const server = createServer(async (req, res) => {
  const done = (told = {}) => res.setHeader('Content-Type', 'application/json').end(JSON.stringify(told));
  if (req.method === 'POST' && req.url.startsWith('/interaction/')) return finish(req, res);
  if (req.method === 'POST' && req.url === '/rotate') return newProvider().then(() => done());
  if (req.method === 'POST' && req.url === '/spoil') { spoilt = JSON.parse(await bodyOf(req)); return done(); }
  if (req.method === 'POST' && req.url === '/clock') {
    const { seconds } = JSON.parse(await bodyOf(req));
    Date.now = () => now() + seconds * 1000;
    return done();
  }
  return handle(req, res);
});

await newProvider();
server.listen(port, '127.0.0.1');
