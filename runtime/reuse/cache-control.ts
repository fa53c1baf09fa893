/** What a client says of answers that were given before (RFC 9111, section 5.2.1), as far as it is honoured. */

export interface CacheWish {
  /** An earlier answer may be given: without `no-cache` and `no-store`. */
  readonly read: boolean;
  /** The answer may be kept: without `no-store`. */
  readonly write: boolean;
  /** Milliseconds that an earlier answer may be old. */
  readonly maxAge: number;
}

/** `headers` are name and value in turn. */
export function cacheWish(headers: readonly string[]): CacheWish {
  const directives = headers
    .filter((_, index) => index % 2 === 1 && headers[index - 1]?.toLowerCase() === "cache-control")
    .flatMap((value) => value.toLowerCase().split(","))
    .map((directive) => directive.trim());
  const noStore = directives.includes("no-store");
  const ages = directives.flatMap((directive) => {
    const [, seconds] = /^max-age="?(\d{1,10})"?$/.exec(directive) ?? [];
    return seconds === undefined ? [] : [Number(seconds) * 1000];
  });
  return {
    read: !noStore && !directives.includes("no-cache"),
    write: !noStore,
    maxAge: Math.min(Number.POSITIVE_INFINITY, ...ages),
  };
}
