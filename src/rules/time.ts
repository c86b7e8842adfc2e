import { z } from "zod";
import { because, optional } from "./parse.ts";

/** A time that a client sent. Rows have whole milliseconds, so it is rounded up to them and selects the same rows. */
export class SentTime extends Date {
  /** The digits that were cut off, as a fraction of a millisecond. */
  readonly cut: number;

  /** `read` is the time without the fraction of a millisecond. */
  constructor(text: string, read: Date) {
    const cut = Number(`0.${/\.\d{3}(\d+)/.exec(text)?.[1] ?? "0"}`);
    super(read.getTime() + (cut > 0 ? 1 : 0));
    this.cut = cut;
  }

  isBefore(other: SentTime): boolean {
    return this < other || (this.getTime() === other.getTime() && (this.cut || 1) < (other.cut || 1));
  }
}

/** Whether this time can be shown to clients: its year is from 1 to 9999. */
export function isShown(date: Date): boolean {
  return date.getUTCFullYear() >= 1 && date.getUTCFullYear() <= 9999;
}

const time = z
  .custom<SentTime>((value) => value instanceof SentTime)
  .refine(isShown, {
    error: "must be in a year from 1 to 9999",
    ...because("OUT_OF_RANGE"),
  });

export const timeRange = z
  .strictObject({ from: optional(time), to: optional(time) })
  .refine(({ from, to }) => !from || !to || from.isBefore(to), {
    error: "from must be before to",
    ...because("EMPTY_RANGE"),
  });
