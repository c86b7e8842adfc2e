import { longValueCost, ownedListCost } from "../pricing/field-cost.ts";
import { conversationOfCustomer, conversationsOfCustomer } from "../reading/conversations-of.ts";
import { displayName } from "../reading/display-name.ts";
import { loaders } from "../reading/loaders.ts";
import { actor } from "./actor.ts";
import { builder } from "./builder.ts";
import { connectionOf } from "./connection-of.ts";
import { nodeBy } from "./node.ts";
import { readBy } from "./read-by.ts";

const ref = builder.prismaObject("Customer", {
  description: "Somebody the workspace serves, such as a visitor of its website. Never a member.",
  interfaces: [actor],
  fields: (t) => ({
    displayName: t.string({
      description:
        "The customer's name, else the e-mail address, else the phone number, else the externalId, else `Customer`.",
      ...readBy(displayName),
    }),
    externalId: t.exposeString("externalId", {
      nullable: true,
      description: "The id in the workspace's own system, unique and case-sensitive; null for a lead.",
    }),
    name: t.exposeString("name", { nullable: true, description: "The customer's name: 1 to 200 characters." }),
    email: t.exposeString("email", {
      nullable: true,
      description:
        "E-mail address, unique in the workspace without regard to case. An international domain is shown as its A-label.",
    }),
    phone: t.exposeString("phone", {
      nullable: true,
      description: "Phone number in E.164, such as `+4930901820`, unique.",
    }),
    image: t.exposeString("image", { nullable: true, description: "URL of a picture." }),
    metadata: t.expose("metadata", {
      type: "JSONObject",
      extensions: { cost: longValueCost },
      description: "Data that clients keep with the customer: a JSON object of at most 16 KiB and 10 levels.",
    }),
    conversation: t.field({
      type: "Conversation",
      nullable: true,
      description: "The customer's top-level conversation, or null. Needs `connect360:conversation:read`.",
      ...readBy(conversationOfCustomer),
    }),
    conversations: t.field({
      type: "ConversationConnection",
      nullable: true,
      description:
        "The conversations with the customer, of any depth, newest first. Needs `connect360:conversation:read`; null without.",
      args: t.arg.connectionArgs(),
      ...readBy(conversationsOfCustomer, ownedListCost),
    }),
    revision: t.exposeInt("revision", {
      description:
        "How often the record was changed. As `expectedRevision`, it keeps a change from overwriting another.",
    }),
    createdAt: t.expose("createdAt", { type: "DateTime", description: "When the customer was first seen." }),
    updatedAt: t.expose("updatedAt", { type: "DateTime", description: "When the record last changed." }),
  }),
});

builder.nodeRef(ref, nodeBy(loaders.Customer));

connectionOf("Customer", "customers", "customers the whole list has");
