/** Requests whose body is wanted whole: its pieces are told as they come off the wire. */
import { IncomingMessage } from "node:http";

/** Hears of a request's body: its pieces in order, then its end. */
export interface BodyReader {
  piece(bytes: Buffer): void;
  end(): void;
}

/**
 * What a server makes of a request, given as its `IncomingMessage`: the parser pushes each piece into it. As long as
 * nobody reads, and for whoever reads it otherwise, it is the stream that it always is. To go through that takes five
 * turns of the tick queue, and listeners, for what is in nearly all requests one piece that nobody holds back.
 */
export class WholeRequest extends IncomingMessage {
  #reader: BodyReader | undefined;

  /** Returns whether it is told to `reader`; false where some of it waits in the stream already. */
  tell(reader: BodyReader): boolean {
    if (this.complete || this.readableLength > 0) return false;
    // Marks it as read: a server throws away the body of a request that nobody reads.
    this.read(0);
    this.#reader = reader;
    return true;
  }

  override push(bytes: Buffer | null): boolean {
    if (this.#reader === undefined) return super.push(bytes);
    if (bytes === null) this.#reader.end();
    else this.#reader.piece(bytes);
    return true;
  }

  static {
    // What is told does not end as a stream does, and a server keeps a request until it has ended. A getter, for which
    // the types have a property.
    Object.defineProperty(WholeRequest.prototype, "readableEnded", {
      get(this: WholeRequest): boolean {
        if (this.#reader !== undefined) return this.complete;
        return Reflect.get(IncomingMessage.prototype, "readableEnded", this);
      },
    });
  }
}

/** Tells a request's body, whatever server it came to. */
export function tellBody(request: IncomingMessage, reader: BodyReader): void {
  if (request instanceof WholeRequest && request.tell(reader)) return;
  request.on("data", (bytes: Buffer) => reader.piece(bytes));
  request.on("end", () => reader.end());
}
