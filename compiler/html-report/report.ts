/** What a report consists of; render.ts makes one HTML page of it that needs nothing else: no network, no script. */

/** Texts may have `code` in backticks. */
export interface Report {
  readonly title: string;
  /** What it is of, a sentence or two. */
  readonly about: string;
  readonly sections: readonly Section[];
  /** How it was made, such as the command. */
  readonly made: string;
}

export interface Section {
  readonly heading: string;
  readonly blocks: readonly Block[];
}

export type Block = Paragraph | Figures | Table | LineChart | BarChart;

export interface Paragraph {
  readonly kind: "paragraph";
  readonly text: string;
}

/** A few numbers that matter most, large. */
export interface Figures {
  readonly kind: "figures";
  readonly figures: readonly { readonly label: string; readonly value: string; readonly note?: string }[];
}

export interface Table {
  readonly kind: "table";
  readonly caption: string;
  readonly columns: readonly { readonly heading: string; readonly isNumber?: boolean }[];
  /** As people read them, one text a column. */
  readonly rows: readonly (readonly string[])[];
}

export interface LineChart {
  readonly kind: "line";
  readonly caption: string;
  readonly x: Axis;
  readonly y: Axis;
  readonly series: readonly Series[];
  /** Levels of `y` that mean something, such as a limit. */
  readonly levels?: readonly { readonly at: number; readonly label: string }[];
  /** Stretches of `x` in which something was the case. */
  readonly spans?: readonly { readonly from: number; readonly to: number; readonly label: string }[];
}

export interface Axis {
  readonly label: string;
  /** Milliseconds since the epoch, told in a zone; plain numbers without it. */
  readonly zone?: string;
  /** How a plain number is told. */
  readonly format?: (value: number) => string;
  /** A plain axis begins here; with the least value when not given. */
  readonly from?: number;
}

export interface Series {
  readonly name: string;
  /** `step` holds each value until the next; `points` are by themselves. */
  readonly shape: "line" | "step" | "points";
  /** In ascending order of `x`, but for `points`. A `label` stands beside its point. */
  readonly points: readonly { readonly x: number; readonly y: number; readonly label?: string }[];
}

/** Bars that lie, a group of them for each category. */
export interface BarChart {
  readonly kind: "bars";
  readonly caption: string;
  readonly format: (value: number) => string;
  /** Names of the bars of each group. */
  readonly series: readonly string[];
  readonly groups: readonly { readonly label: string; readonly values: readonly number[] }[];
}
