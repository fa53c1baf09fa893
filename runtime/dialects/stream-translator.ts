/** A stream of one dialect, made from that of another while it comes. */
export interface StreamTranslator {
  /** What can be handed on now that `chunk` has come: whole events, or the empty text. */
  push(chunk: Buffer): string;
  /**
   * The stream is over: what is still to be said. Of one that broke off that is nothing, so that it ends without the
   * dialect's last event, and whoever reads it can tell.
   */
  end(): string;
}
