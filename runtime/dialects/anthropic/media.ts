/** Images and files: as OpenAI refers to them, by url or by data url, and as Anthropic does. */
import { member, text } from "../../plan/json.ts";
import type { JsonObject } from "../json.ts";
import { type DocumentBlock, IMAGE_TYPES, type ImageBlock, type ImageType } from "./wire.ts";

interface Data {
  readonly type: string;
  readonly base64: string;
}

/** An `image_url`; undefined, and a loss, where Anthropic does not take it. */
export function imageOf(image: unknown, losses: Set<string>): ImageBlock | undefined {
  const url = typeof image === "string" ? image : text(member(image, "url"));
  const detail = member(image, "detail");
  if (detail !== undefined && detail !== null && detail !== "auto") losses.add("detail");
  if (/^https?:/i.test(url)) return { type: "image", source: { type: "url", url } };
  const data = dataOf(url);
  const type = data?.type === "image/jpg" ? "image/jpeg" : data?.type;
  if (data !== undefined && isImageType(type)) {
    return { type: "image", source: { type: "base64", media_type: type, data: data.base64 } };
  }
  losses.add("image_url");
  return undefined;
}

/** A `file`; undefined, and a loss, where it is no PDF and no text, or another's file by its id. */
export function documentOf(file: JsonObject, losses: Set<string>): DocumentBlock | undefined {
  const { file_data, filename } = file;
  const named = typeof filename === "string" && filename !== "" ? { title: filename } : {};
  const data = dataOf(text(file_data));
  if (data?.type === "application/pdf") {
    return { type: "document", source: { type: "base64", media_type: "application/pdf", data: data.base64 }, ...named };
  }
  if (data?.type.startsWith("text/") === true) {
    const decoded = Buffer.from(data.base64, "base64").toString();
    return { type: "document", source: { type: "text", media_type: "text/plain", data: decoded }, ...named };
  }
  losses.add("file");
  return undefined;
}

/** What a data url holds (RFC 2397). It can be megabytes long, so no expression goes over all of it. */
export function dataOf(url: string): Data | undefined {
  const comma = url.indexOf(",");
  if (comma === -1 || comma > 256 || !/^data:/i.test(url)) return undefined;
  const [type = "", ...parameters] = url.slice("data:".length, comma).toLowerCase().split(";");
  const data = url.slice(comma + 1);
  if (parameters.includes("base64")) return { type, base64: data };
  try {
    return { type, base64: Buffer.from(decodeURIComponent(data)).toString("base64") };
  } catch {
    return undefined;
  }
}

function isImageType(type: string | undefined): type is ImageType {
  return IMAGE_TYPES.some((each) => each === type);
}
