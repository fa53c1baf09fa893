/** Files of outcomes: what is read, and what is said of those that are none. */
import { describe, expect, it } from "vitest";
import { readRecords } from "../../compiler/calibration/records.ts";

const cells = (name: string, content: string) =>
  readRecords(name, content).all.map(({ line, cells }) => [line, Object.fromEntries(cells)]);

describe("CSV", () => {
  it("has quotes, commas and newlines within cells, and the line that each record begins on", () => {
    const csv = 'id,prompt,small\r\n1,"a, ""b""\r\nc",1\r\n\r\n2,plain,0\r\n';
    expect(cells("o.csv", csv)).toEqual([
      [2, { id: "1", prompt: 'a, "b"\r\nc', small: "1" }],
      [5, { id: "2", prompt: "plain", small: "0" }],
    ]);
  });

  it("may begin with a byte order mark; what is empty or said to be nothing is left out", () => {
    expect(cells("o.csv", "\ufeffid,a,b,c\n1,,NA,nan\n")).toEqual([[2, { id: "1" }]]);
  });

  it.each([
    ["id,a\n1\n", "it is no CSV: invalid Record Length: expect 2, got 1 on line 2"],
    ['id,a\n1,"b\n', "it is no CSV: quote Not Closed"],
    ["id,a,id\n1,2,3\n", "its header has `id` twice"],
    ["id,a\n", "there is no outcome in it"],
    ["", "there is no outcome in it"],
  ])("%j is refused", (csv, message) => {
    expect(() => readRecords("o.csv", csv)).toThrow(message);
  });
});

describe("lines of JSON", () => {
  it("have members of objects as cells, and lists of models by their names", () => {
    const line = { id: 1, models: { small: { correct: true } }, outcomes: [{ model: "large", correct: 0, cost: 0.5 }] };
    expect(cells("o.jsonl", `\n${JSON.stringify(line)}\r\n`)).toEqual([
      [2, { id: 1, "models.small.correct": true, "outcomes.large.correct": 0, "outcomes.large.cost": 0.5 }],
    ]);
  });

  it("that are none are all counted, and the first are shown", () => {
    const lines = ['{"a":1}', "{", "[]", "7", "x".repeat(60), '{"a":2}'].join("\n");
    expect(() => readRecords("o.jsonl", lines)).toThrow(
      "line 2 is no JSON object: `{`; line 3 is no JSON object: `[]`; line 4 is no JSON object: `7`, and 1 more lines are none",
    );
  });

  it("are told from CSV by how the content begins, where the name says nothing", () => {
    expect(cells("-", '{"a":1}\n')).toEqual([[1, { a: 1 }]]);
    expect(cells("-", "a\n1\n")).toEqual([[2, { a: "1" }]]);
  });
});
