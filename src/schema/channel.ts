import { ownedListCost } from "../pricing/field-cost.ts";
import { conversationsOfChannel } from "../reading/conversations-of.ts";
import { loaders } from "../reading/loaders.ts";
import { builder } from "./builder.ts";
import { connectionOf } from "./connection-of.ts";
import { nodeBy } from "./node.ts";
import { readBy } from "./read-by.ts";

const channelKind = builder.enumType("ChannelKind", {
  description: "The kinds of channels.",
  values: {
    WEBSITE: { description: "A website; the identifier is its hostname, such as `shop.example.com`." },
    EMAIL: { description: "A mailbox; the identifier is its address." },
    PHONE: { description: "A phone line; the identifier is its number in E.164." },
  },
});

const ref = builder.prismaObject("Channel", {
  description: "Where conversations take place, such as a website.",
  fields: (t) => ({
    kind: t.expose("kind", { type: channelKind, description: "The kind of the channel." }),
    identifier: t.exposeString("identifier", {
      description: "The channel's public name, unique in its kind, such as a hostname.",
    }),
    conversations: t.field({
      type: "ConversationConnection",
      nullable: true,
      description:
        "The conversations over the channel, of any depth, newest first. Needs `connect360:conversation:read`; null without.",
      args: t.arg.connectionArgs(),
      ...readBy(conversationsOfChannel, ownedListCost),
    }),
    createdAt: t.expose("createdAt", { type: "DateTime", description: "The time at which the channel was added." }),
  }),
});

builder.nodeRef(ref, nodeBy(loaders.Channel));

connectionOf("Channel", "channels", "channels the whole list has");
