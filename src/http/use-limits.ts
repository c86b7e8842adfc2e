import { maxAliasesPlugin } from "@escape.tech/graphql-armor-max-aliases";
import { maxDepthPlugin } from "@escape.tech/graphql-armor-max-depth";
import { maxDirectivesPlugin } from "@escape.tech/graphql-armor-max-directives";
import { type GraphQLError, NoSchemaIntrospectionCustomRule } from "graphql";
import type { Plugin } from "graphql-yoga";
import { DomainError, type Reason } from "../errors.ts";
import type { Limits } from "../limits.ts";

/** Refuses documents of too many levels, aliases or directives as BAD_USER_INPUT, and introspection unless it is allowed. */
export function useLimits({ maxDepth, maxAliases, maxDirectives }: Limits, introspection: boolean): Plugin {
  return {
    onPluginInit({ addPlugin }) {
      addPlugin(maxDepthPlugin({ n: maxDepth, flattenFragments: true, ...refusedAs("DOCUMENT_TOO_DEEP") }));
      addPlugin(maxAliasesPlugin({ n: maxAliases, allowList: [], ...refusedAs("TOO_MANY_ALIASES") }));
      addPlugin(maxDirectivesPlugin({ n: maxDirectives, ...refusedAs("TOO_MANY_DIRECTIVES") }));
    },
    onValidate({ addValidationRule }) {
      if (!introspection) addValidationRule(NoSchemaIntrospectionCustomRule);
    },
  };
}

/** Ends the validation at once: what is too large is not worth another look. */
function refusedAs(reason: Reason<"BAD_USER_INPUT">) {
  const refuse = (_: unknown, { message }: GraphQLError) => {
    throw new DomainError("BAD_USER_INPUT", message.replace(/^Syntax Error: /, ""), { reason });
  };
  return { onReject: [refuse] };
}
