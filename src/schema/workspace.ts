import { loaders } from "../reading/loaders.ts";
import { builder } from "./builder.ts";
import { nodeBy } from "./node.ts";

const ref = builder.prismaObject("Workspace", {
  description: "The tenant: everything an API key reaches belongs to its workspace.",
  fields: (t) => ({
    slug: t.exposeString("slug", { description: "The short name it is administered by, unique." }),
    name: t.exposeString("name", { description: "Its name for people." }),
    createdAt: t.expose("createdAt", { type: "DateTime", description: "When it was created." }),
  }),
});

builder.nodeRef(ref, nodeBy(loaders.Workspace));
