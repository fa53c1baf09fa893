/** The `test` blocks of policies in the Test Explorer: run, and with what they reach. */
import {
  BranchCoverage,
  type CancellationToken,
  type Disposable,
  FileCoverage,
  Location,
  Range,
  StatementCoverage,
  type TestController,
  TestCoverageCount,
  type TestItem,
  TestMessage,
  type TestRun,
  TestRunProfileKind,
  TestRunRequest,
  tests,
  Uri,
  workspace,
} from "vscode";
import { REQUESTS, type Reached, type TestAt, type TestsRun } from "../../lsp/requests/protocol.ts";
import { onPolicyChange } from "./editors.ts";
import { type Ask, isProblem, LANGUAGE } from "./server.ts";

const POLICIES = "**/*.route";

type ServerLocation = Reached["location"];

export class TestExplorer implements Disposable {
  readonly #ask: Ask;
  readonly #controller: TestController;
  readonly #disposables: Disposable[];
  /** What files' tests reached, in detail, by the coverage that was reported. */
  readonly #reached = new WeakMap<FileCoverage, readonly Reached[]>();

  constructor(ask: Ask) {
    this.#ask = ask;
    this.#controller = tests.createTestController("routec", "Routec");
    this.#controller.refreshHandler = () => this.discover();
    this.#controller.resolveHandler = async (item) => {
      if (item === undefined) await this.discover();
    };
    this.#controller.createRunProfile(
      "Run",
      TestRunProfileKind.Run,
      (request, token) => this.#run(request, token),
      true,
    );
    const coverage = this.#controller.createRunProfile(
      "Run with Coverage",
      TestRunProfileKind.Coverage,
      (request, token) => this.#run(request, token, true),
      true,
    );
    coverage.loadDetailedCoverage = async (_, file) => detailsOf(this.#reached.get(file) ?? []);
    const watcher = workspace.createFileSystemWatcher(POLICIES);
    this.#disposables = [
      this.#controller,
      watcher,
      watcher.onDidCreate((uri) => void this.#read(uri)),
      watcher.onDidChange((uri) => void this.#read(uri)),
      watcher.onDidDelete((uri) => this.#controller.items.delete(uri.toString())),
      workspace.onDidOpenTextDocument(({ languageId, uri }) => {
        if (languageId === LANGUAGE) void this.#read(uri);
      }),
      onPolicyChange(() => void this.#readOpen()),
    ];
  }

  dispose(): void {
    for (const disposable of this.#disposables) disposable.dispose();
  }

  /** Finds the tests of all policies of the workspace. */
  async discover(): Promise<void> {
    const found = await workspace.findFiles(POLICIES, "**/{node_modules,dist}/**");
    await Promise.all(found.map((uri) => this.#read(uri)));
  }

  /** Runs one test, as if it was chosen in the Test Explorer. */
  async run(policy: Uri, title: string): Promise<void> {
    await this.#read(policy);
    const item = this.#controller.items.get(policy.toString())?.children.get(title);
    if (item !== undefined) await this.#run(new TestRunRequest([item]), undefined);
  }

  async #readOpen(): Promise<void> {
    const open = workspace.textDocuments.filter(({ languageId }) => languageId === LANGUAGE);
    await Promise.all(open.map(({ uri }) => this.#read(uri)));
  }

  async #read(uri: Uri): Promise<void> {
    const answer = await this.#ask<readonly TestAt[]>(REQUESTS.tests, uri);
    if (isProblem(answer)) return;
    const { items } = this.#controller;
    if (answer.length === 0) {
      items.delete(uri.toString());
      return;
    }
    const file =
      items.get(uri.toString()) ?? this.#controller.createTestItem(uri.toString(), workspace.asRelativePath(uri), uri);
    // A title that is there twice is an error of the policy's, and one test here.
    const found = new Map(answer.map((test) => [test.title, test]));
    file.children.replace(
      [...found.values()].map(({ title, range }) => {
        const item = file.children.get(title) ?? this.#controller.createTestItem(title, title, uri);
        item.range = rangeOf(range);
        return item;
      }),
    );
    items.add(file);
  }

  async #run(request: TestRunRequest, token: CancellationToken | undefined, coverage = false): Promise<void> {
    const run = this.#controller.createTestRun(request);
    const cancelled = (): boolean => token?.isCancellationRequested === true;
    try {
      for (const [file, chosen] of this.#chosen(request)) {
        if (cancelled()) break;
        await this.#runFile(run, file, chosen, coverage);
      }
    } finally {
      run.end();
    }
  }

  /** The tests of a request, by the file in which they are. */
  #chosen({ include, exclude = [] }: TestRunRequest): ReadonlyMap<TestItem, readonly TestItem[]> {
    const all: readonly TestItem[] = include ?? [...this.#controller.items].map(([, file]) => file);
    const single = all.flatMap((item) =>
      item.parent === undefined ? [...item.children].map(([, test]) => test) : [item],
    );
    const wanted = single.filter((test) => !exclude.includes(test) && !exclude.includes(test.parent as TestItem));
    return Map.groupBy(wanted, (test) => test.parent as TestItem);
  }

  async #runFile(run: TestRun, file: TestItem, chosen: readonly TestItem[], coverage: boolean): Promise<void> {
    for (const test of chosen) run.started(test);
    const titles = chosen.map(({ id }) => id);
    const answer = await this.#ask<TestsRun>(REQUESTS.runTests, file.uri as Uri, { titles, coverage });
    if (isProblem(answer)) {
      for (const test of chosen) run.errored(test, new TestMessage(answer.problem));
      return;
    }
    const results = new Map(answer.tests.map((test) => [test.title, test]));
    for (const test of chosen) {
      const result = results.get(test.id);
      if (result === undefined) {
        run.errored(test, new TestMessage("the test is not there any more"));
        continue;
      }
      for (const line of [test.label, ...result.lines.map((each) => `  ${each}`)])
        run.appendOutput(`${line}\r\n`, undefined, test);
      if (result.failures.length === 0) run.passed(test);
      else run.failed(test, result.failures.map(messageOf));
    }
    for (const [uri, reached] of Map.groupBy(answer.coverage, ({ location }) => location.uri)) {
      const of = coverageOf(uri, reached);
      this.#reached.set(of, reached);
      run.addCoverage(of);
    }
  }
}

function messageOf({ message, location }: TestsRun["tests"][number]["failures"][number]): TestMessage {
  const said = new TestMessage(message);
  said.location = locationOf(location);
  return said;
}

/** Counted as `routec test --coverage` counts: rules and steps, and each outcome of a comparison or a gate. */
function coverageOf(uri: string, reached: readonly Reached[]): FileCoverage {
  const [branches, statements] = [true, false].map((isBranch) => {
    const counted = reached.filter(({ outcome }) => (outcome !== undefined) === isBranch);
    return new TestCoverageCount(counted.filter(({ hits }) => hits > 0).length, counted.length);
  });
  return new FileCoverage(Uri.parse(uri), statements as TestCoverageCount, branches);
}

/** Rules and steps are statements; comparisons and gates have a branch for each of their outcomes. */
function detailsOf(reached: readonly Reached[]): StatementCoverage[] {
  const placeOf = ({ location }: Reached): string => JSON.stringify(location);
  return [...Map.groupBy(reached, placeOf).values()].map((here) => {
    const branches = here.flatMap(({ outcome, hits }) =>
      outcome === undefined ? [] : [new BranchCoverage(hits, undefined, String(outcome))],
    );
    const hits = here.reduce((sum, each) => sum + each.hits, 0);
    return new StatementCoverage(hits, rangeOf((here[0] as Reached).location.range), branches);
  });
}

function locationOf({ uri, range }: ServerLocation): Location {
  return new Location(Uri.parse(uri), rangeOf(range));
}

function rangeOf({ start, end }: ServerLocation["range"]): Range {
  return new Range(start.line, start.character, end.line, end.character);
}
