import type { LookupAddress } from "node:dns";
import { describe, expect, test } from "vitest";
import { isPrivateAddress, namesPrivate, publicLookup } from "../../../runtime/providers/private-address.ts";

describe("an address", () => {
  test.each([
    "127.0.0.1",
    "10.1.2.3",
    "172.31.255.255",
    "192.168.0.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",
    "::1",
    "::",
    "fd00::1",
    "fe80::1",
    "::ffff:10.0.0.1",
    "::ffff:7f00:1",
  ])("is private: %s", (address) => {
    expect(isPrivateAddress(address)).toBe(true);
  });

  test.each(["1.1.1.1", "172.32.0.1", "2606:4700::1111", "::ffff:1.1.1.1", "nonsense"])("is not: %s", (address) => {
    expect(isPrivateAddress(address)).toBe(false);
  });
});

describe("a host", () => {
  test.each(["localhost", "vllm", "vllm.default.svc", "gpu.local", "10.0.0.1", "[::1]", "api.Internal."])(
    "names a private address: %s",
    (host) => {
      expect(namesPrivate(host)).toBe(true);
    },
  );

  test.each(["api.openai.com", "localhost.example.com", "internal.example.org"])("does not: %s", (host) => {
    expect(namesPrivate(host)).toBe(false);
  });
});

describe("a name of the public internet", () => {
  function resolved(...addresses: string[]): Promise<string> {
    const lookup = publicLookup((_host, _options, callback) => {
      const all: LookupAddress[] = addresses.map((address) => ({ address, family: 4 }));
      callback(null, all, 4);
    });
    return new Promise((resolve) => {
      lookup("api.example.com", { all: true }, (error, found) => resolve(error?.message ?? JSON.stringify(found)));
    });
  }

  test("is called at a public address", async () => {
    expect(await resolved("1.1.1.1")).toBe('[{"address":"1.1.1.1","family":4}]');
  });

  test("is not called when one of its addresses is private", async () => {
    expect(await resolved("1.1.1.1", "169.254.169.254")).toBe(
      "`api.example.com` resolves to the private address 169.254.169.254, which is reached only where its url names it",
    );
  });

  test("gives the resolver's own error", async () => {
    const lookup = publicLookup((_host, _options, callback) => callback(new Error("ENOTFOUND"), "", 0));
    const message = await new Promise((resolve) => lookup("x.example", {}, (error) => resolve(error?.message)));
    expect(message).toBe("ENOTFOUND");
  });
});
