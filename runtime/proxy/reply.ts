/** The one way out for answers, whatever carries them. */

/** Where an answer goes: `whole`; or `begin`, `data`…, and `end` or `abort`. */
export interface Reply {
  /** Where answers go that are in the client's own dialect already; this one where it is absent. */
  readonly own?: Reply;
  /** `headers` are name and value in turn, the content's length among them. */
  whole(status: number, headers: string[], body: Buffer | string): void;
  begin(status: number, headers: string[]): void;
  /** Returns false when the reader is slow: then `Exchange.resume` is to be called once it has caught up. */
  data(chunk: Buffer): boolean;
  end(): void;
  /** Ends the answer in a way that shows that it is not complete. */
  abort(): void;
}

/** Answers with a JSON body. */
export function sendJson(reply: Reply, status: number, headers: string[], body: Buffer | string): void {
  headers.push("content-type", "application/json", "content-length", String(Buffer.byteLength(body)));
  reply.whole(status, headers, body);
}
