/** A calibration as an HTML page: the cost-quality frontier, what it is held against, and what the values mean. */
import { type Block, type Report, renderHtml } from "../html-report/index.ts";
import type { Measured } from "./bootstrap.ts";
import type { Calibrated, Calibration } from "./calibrate.ts";
import { mixtureAt } from "./measures.ts";
import { changeOf, goalText, type Here, missed, placeOf, remarks, standingsOf } from "./report.ts";
import { cheaperSide, counted, dollars, percent, share, within } from "./wording.ts";

/** @param made the command that made it */
export function calibrationPage(calibration: Calibration, here: Here, made: string): string {
  const { rows, doubts, fitted, heldOut, seed, thresholds } = calibration;
  const supported = doubts.length === 0 ? "support" : "do not support";
  const report: Report = {
    title: `Calibration of route \`${calibration.route}\``,
    about: `Wanted: ${goalText(calibration)}. From ${counted(calibration.records, "outcome")}: ${fitted} to choose on, ${heldOut} held out (seed ${seed}).`,
    made,
    sections: [
      {
        heading: `The outcomes ${supported} these numbers`,
        blocks: [
          ...doubts.map(said),
          ...missed(calibration).map(said),
          figures(calibration),
          frontierChart(calibration),
          standings(calibration),
        ],
      },
      ...(thresholds.length === 0
        ? []
        : [
            {
              heading: "Thresholds",
              blocks: [thresholdTable(thresholds, here), ...thresholds.flatMap(meaningChart)],
            },
          ]),
      { heading: "The outcomes", blocks: remarks(rows).map(said) },
    ].filter(({ blocks }) => blocks.length > 0),
  };
  return renderHtml(report);
}

function said(text: string): Block {
  return { kind: "paragraph", text };
}

function figures({ measures: { calibrated, gainAtRate, gainAtCost } }: Calibration): Block {
  const one = (label: string, measured: Measured, told: (value: number) => string) => ({
    label,
    value: told(measured.value),
    note: `${told(measured.low)} to ${told(measured.high)}`,
  });
  return {
    kind: "figures",
    figures: [
      one("quality", calibrated.quality, share),
      one("dollars a request", calibrated.cost, dollars),
      one("better than random at the same rate", gainAtRate, share),
      one("better than random at the same cost", gainAtCost, share),
    ],
  };
}

/** Points of the curve of what lots can do. */
const LOTS = 60;

function frontierChart({ frontier, measures, rows: { models }, target, thresholds }: Calibration): Block {
  const { calibrated, written, always, oracle } = measures;
  const point = ({ quality, cost }: { quality: Measured; cost: Measured }, label: string) => ({
    x: cost.value,
    y: quality.value,
    label,
  });
  const singles = always.map(({ quality, cost }) => ({ quality: quality.value, cost: cost.value }));
  const [least, most] = [Math.min(...singles.map(({ cost }) => cost)), Math.max(...singles.map(({ cost }) => cost))];
  const lots = Array.from({ length: LOTS + 1 }, (_, i) => least + ((most - least) * i) / LOTS);
  const label = thresholds.length === 0 ? "as written" : "as calibrated";
  const isChanged = thresholds.some(({ threshold, number }) => number !== threshold.value);
  return {
    kind: "line",
    caption: "Cost and quality on the outcomes held out",
    x: {
      label: "dollars a request",
      format: (value) =>
        dollars(value)
          .replace(/(\.\d*?)0+$/, "$1")
          .replace(/\.$/, ""),
    },
    y: { label: "quality", format: share },
    series: [
      {
        name: "numbers that no other beat where they were chosen",
        shape: "line",
        points: frontier.map(({ cost, quality }) => ({ x: cost, y: quality })).sort((a, b) => a.x - b.x),
      },
      { name: "lots drawn between models", shape: "line", points: lots.map((x) => ({ x, y: mixtureAt(singles, x) })) },
      { name: label, shape: "points", points: [point(calibrated, label)] },
      {
        name: "each model alone",
        shape: "points",
        points: always.map((each, index) => point(each, `always ${models[index]}`)),
      },
      {
        name: "oracle, as written",
        shape: "points",
        points: [point(oracle, "oracle"), ...(isChanged ? [point(written, "as written")] : [])],
      },
    ],
    ...(target.kind === "quality" && { levels: [{ at: target.least, label: "wanted" }] }),
  };
}

function standings(calibration: Calibration): Block {
  return {
    kind: "table",
    caption: "On the outcomes held out; in brackets, where 95 in 100 bootstrap samples lie",
    columns: [
      { heading: "" },
      { heading: "quality", isNumber: true },
      { heading: "dollars a request", isNumber: true },
      { heading: "" },
    ],
    rows: standingsOf(calibration).map(({ name, quality, cost, note }) => [
      name,
      within(quality, share),
      within(cost, dollars),
      note,
    ]),
  };
}

function thresholdTable(thresholds: readonly Calibrated[], here: Here): Block {
  return {
    kind: "table",
    caption: "What each number does, on the outcomes held out",
    columns: [
      { heading: "comparison" },
      { heading: "to the cheaper side" },
      { heading: "right there", isNumber: true },
      { heading: "right elsewhere", isNumber: true },
      { heading: "area under the ROC curve", isNumber: true },
    ],
    rows: thresholds.map((each) => [
      `${placeOf(each, here)}: ${changeOf(each)}`,
      ...(each.meaning === undefined
        ? ["-", "-", "-", "-"]
        : [
            `${percent(each.meaning.share)} (${cheaperSide(each.meaning)})`,
            share(each.meaning.rightThere),
            share(each.meaning.rightElsewhere),
            within(each.meaning.auc, share),
          ]),
    ]),
  };
}

/** Points of a scaled curve. */
const CURVE = 60;

function meaningChart({ threshold, meaning }: Calibrated): Block[] {
  if (meaning === undefined || meaning.groups.length < 2) return [];
  const { groups, scaling } = meaning;
  const [least, most] = [groups[0]?.value ?? 0, groups.at(-1)?.value ?? 0];
  const at = Array.from({ length: CURVE + 1 }, (_, i) => least + ((most - least) * i) / CURVE);
  const method = scaling.method === "platt" ? "Platt scaling" : "isotonic regression";
  return [
    {
      kind: "line",
      caption: `How often ${cheaperSide(meaning)} is right, by \`${threshold.of}\``,
      x: { label: threshold.of, format: (value) => String(Number(value.toPrecision(3))) },
      y: { label: "right", format: share },
      series: [
        {
          name: `${method} on ${counted(scaling.samples, "answer")}`,
          shape: scaling.method === "platt" ? "line" : "step",
          points: at.map((x) => ({ x, y: scaling.chance(x) })),
        },
        {
          name: "tenths of the outcomes held out",
          shape: "points",
          points: groups.map(({ value, right }) => ({ x: value, y: right })),
        },
      ],
    },
  ];
}
