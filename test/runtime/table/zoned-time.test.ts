import fc from "fast-check";
import { expect, it } from "vitest";
import { zonedTime } from "../../../runtime/table/index.ts";

const at = (iso: string) => Date.parse(iso);

it.each([
  ["UTC", "2026-01-01T00:30:00Z", { hour: 0, weekday: "thu" }],
  ["Europe/Warsaw", "2026-01-01T23:30:00Z", { hour: 0, weekday: "fri" }],
  ["Europe/Warsaw", "2026-03-29T00:59:59Z", { hour: 1, weekday: "sun" }],
  ["Europe/Warsaw", "2026-03-29T01:00:00Z", { hour: 3, weekday: "sun" }],
  ["Asia/Kolkata", "2026-06-01T18:29:59Z", { hour: 23, weekday: "mon" }],
  ["Asia/Kolkata", "2026-06-01T18:30:00Z", { hour: 0, weekday: "tue" }],
])("in %s it is, at %s, %o", (zone, iso, expected) => {
  expect(zonedTime(zone)(at(iso))).toMatchObject(expected);
});

it("in UTC is told alike with and without the calendar", () => {
  const calendar = zonedTime("Etc/GMT");
  const plain = zonedTime("UTC");
  fc.assert(
    fc.property(fc.date({ noInvalidDate: true }), (date) => {
      expect(calendar(date.getTime())).toEqual(plain(date.getTime()));
    }),
  );
});
