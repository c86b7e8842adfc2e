export interface DemoConversation {
  name: string;
  type?: "DIRECT" | "GROUP";
  metadata?: Record<string, string>;
  /** The author, the text, and INTERNAL for a note within the workspace. */
  messages: [who: "customer" | "agent" | "colleague", text: string, visibility?: "INTERNAL"][];
  children?: DemoConversation[];
}

export interface DemoCustomer {
  externalId: string;
  name: string;
  email: string;
  phone?: string;
  channel: string;
  conversation: DemoConversation;
}

export const demoCustomers: DemoCustomer[] = [
  {
    externalId: "demo_ada",
    name: "Ada Byron",
    email: "ada@example.org",
    phone: "+442079460958",
    channel: "shop.example.com",
    conversation: {
      name: "Ada Byron",
      metadata: { source: "website-chat" },
      messages: [
        ["customer", "Hello, my parcel should have been here on Monday."],
        ["agent", "Good morning Ada! I open a thread for the order and ask the warehouse."],
        ["customer", "Thank you. And the invoice has my old address."],
      ],
      children: [
        {
          name: "Order #1001",
          type: "GROUP",
          metadata: { order: "1001", status: "delayed" },
          messages: [
            ["agent", "The warehouse says it left on Friday."],
            ["agent", "Sam, can you call the carrier?", "INTERNAL"],
            ["colleague", "The carrier has it in Leeds; it arrives tomorrow."],
          ],
          children: [
            {
              name: "Refund of the delivery fee",
              messages: [
                ["agent", "Delivery was late, so the fee goes back to you."],
                ["customer", "That is kind, thank you!"],
              ],
            },
          ],
        },
        { name: "Invoice address", messages: [["agent", "Which address should it be?"]] },
      ],
    },
  },
  {
    externalId: "demo_grace",
    name: "Grace Murray",
    email: "grace@example.org",
    channel: "shop.example.com",
    conversation: {
      name: "Grace Murray",
      type: "GROUP",
      metadata: { source: "website-chat", priority: "high" },
      messages: [
        ["customer", "We want to order forty of them. Is there a price list for that?"],
        ["colleague", "Forty is a tenth off.", "INTERNAL"],
        ["agent", "There is. Which date do you need them for?"],
      ],
      children: [
        {
          name: "Bulk order",
          type: "GROUP",
          messages: [["colleague", "Forty pieces are in stock from the 12th."]],
          children: [{ name: "Engraving", messages: [["customer", "Can each carry a name?"]] }],
        },
      ],
    },
  },
  {
    externalId: "demo_alan",
    name: "Alan Mathison",
    email: "alan@example.org",
    channel: "help.example.com",
    conversation: {
      name: "Alan Mathison",
      metadata: { source: "help-center" },
      messages: [
        ["customer", "I cannot sign in since this morning."],
        ["agent", "I have sent you a new link. Does it work?"],
        ["customer", "It does."],
      ],
    },
  },
];
