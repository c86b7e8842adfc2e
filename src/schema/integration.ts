import { loaders } from "../reading/loaders.ts";
import { required, toOne } from "../reading/to-one.ts";
import { builder } from "./builder.ts";
import { connectionOf } from "./connection-of.ts";
import { nodeBy } from "./node.ts";
import { readBy } from "./read-by.ts";

const ref = builder.prismaObject("Integration", {
  description:
    "A program with API keys of its own. It owns the conversations it creates; each of its keys acts for a member.",
  fields: (t) => ({
    name: t.exposeString("name", { description: "The integration's name, unique in the workspace." }),
    member: t.field({
      type: "Member",
      description: "The member that its keys act for unless they name another.",
      ...readBy(required(toOne("Member", "memberId"))),
    }),
    createdAt: t.expose("createdAt", { type: "DateTime", description: "When the integration was added." }),
  }),
});

builder.nodeRef(ref, nodeBy(loaders.Integration));

connectionOf("Integration", "integrations", "integrations the whole list has");
