import { describe, expect, it } from "vitest";
import { tablePattern } from "../../../compiler/strings/index.ts";
import { NAMED, patterns } from "../../../runtime/signals/patterns/index.ts";

const { email, iban, phone, credit_card: card } = NAMED;

describe("email", () => {
  // example.com and .example are reserved for documentation (RFC 2606); the forms are those of RFC 5321 and 6531.
  it.each([
    "write to jane.doe@example.com.",
    "<jane+news@mail.example.co.uk>",
    "JANE_DOE@EXAMPLE.ORG",
    "o'brien@example.net,",
    "用户@例子.广告",
    "a@xn--bcher-kva.example",
    "a@b.xn--p1ai",
    "mailto:jane@example.com?subject=x",
    "jane＠example.com".normalize("NFKC"),
  ])("is in `%s`", (text) => expect(email(text)).toBe(true));

  it.each([
    "follow @jane",
    "3 apples @ 2.50",
    "jane@localhost",
    "jane@127.0.0.1",
    "git@: no domain",
    "a@-b.com",
    "@".repeat(100),
    "see foo@bar for more",
    "npm i pkg@1.2.3",
  ])("is not in `%s`", (text) => expect(email(text)).toBe(false));
});

describe("iban", () => {
  // Examples of the SWIFT IBAN registry (ISO 13616-1).
  it.each([
    "GB29NWBK60161331926819",
    "GB29 NWBK 6016 1331 9268 19",
    "DE89 3704 0044 0532 0130 00",
    "please pay de89370400440532013000 soon",
    "FR14 2004 1010 0505 0001 3M02 606",
    "NL91-ABNA-0417-1643-00",
    "NO93 8601 1117 947",
    "MT84 MALT 0110 0001 2345 MTLC AST0 01S",
    "BR18 0036 0305 0000 1000 9795 493C 1",
    "CH93 0076 2011 6238 5295 7.",
    "(IBAN:SA03 8000 0000 6080 1016 7519)",
  ])("is in `%s`", (text) => expect(iban(text)).toBe(true));

  it.each([
    "GB29 NWBK 6016 1331 9268 18",
    "DE89 3704 0044 0532 0130 0",
    "DE89 3704 0044 0532 0130 001",
    "XX89 3704 0044 0532 0130 00",
    "ADE89370400440532013000",
    "DE89",
    "DE89 3704  0044 0532 0130 00",
  ])("is not in `%s`", (text) => expect(iban(text)).toBe(false));
});

describe("credit_card", () => {
  // Numbers that issue to nobody: the test cards of Stripe's and PayPal's documentation.
  it.each([
    "4242424242424242",
    "card 4111 1111 1111 1111, exp 12/30",
    "4000-0566-5566-5556",
    "4222222222222",
    "5555 5555 5555 4444",
    "2223003122003222",
    "378282246310005",
    "3782 822463 10005",
    "6011 1111 1111 1117",
    "3056 9309 0259 04",
    "3566 0020 2036 0505",
    "6200 0000 0000 0005",
    "order 17 4242 4242 4242 4242 ok",
  ])("is in `%s`", (text) => expect(card(text)).toBe(true));

  it.each([
    "4242424242424241",
    "0000 0000 0000 0000",
    "1234567812345670",
    "42424242424242424242424242",
    "call 4242 4242",
    "2026-11-21 08:00:00",
  ])("is not in `%s`", (text) => expect(card(text)).toBe(false));
});

describe("phone", () => {
  // Numbers kept for drama: Ofcom (UK), NANPA 555-0100 to 0199, Bundesnetzagentur (030 23125 xxx), ARCEP (01 99 00 xx xx).
  it.each([
    "+44 20 7946 0018",
    "+44 (0)20 7946 0018",
    "tel:+493023125000",
    "0044 20 7946 0018",
    "(212) 555-0123",
    "call 212-555-0123.",
    "1-212-555-0123",
    "+1.212.555.0123",
    "020 7946 0018",
    "07700 900123",
    "07700900123",
    "030/23125 000",
    "01 99 00 12 34",
    "(030) 23125-000",
  ])("is in `%s`", (text) => expect(phone(text)).toBe(true));

  it.each([
    "2026-11-21",
    "01-02-2026 10:30",
    "01/02/2026 1030",
    "3.14159265358979",
    "0.123456789",
    "192.168.100.200",
    "order 1234567890",
    "$0212555012",
    "v0212345678",
    "+1",
    "100,000,000",
    "1 000 000 000",
    "4242 4242 4242 4242",
  ])("is not in `%s`", (text) => expect(phone(text)).toBe(false));
});

describe("patterns", () => {
  const regex = (source: string) => tablePattern({ kind: "regex", source, ignoreCase: true });
  const looksPersonal = patterns({
    kind: "patterns",
    named: ["email", "credit_card"],
    regexes: [regex("\\bacme-\\d{6}\\b")],
  });

  it.each(["mine is ACME-123456", "jane@example.com", "４２４２　４２４２　４２４２　４２４２"])("see `%s`", (text) => {
    expect(looksPersonal(text)).toBe(true);
  });

  it.each(["ACME-12345", "GB29NWBK60161331926819", ""])("pass over `%s`", (text) => {
    expect(looksPersonal(text)).toBe(false);
  });
});
