/** Training classifiers: for the command line, and in no proxy. */
export { type Examples, ExamplesError, readExamples } from "./examples.ts";
export type { Measured } from "./measure.ts";
export { TrainError, type TrainReport, train } from "./train.ts";
