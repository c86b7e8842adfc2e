import { z } from "zod";
import { DomainError, type Reason } from "../errors.ts";
import { decodeGlobalId, type NodeType } from "../global-id.ts";

/** Checks a value against the rules. For the first rule that is broken, throws BAD_USER_INPUT that names the field below `root`. */
export function parse<T extends z.ZodType>(rules: T, value: unknown, root: string): z.output<T> {
  const result = rules.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0] as z.core.$ZodIssue;
  const field = [root, ...issue.path].filter((part) => part !== "").join(".");
  throw badInput(field, reasonOf(issue), issue.message);
}

/** BAD_USER_INPUT for one field. The message is the end of a sentence about the field. */
export function badInput(field: string, reason: Reason<"BAD_USER_INPUT">, message: string): DomainError {
  const sentence = `${message.charAt(0).toUpperCase()}${message.slice(1)}${message.endsWith(".") ? "" : "."}`;
  return new DomainError("BAD_USER_INPUT", sentence, { reason, field });
}

/** The part of a rule that names the reason for refusing a value that breaks it. */
export function because(reason: Reason<"BAD_USER_INPUT">) {
  return { params: { reason } };
}

function reasonOf(issue: z.core.$ZodIssue): Reason<"BAD_USER_INPUT"> {
  if (issue.code === "custom") return (issue.params?.reason ?? "INVALID_VALUE") as Reason<"BAD_USER_INPUT">;
  if (issue.code === "too_big") return "TOO_LONG";
  if (issue.code === "too_small") return "TOO_SHORT";
  return "INVALID_VALUE";
}

/** Makes null the same as omitted. */
export function optional<T extends z.ZodType>(rules: T) {
  return rules.nullish().transform((value) => value ?? undefined);
}

type IdRules = ReturnType<typeof newIdRules>;

const idRules = new Map<NodeType, IdRules>();

/** The rule for the id of a record of this type. It returns the uuid. */
export function idOf(type: NodeType): IdRules {
  const rules = idRules.get(type) ?? newIdRules(type);
  idRules.set(type, rules);
  return rules;
}

function newIdRules(type: NodeType) {
  return z.string().transform((value, check) => {
    const decoded = decodeGlobalId(value);
    if (decoded?.type === type) return decoded.id;
    check.addIssue({
      code: "custom",
      message: `must be the id of a ${type.toLowerCase()}, such as ${type.toLowerCase()}_0190e0a4-5c7e-7c3a-9d2b-6b1f0e3a9c11`,
      ...because("INVALID_ID"),
    });
    return z.NEVER;
  });
}

/** The type and the uuid of an id of any type. Throws BAD_USER_INPUT that names the field of the id. */
export function decodeNodeId(id: string, field = "id"): { type: NodeType; id: string } {
  const decoded = decodeGlobalId(id);
  if (!decoded) throw badInput(field, "INVALID_ID", "must be an id as this API gives it");
  return decoded;
}

/** The rule of a list of at most `max` ids of this type. It keeps their order, and an id may come twice. */
export function idsOf(type: NodeType, max: number) {
  return z.array(idOf(type)).max(max, `at most ${max} ids`);
}
