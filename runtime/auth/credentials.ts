/** What a request shows of who sends it: `Authorization: Bearer …` (RFC 6750) or `x-api-key`. */

export type Credentials =
  | { readonly kind: "none" }
  | { readonly kind: "token"; readonly token: string }
  | { readonly kind: "malformed"; readonly message: string };

/** The characters of a token (`b64token`, RFC 6750, section 2.1); an API key may have any that is visible. */
const BEARER = /^bearer +([\x21-\x7e]+) *$/i;
const KEY = /^[\x21-\x7e]+$/;

const NONE: Credentials = { kind: "none" };

/**
 * Reads `headers`, names and values in turn. Two credentials that differ are refused: which of them somebody else on the
 * way has looked at is not known.
 */
export function credentialsIn(headers: readonly string[]): Credentials {
  let token: string | undefined;
  for (let index = 0; index < headers.length; index += 2) {
    const name = headers[index] as string;
    // Nearly all names differ from both in length.
    if (name.length !== 13 && name.length !== 9) continue;
    const known = name.toLowerCase();
    if (known !== "authorization" && known !== "x-api-key") continue;
    const value = headers[index + 1] as string;
    const found = known === "authorization" ? BEARER.exec(value)?.[1] : KEY.exec(value)?.[0];
    if (found === undefined) return malformed(known);
    if (token !== undefined && token !== found) {
      return { kind: "malformed", message: "the request has two credentials that differ: expected one" };
    }
    token = found;
  }
  return token === undefined ? NONE : { kind: "token", token };
}

/** What came is not repeated: it may be a secret under the wrong scheme. */
function malformed(name: string): Credentials {
  const expected = name === "authorization" ? "`Bearer` and a key or token" : "a key";
  return { kind: "malformed", message: `the header \`${name}\` cannot be read: expected ${expected}` };
}
