import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isLoopbackAddress, whyNotListen, whyNotListenAdmin } from "../../../runtime/auth/index.ts";

const LOOPBACK = ["127.0.0.1", "127.255.1.9", "::1", "[::1]", "::ffff:127.0.0.1", "localhost", "LOCALHOST"];
const BEYOND = [
  ...["0.0.0.0", "::", "", "192.168.1.1", "10.0.0.1", "example.com", "localhost.example.com", "a.localhost"],
  ...["127.0.0.1.example.com", "127.0.0.256", "127.1", "0127.0.0.1", "127.0.0.1:80", " 127.0.0.1", "::ffff:10.0.0.1"],
];

describe("nothing listens beyond loopback without authentication unless told so in words", () => {
  test.each(LOOPBACK)("%s is loopback", (host) => expect(isLoopbackAddress(host)).toBe(true));
  test.each(BEYOND)("`%s` is not", (host) => expect(isLoopbackAddress(host)).toBe(false));

  test.each(BEYOND)("on `%s` nothing is served while nothing was said of authentication", (host) => {
    expect(whyNotListen(host, "nothing")).toContain(`listening on \`${host}\` would let in whoever reaches it`);
    expect([whyNotListen(host, "some"), whyNotListen(host, "all")]).toEqual([undefined, undefined]);
    expect(whyNotListenAdmin(host, undefined)).toContain("expected a `token` of `admin`");
    expect(whyNotListenAdmin(host, "t")).toBeUndefined();
  });

  test("loopback always is", () => {
    for (const host of LOOPBACK) {
      expect(whyNotListen(host, "nothing")).toBeUndefined();
      expect(whyNotListenAdmin(host, undefined)).toBeUndefined();
    }
  });

  test("an IPv4 address is loopback when its first byte is 127", () => {
    const address = fc.tuple(fc.oneof(fc.constant(127), fc.nat(255)), fc.nat(255), fc.nat(255), fc.nat(255));
    fc.assert(
      fc.property(address, (bytes) => {
        expect(isLoopbackAddress(bytes.join("."))).toBe(bytes[0] === 127);
      }),
    );
  });
});
