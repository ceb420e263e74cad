// libas2 as a partner of a running gateway.
//
// Prints where it takes asynchronous receipts, reads one line of JSON with what it shall send, prints one line of JSON with
// what became of each message.

import { createHash } from "node:crypto";
import fs from "node:fs";
import http from "node:http";
import { createRequire } from "node:module";
import path from "node:path";
import readline from "node:readline";

const { AS2Composer, AS2Crypto, AS2Parser } = createRequire(path.join(process.env.BULLA_LIBAS2, "/"))("libas2");

const SECONDS = 60;

/** Of what it signed last, as it would compare it: base64. */
let mic;
const sign = AS2Crypto.sign;
AS2Crypto.sign = async (node, options) => {
  const made = await sign(node, options);
  const content = AS2Crypto.removeTrailingCrLf(await AS2Crypto.buildNode(made.childNodes[0]));
  mic = createHash(options.algorithm.replace("-", "")).update(content).digest("base64");
  return made;
};

/** What came by itself, by the message that it is about, and who waits for it. */
const come = new Map();
const server = http.createServer(async (request, response) => {
  const body = await collected(request);
  const about = /Original-Message-ID: (\S+)/.exec(body)[1];
  come.get(about)({ raw: request.rawHeaders, body });
  response.end();
});

async function collected(stream) {
  const parts = [];
  for await (const part of stream) parts.push(part);
  return Buffer.concat(parts).toString("latin1");
}

function post(address, headers, body) {
  const [host, port] = address.split(":");
  return new Promise((resolve, reject) => {
    const length = { "content-length": Buffer.byteLength(body) };
    const options = { host, port, path: "/as2", method: "POST", headers: { ...headers, ...length }, timeout: SECONDS * 1000 };
    const request = http.request(options, async (answer) =>
      resolve({ http: answer.statusCode, raw: answer.rawHeaders, body: await collected(answer) }),
    );
    request.on("error", reject);
    request.end(body);
  });
}

async function compose(job, asked, url) {
  const [privateKey, certificate] = asked.partners[job.from].map((file) => fs.readFileSync(file, "utf8"));
  const gateway = fs.readFileSync(asked.gateway, "utf8");
  const mdn = job.mode ? { async: job.mode === "ASYNC", signing: job.mdn_digest ?? false } : undefined;
  const composer = new AS2Composer({
    message: { filename: "manifest.edi", contentType: job.type, content: fs.readFileSync(job.document, "utf8") },
    agreement: {
      host: { name: job.from, id: job.from, url, certificate, privateKey, decrypt: true, sign: job.sign ?? false, mdn },
      partner: { name: "BULLA", id: "BULLA", url, certificate: gateway, encrypt: job.encrypt ?? false, verify: true },
    },
  });
  mic = undefined;
  const { headers, body } = await composer.toRequestOptions();
  return { headers, body, mic, id: composer.message.messageId(), gateway };
}

async function send(job, asked, url) {
  const made = await compose(job, asked, url);
  const waiting = new Promise((resolve) => come.set(made.id, resolve));
  const answer = await post(asked.address, made.headers, made.body);
  const told = { http: answer.http, octets: answer.body.length };
  if (!job.mode || answer.http !== 200) return told;
  const { raw, body } = job.mode === "ASYNC" ? await waiting : answer;
  const receipt = await AS2Parser.parse({ headers: raw, content: body });
  // A signature that does not hold is an error.
  const { notification } = await receipt.dispositionIn({ cert: made.gateway });
  const { disposition, receivedContentMic } = notification;
  const same = notification.originalMessageId === made.id;
  const error = disposition.description?.type ?? null;
  return { ...told, processed: disposition.processed, error, same, mic: receivedContentMic?.mic === made.mic };
}

server.listen(0, "127.0.0.1", async () => {
  const url = `http://127.0.0.1:${server.address().port}`;
  console.log(url);
  const lines = readline.createInterface({ input: process.stdin });
  const asked = JSON.parse((await lines[Symbol.asyncIterator]().next()).value);
  const told = [];
  for (const job of asked.jobs) told.push(await send(job, asked, `${url}/receipts`));
  console.log(JSON.stringify(told));
  process.exit(0);
});
