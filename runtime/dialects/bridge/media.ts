/** Images, sounds and files of a chat as file parts of the AI SDK's provider interface. */
import type { LanguageModelV4FilePart } from "@ai-sdk/provider";
import { member, text } from "../../plan/json.ts";
import { dataOf } from "../anthropic/media.ts";
import type { JsonObject } from "../json.ts";

/** An `image_url`; undefined, and a loss, where it is neither an address nor data. */
export function imagePart(image: unknown, losses: Set<string>): LanguageModelV4FilePart | undefined {
  const url = typeof image === "string" ? image : text(member(image, "url"));
  const detail = member(image, "detail");
  if (detail !== undefined && detail !== null && detail !== "auto") losses.add("detail");
  const address = /^https?:/i.test(url) ? URL.parse(url) : null;
  if (address !== null) return { type: "file", mediaType: "image/*", data: { type: "url", url: address } };
  const data = dataOf(url);
  if (data !== undefined) return { type: "file", mediaType: data.type, data: { type: "data", data: data.base64 } };
  losses.add("image_url");
  return undefined;
}

/** An `input_audio`. */
export function soundPart({ data, format }: JsonObject, losses: Set<string>): LanguageModelV4FilePart | undefined {
  const mediaType = format === "mp3" ? "audio/mpeg" : format === "wav" ? "audio/wav" : undefined;
  if (mediaType !== undefined && text(data) !== "")
    return { type: "file", mediaType, data: { type: "data", data: text(data) } };
  losses.add("input_audio");
  return undefined;
}

/** A `file`; undefined, and a loss, where it is another's by its id. */
export function filePart(
  { file_data, filename }: JsonObject,
  losses: Set<string>,
): LanguageModelV4FilePart | undefined {
  const data = dataOf(text(file_data));
  if (data !== undefined) {
    const named = text(filename) === "" ? {} : { filename: text(filename) };
    return { type: "file", mediaType: data.type, data: { type: "data", data: data.base64 }, ...named };
  }
  losses.add("file");
  return undefined;
}
