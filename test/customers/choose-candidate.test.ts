import { describe, expect, test } from "vitest";
import { chooseCandidate } from "../../src/customers/recognise-customer.ts";

const email = "jane@example.com";
const phone = "+4930901820";

const candidate = (keys: { externalId?: string; email?: string; phone?: string }) => ({
  ...{ externalId: null, email: null, phone: null },
  ...keys,
});

const jane = candidate({ externalId: "jane" });
const holder = candidate({ externalId: "holder", email, phone });
const emailLead = candidate({ email: "JANE@example.com" });
const phoneLead = candidate({ phone });
const otherPhoneLead = candidate({ email: "john@example.com", phone });

describe("chooseCandidate", () => {
  test.each([
    ["nobody among nobody", [], { externalId: "jane", email, phone }, undefined],
    ["the externalId first", [emailLead, phoneLead, jane], { externalId: "jane", email, phone }, [jane, "EXTERNAL_ID"]],
    ["then a lead's email", [phoneLead, emailLead], { externalId: "jane", email, phone }, [emailLead, "EMAIL"]],
    ["then a lead's phone", [phoneLead], { externalId: "jane", email, phone }, [phoneLead, "PHONE"]],
    ["an email whoever has it, without externalId", [holder], { email }, [holder, "EMAIL"]],
    ["a phone whoever has it, without externalId", [holder], { phone }, [holder, "PHONE"]],
    ["the email's holder before the phone's", [otherPhoneLead, emailLead], { email, phone }, [emailLead, "EMAIL"]],
    ["nobody by email who has another externalId", [holder], { externalId: "jane", email }, undefined],
    ["nobody by phone who has another externalId", [holder], { externalId: "jane", phone }, undefined],
    ["nobody by phone with another email", [otherPhoneLead], { email, phone }, undefined],
    ["by phone, when no email is given", [otherPhoneLead], { phone }, [otherPhoneLead, "PHONE"]],
    [
      "by phone, past an email refused",
      [{ ...holder, phone: null }, phoneLead],
      { externalId: "jane", email, phone },
      [phoneLead, "PHONE"],
    ],
    ["nobody by a key not given", [emailLead, phoneLead, jane], { externalId: "john" }, undefined],
  ] as const)("chooses %s", (_rule, candidates, keys, expected) => {
    const chosen = chooseCandidate<(typeof candidates)[number]>([...candidates], keys);
    expect(chosen && [chosen.candidate, chosen.matchedBy]).toEqual(expected);
  });
});
