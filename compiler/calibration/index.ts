/** `routec calibrate`: thresholds chosen from recorded outcomes, and how good they are. */
export {
  CalibrateError,
  type CalibrateOptions,
  type Calibration,
  calibrate,
  UnsupportedError,
  type Wanted,
} from "./calibrate.ts";
export { calibratedTexts, type Provenance } from "./edits.ts";
export { calibrationPage } from "./page.ts";
export { OutcomesError, type Records, readRecords } from "./records.ts";
export {
  calibrationJson,
  type Here,
  remarks,
  remarksJson,
  renderCalibration,
  renderPlainCalibration,
} from "./report.ts";
