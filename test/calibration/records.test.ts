/** Files of outcomes: what is read, and what is said of those that are none. */
import { describe, expect, it } from "vitest";
import { togetherByRequest } from "../../compiler/calibration/by-request.ts";
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
    ["id;a\n1;2\n", "its header is one column, `id;a`: expected commas between columns"],
    ["", "there is no outcome in it"],
  ])("%j is refused", (csv, message) => {
    expect(() => readRecords("o.csv", csv)).toThrow(message);
  });
});

describe("lines of one answer each", () => {
  const together = (csv: string) =>
    togetherByRequest(readRecords("o.csv", csv)).all.map(({ line, cells }) => [line, Object.fromEntries(cells)]);

  it("are put together by the request", () => {
    expect(
      together("request_id,tier,model,correct,cost\n1,pro,small,0,2\n2,free,small,1,2\n1,pro,large,1,9\n"),
    ).toEqual([
      [
        2,
        {
          request_id: "1",
          tier: "pro",
          "models.small.correct": "0",
          "models.small.cost": "2",
          "models.large.correct": "1",
          "models.large.cost": "9",
        },
      ],
      [3, { request_id: "2", tier: "free", "models.small.correct": "1", "models.small.cost": "2" }],
    ]);
  });

  it.each([
    ["id,model,correct\n1,small,0\n1,small,1\n", "line 3: a second answer of `small` to id `1`"],
    ["n,model,correct\n1,small,0\n", "each line has a `model`, and none of id, request_id,"],
  ])("%j cannot be", (csv, message) => {
    expect(() => together(csv)).toThrow(message);
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
