/** Coverage: what counts, what a test reaches, and that what cannot be reached does not count. */
import { expect, test } from "vitest";
import {
  coverageJson,
  type Goal,
  renderCoverage,
  renderLcov,
  shareOf,
  together,
} from "../../../compiler/testing/index.ts";
import { MODELS } from "../../support/policies.ts";
import { tested } from "./support.ts";

const HEAD = `request {
  tier    free | pro | max    from header "x-tier"      default free
  tenant  string              from header "x-tenant"    default ""
}

${MODELS}`;

/** Goals as \`kind text outcome: hits\`; those that no request can reach say so. */
function goalsOf(policy: string): string[] {
  const { goals, sources } = tested(HEAD + policy);
  const told = ({ kind, file, span, outcome, hits, impossible }: Goal): string => {
    const text = sources.get(file)?.slice(span.start, span.end);
    return `${kind} ${text}${outcome === undefined ? "" : ` ${outcome}`}: ${impossible ? "impossible" : hits}`;
  };
  return goals.map(told);
}

test("a rule is reached when it decides, a comparison when it is looked at: from left to right, no further than needed", () => {
  const policy = `
route chat {
  when tier == pro and stream  -> large
  otherwise                    -> small
}

test "it" { send chat { tier pro }  expect rule 1 }
test "and this" { send chat { tier free }  expect rule 1 }
`;
  expect(goalsOf(policy)).toEqual([
    "rule when tier == pro and stream  -> large: 0",
    "comparison tier == pro true: 1",
    "comparison tier == pro false: 1",
    "comparison stream true: 0",
    "comparison stream false: 1",
    "rule otherwise                    -> small: 2",
  ]);
});

test("what no request comes to is impossible: the last pattern of a match is never false", () => {
  const policy = `
route chat {
  match tier {
    free  -> small
    pro   -> large
    max   -> large
  }
}

test "it" { send chat {}  expect rule 0 }
`;
  const counted = goalsOf(policy).filter((goal) => goal.startsWith("comparison max"));
  expect(counted).toEqual(["comparison max true: 0", "comparison max false: impossible"]);
});

test("a comparison as it is written counts once: `!=`, `in { … }`, and a `let` wherever it is used", () => {
  const policy = `
let cheap = tier in { free, pro }

route chat {
  when cheap and stream  -> small
  when tier != max       -> large
  otherwise              -> small
}

test "it" { send chat { tier max }  expect rule 2 }
`;
  expect(goalsOf(policy).filter((goal) => goal.startsWith("comparison"))).toEqual([
    "comparison tier in { free, pro } true: 0",
    "comparison tier in { free, pro } false: 1",
    "comparison stream true: 0",
    "comparison stream false: 0",
    "comparison tier != max true: 0",
    "comparison tier != max false: 1",
  ]);
});

test("steps are those of plans and of rules with more than one; gates accept or decline", () => {
  const policy = `
plan careful = cascade {
  small accept when not refused
  large
}

route chat {
  when stream  -> split { 50% small, 50% large } by tenant
  otherwise    -> careful else hedge { large after 1s small } else reject 503
}

test "it" { send chat {}  given small answers { refused true }  expect tries small, large }
`;
  expect(goalsOf(policy).filter((goal) => /^(step|gate)/.test(goal))).toEqual([
    "step small: 1",
    "gate not refused true: 0",
    "gate not refused false: 1",
    "step large: 1",
    "step small: 0",
    "step large: 0",
    "step careful: 1",
    "step large: 0",
    "step small: 0",
    "step reject 503: 0",
  ]);
});

const POLICY = `${HEAD}
plan strong = large else small

route chat {
  when tier == pro                -> strong
  when tier == max and not stream -> large
  otherwise                       -> small
}

test "the strong plan" { send chat { tier pro }  expect plan strong }
test "the rest" { send chat {}  expect tries small }
`;

const golden = (name: string) => new URL(`golden/${name}`, import.meta.url).pathname;

test("for people", async () => {
  const { goals, sources } = tested(POLICY);
  await expect(renderCoverage(goals, sources)).toMatchFileSnapshot(golden("coverage.txt"));
});

test("for programs", async () => {
  const { goals, sources } = tested(POLICY);
  await expect(renderLcov(goals, sources)).toMatchFileSnapshot(golden("coverage.info"));
  expect(coverageJson(goals, sources)).toMatchObject({
    rules: { reached: 2, total: 3, percent: 66.6 },
    goals: expect.arrayContaining([
      { kind: "step", outcome: undefined, file: "main.route", hits: 0, range: expect.anything() },
    ]),
  });
});

test("of two policies that import one file, what one reaches is reached", () => {
  const [goal] = tested(POLICY).goals as [Goal];
  const both = together([[{ ...goal, hits: 0, impossible: true }], [{ ...goal, hits: 2, impossible: false }]]);
  expect(both).toEqual([{ ...goal, hits: 2, impossible: false }]);
  expect(shareOf([{ ...goal, hits: 0, impossible: true }])).toEqual({ reached: 0, total: 0, percent: 100 });
});
