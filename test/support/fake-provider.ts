/**
 * A provider on a loopback port that speaks the OpenAI chat dialect and misbehaves on demand. Each request takes the
 * next behaviour that was scripted, and the usual answer when none is left.
 */
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";
import { type AddressInfo, createServer as createSocketServer, type Socket } from "node:net";

/** A request that arrived. */
export interface ArrivedRequest {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** The headers as they stood on the wire, name and value in turn. */
  readonly rawHeaders: readonly string[];
  readonly body: string;
  /** Number of the connection it came on, from 0. */
  readonly connection: number;
  /** Settles when that connection is closed. */
  readonly closed: Promise<void>;
}

/** What the fake does with one request. */
export type Behaviour = (request: ArrivedRequest, response: ServerResponse, socket: Socket) => void;

export interface FakeProvider {
  /** Base url, to stand in a `provider` block. */
  readonly url: string;
  /** All requests so far, in order of arrival. */
  readonly requests: readonly ArrivedRequest[];
  /** Appends behaviours for the next requests. */
  script(...behaviours: readonly Behaviour[]): void;
  /** Replaces what is done when nothing is scripted. */
  always(behaviour: Behaviour): void;
  /** Waits for the request with that index, from 0. */
  arrival(index: number): Promise<ArrivedRequest>;
  /** Closes the server and all connections. */
  close(): Promise<void>;
}

export async function fakeProvider(): Promise<FakeProvider> {
  const requests: ArrivedRequest[] = [];
  const scripted: Behaviour[] = [];
  let usual: Behaviour = answers();
  let waiting: { readonly index: number; readonly tell: (request: ArrivedRequest) => void }[] = [];
  const connections = new Map<Socket, { readonly number: number; readonly closed: Promise<void> }>();
  let opened = 0;

  const server = createServer((message, response) => {
    void readBody(message).then((body) => {
      const { socket } = message;
      const connection = connections.get(socket);
      if (connection === undefined) return;
      const request: ArrivedRequest = {
        method: message.method ?? "",
        path: message.url ?? "",
        headers: message.headers,
        rawHeaders: message.rawHeaders,
        body,
        connection: connection.number,
        closed: connection.closed,
      };
      requests.push(request);
      (scripted.shift() ?? usual)(request, response, socket);
      waiting = waiting.filter(({ index, tell }) => {
        const arrived = requests[index];
        if (arrived !== undefined) tell(arrived);
        return arrived === undefined;
      });
    });
  });
  server.on("connection", (socket: Socket) => {
    const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
    connections.set(socket, { number: opened++, closed });
    socket.on("error", () => {});
  });
  server.listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));

  return {
    url: `http://127.0.0.1:${portOf(server.address())}/v1`,
    requests,
    script: (...behaviours) => void scripted.push(...behaviours),
    always: (behaviour) => {
      usual = behaviour;
    },
    arrival(index) {
      const arrived = requests[index];
      if (arrived !== undefined) return Promise.resolve(arrived);
      return new Promise((tell) => waiting.push({ index, tell }));
    },
    close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of connections.keys()) socket.destroy();
      return closed;
    },
  };
}

/** The base url of a port at which nobody listens: a refused connection. */
export async function refusingUrl(): Promise<string> {
  const server = createSocketServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const port = portOf(server.address());
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${port}/v1`;
}

/** A whole answer or a stream, as the request asks, of the given text. */
export function answers(text = "Hello there."): Behaviour {
  return (request, response, socket) => {
    const asked = JSON.parse(request.body) as {
      model: string;
      stream?: boolean;
      stream_options?: { include_usage?: boolean };
    };
    if (asked.stream === true) {
      const includeUsage = asked.stream_options?.include_usage === true;
      streams(...chatEvents(text, { model: asked.model, includeUsage }))(request, response, socket);
    } else {
      answersWith(200, chatCompletion(text, { model: asked.model }))(request, response, socket);
    }
  };
}

/** That status with `body` (as JSON unless it is text) and `headers`. */
export function answersWith(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): Behaviour {
  return (_request, response) => {
    const text = typeof body === "string" ? body : JSON.stringify(body);
    response.writeHead(status, { "content-type": "application/json", ...headers }).end(text);
  };
}

/** OpenAI's error body with that status. */
export function fails(
  status: number,
  code: string | null = null,
  headers: Readonly<Record<string, string>> = {},
): Behaviour {
  return answersWith(status, errorBody(code), headers);
}

/** A stream of the given events (what stands behind `data: `), each written by itself. */
export function streams(...events: readonly string[]): Behaviour {
  return (_request, response) => {
    response.writeHead(200, { "content-type": "text/event-stream; charset=utf-8" });
    for (const event of events) response.write(`data: ${event}\n\n`);
    response.end();
  };
}

/** A stream of raw pieces: `produce` writes them, at its own pace. */
export function streamsBy(produce: (write: (piece: string) => boolean, response: ServerResponse) => void): Behaviour {
  return (_request, response) => {
    response.writeHead(200, { "content-type": "text/event-stream; charset=utf-8" }).flushHeaders();
    produce((piece) => response.write(piece), response);
  };
}

/** Takes the request and says nothing. */
export const hangs: Behaviour = () => {};

/** Closes the connection before the first byte of an answer. */
export const diesUnanswered: Behaviour = (_request, _response, socket) => void socket.destroy();

/** Closes the connection after half of a whole answer's body. */
export const diesInBody: Behaviour = (_request, _response, socket) => {
  const body = JSON.stringify(chatCompletion("half of it"));
  const head = `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n`;
  socket.write(head + body.slice(0, body.length / 2), () => socket.destroy());
};

/** Closes the connection after the given events of a stream; all but the end of the usual ones when none are given. */
export function diesInStream(...events: readonly string[]): Behaviour {
  const told = events.length > 0 ? events : chatEvents("Hello there.").slice(0, 2);
  return (_request, _response, socket) => {
    const text = told.map((event) => `data: ${event}\n\n`).join("");
    const chunk = `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;
    const head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";
    socket.write(head + chunk, () => socket.destroy());
  };
}

/** Half a header, then the end. */
export const halfHeader: Behaviour = (_request, _response, socket) => {
  socket.write("HTTP/1.1 200 OK\r\ncontent-ty", () => socket.destroy());
};

/** Bytes that are not HTTP. */
export const garbage: Behaviour = (_request, _response, socket) => {
  socket.write("\x16\x03\x01 this is no HTTP\r\n\r\n", () => socket.destroy());
};

interface Shape {
  readonly model?: string;
  readonly includeUsage?: boolean;
}

const USAGE = { prompt_tokens: 9, completion_tokens: 4, total_tokens: 13 };

/** A chat completion. */
export function chatCompletion(text: string, { model = "gpt-fake" }: Shape = {}): object {
  const message = { role: "assistant", content: text, refusal: null };
  return {
    id: "chatcmpl-fake",
    object: "chat.completion",
    created: 1_767_225_600,
    model,
    choices: [{ index: 0, message, logprobs: null, finish_reason: "stop" }],
    usage: USAGE,
  };
}

/** The events of a streamed chat completion, `[DONE]` last. */
export function chatEvents(text: string, { model = "gpt-fake", includeUsage = false }: Shape = {}): readonly string[] {
  const event = (choices: readonly object[], usage: object | null = null): string =>
    JSON.stringify({
      id: "chatcmpl-fake",
      object: "chat.completion.chunk",
      created: 1_767_225_600,
      model,
      choices,
      ...(includeUsage ? { usage } : {}),
    });
  const choice = (delta: object, finish: string | null = null): readonly object[] => [
    { index: 0, delta, logprobs: null, finish_reason: finish },
  ];
  return [
    event(choice({ role: "assistant", content: "", refusal: null })),
    ...(text.match(/\s*\S+/g) ?? []).map((word) => event(choice({ content: word }))),
    event(choice({}, "stop")),
    ...(includeUsage ? [event([], USAGE)] : []),
    "[DONE]",
  ];
}

/** OpenAI's error body. */
export function errorBody(code: string | null = null, message = "That did not work."): object {
  return { error: { message, type: "invalid_request_error", param: null, code } };
}

async function readBody(message: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of message) chunks.push(chunk);
  } catch {
    // The client went away in the middle: what came is what arrived.
  }
  return Buffer.concat(chunks).toString();
}

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === "string") throw new Error("the server has no port");
  return address.port;
}
