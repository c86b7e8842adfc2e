import type { InputFieldBuilder } from "@pothos/core";
import type { ExtendedTypes } from "./builder.ts";
import { customerInput } from "./customer-input.ts";
import { conversationType } from "./enums.ts";

/** The input fields that `getOrCreateConversation` and `createSubConversation` share. */
export function conversationAttributes(t: InputFieldBuilder<ExtendedTypes, "InputObject">, channels: string) {
  return {
    name: t.string({ description: "Its name: 1 to 200 characters." }),
    type: t.field({ type: conversationType, description: "How it is meant: DIRECT if omitted." }),
    customerId: t.id({ description: "The id of the customer it is with." }),
    customer: t.field({ type: customerInput, description: "The customer it is with, found or created." }),
    memberIds: t.idList({ description: "Members to take part: at most 50 ids. The caller's member always does." }),
    channelIds: t.idList({ description: `${channels} At most 20 ids.` }),
    channelIdentifier: t.string({
      description: "A website, such as `shop.example.com`; an unknown one becomes a channel. Added to channelIds.",
    }),
    metadata: t.field({ type: "JSONObject", description: "A JSON object of at most 16 KiB and 10 levels." }),
  };
}
