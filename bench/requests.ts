/** The requests that the proxies are sent: chat completions as a client's SDK would write them, and raw HTTP around them. */
import { writeFileSync } from "node:fs";
import { workFolder } from "./load.ts";

/** Prose as people paste it: line breaks and quotation marks (escaped in JSON), and letters beyond ASCII. */
const PARAGRAPH = `When the café closed, she said: "We'll write it up tomorrow" – and nobody did.
The report lists 3 causes: a stale cache, a retry that never backed off, and a limit nobody had read.
Please summarise what follows for a reader who was not there, in five points, naïve questions included.
`;

/** A chat completion request whose JSON has about `size` bytes, in messages of at most 4,000 characters. */
export function chatBody(size: number, options: Readonly<Record<string, unknown>> = {}): string {
  const messages = [{ role: "system", content: "You are a helpful assistant. Answer briefly." }];
  const body = { model: "chat", messages, temperature: 0.2, max_tokens: 512, ...options };
  for (let room = size - measure(body); room > 60; room = size - measure(body)) {
    const text = PARAGRAPH.repeat(20).slice(0, Math.min(4000, Math.floor((room - 40) / 1.04)));
    messages.push({ role: messages.length % 2 === 1 ? "user" : "assistant", content: text });
  }
  return JSON.stringify(body);
}

function measure(body: unknown): number {
  return Buffer.byteLength(JSON.stringify(body));
}

/** Writes a request as it goes over the wire to a file of the work folder, and returns the file's path. */
export function writeRequest(
  name: string,
  headers: Readonly<Record<string, string>>,
  body: string,
  target = "/v1/chat/completions",
): string {
  const head = Object.entries({
    host: "127.0.0.1",
    "content-type": "application/json",
    accept: "application/json",
    "user-agent": "bench/1",
    authorization: "Bearer sk-bench",
    ...headers,
    "content-length": String(Buffer.byteLength(body)),
  });
  const path = `${workFolder}${name}.http`;
  const lines = head.map(([field, value]) => `${field}: ${value}\r\n`).join("");
  writeFileSync(path, `POST ${target} HTTP/1.1\r\n${lines}\r\n${body}`);
  return path;
}
