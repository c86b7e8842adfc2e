import { members } from "../reading/loaders.ts";
import { actor } from "./actor.ts";
import { builder } from "./builder.ts";
import { connectionOf } from "./connection.ts";
import { nodeBy } from "./node.ts";

const ref = builder.prismaObject("Member", {
  description: "Somebody who works in the workspace. API keys act for members.",
  interfaces: [actor],
  fields: (t) => ({
    displayName: t.exposeString("name", { description: "The member's name." }),
    name: t.exposeString("name", { description: "The member's name, unique in the workspace." }),
    createdAt: t.expose("createdAt", { type: "DateTime", description: "When the member was added." }),
  }),
});

builder.nodeRef(ref, nodeBy(members));

connectionOf("Member", "members", "members the whole list has");
