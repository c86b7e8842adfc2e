/** One of GraphiQL's tabs; its title is the name of the operation. */
export interface Example {
  query: string;
  variables: Record<string, unknown>;
}

/** Where answers hold what later examples ask for as `{{name}}`. */
export const remembered: Record<string, readonly string[]> = {
  conversationId: ["getOrCreateConversation", "conversation", "id"],
};

const theConversation = { conversationId: "{{conversationId}}" };

/** The story of the five operations, each ready to run after those before it. */
export const examples: readonly Example[] = [
  {
    query: `# Welcome to Parley. The tabs tell one customer's story,
# from left to right. Run each: Ctrl-Enter.
# The book on the left documents every type and field.

query Explore {
  viewer {
    workspace { name slug }
    member { name }
    integration { name }
    permissions
  }
  conversations(first: 10) {
    totalCount
    nodes {
      id
      name
      type
      lastActivityAt
      customer { name email }
      counts { children messages participants }
    }
  }
}
`,
    variables: {},
  },
  {
    query: `# Jane writes on the website. Run it twice: there is
# one conversation, CREATED first and REUSED after.

mutation OpenConversation(
  $input: GetOrCreateConversationInput!
) {
  getOrCreateConversation(input: $input) {
    outcome
    matchedBy
    conversation {
      id
      name
      type
      metadata
      customer { id name }
      channels { kind identifier }
      counts { children messages participants }
    }
  }
}
`,
    variables: {
      input: {
        customer: { externalId: "website_user_123", name: "Jane Customer", email: "jane@example.com" },
        type: "DIRECT",
        channelIdentifier: "example.com",
        metadata: { source: "website-chat" },
      },
    },
  },
  {
    query: `# Her order gets a thread of its own,
# on the channels of the conversation above.
# {{conversationId}} becomes the id that OpenConversation
# answered here; elsewhere, put the id itself.

mutation OpenOrder($conversationId: ID!) {
  createSubConversation(
    input: {
      parentId: $conversationId
      name: "Order #1042"
      type: GROUP
      customer: { externalId: "website_user_123" }
      idempotencyKey: "order-1042"
    }
  ) {
    conversation {
      id
      name
      depth
      parent { id name }
      channels { identifier }
      participants(first: 10) {
        nodes {
          actor {
            ... on Member { member: name }
            ... on Customer { customer: name }
          }
        }
      }
    }
  }
}
`,
    variables: theConversation,
  },
  {
    query: `# She asks, a colleague notes something that she never
# sees, and the answer goes out. Run it twice: her question
# has an idempotencyKey and is REPEATED.
# {{conversationId}} becomes the id that OpenConversation
# answered here; elsewhere, put the id itself.

mutation Talk($conversationId: ID!) {
  question: sendMessage(
    input: {
      conversationId: $conversationId
      sender: CUSTOMER
      text: "Where is my order?"
      idempotencyKey: "chat-1"
    }
  ) {
    outcome
    message { number text author { displayName } }
  }
  note: sendMessage(
    input: {
      conversationId: $conversationId
      visibility: INTERNAL
      text: "The warehouse has it."
    }
  ) {
    message { number visibility }
  }
  answer: sendMessage(
    input: {
      conversationId: $conversationId
      text: "It leaves today."
    }
  ) {
    message {
      number
      conversation {
        lastMessage { text }
        counts { messages internalMessages }
      }
    }
  }
}
`,
    variables: theConversation,
  },
  {
    query: `# What was said, newest first, and who has read how far.
# {{conversationId}} becomes the id that OpenConversation
# answered here; elsewhere, put the id itself.

query Messages($conversationId: ID!) {
  conversation(id: $conversationId) {
    messages(
      first: 20
      filter: { visibility: [PUBLIC, INTERNAL] }
    ) {
      totalCount
      nodes {
        number
        visibility
        text
        author { displayName }
        createdAt
      }
    }
    participants(first: 10) {
      nodes {
        actor { displayName }
        lastReadNumber
        unreadCount
      }
    }
  }
}
`,
    variables: theConversation,
  },
  {
    query: `# She turns out to be important. Metadata is merged:
# "source" stays beside the new "priority".
# {{conversationId}} becomes the id that OpenConversation
# answered here; elsewhere, put the id itself.

mutation Prioritise($conversationId: ID!) {
  updateConversation(
    input: {
      id: $conversationId
      name: "VIP customer support"
      metadata: { priority: "high" }
    }
  ) {
    conversation {
      id
      name
      metadata
      updatedAt
    }
  }
}
`,
    variables: theConversation,
  },
  {
    query: `# Her orders, newest first. For the next page,
# pass endCursor as the variable "after".
# {{conversationId}} becomes the id that OpenConversation
# answered here; elsewhere, put the id itself.

query Orders($conversationId: ID!, $after: String) {
  listSubConversations(
    parentId: $conversationId
    first: 30
    after: $after
  ) {
    totalCount
    nodes {
      id
      name
      counts { children messages participants }
    }
    pageInfo { hasNextPage endCursor }
  }
}
`,
    variables: theConversation,
  },
  {
    query: `# The end: the conversation and all below it, or nothing.
# Jane and the channel stay.
# {{conversationId}} becomes the id that OpenConversation
# answered here; elsewhere, put the id itself.

mutation Close($conversationId: ID!) {
  deleteConversation(
    input: { id: $conversationId, cascade: true }
  ) {
    deletedId
    deletedCount
  }
}
`,
    variables: theConversation,
  },
];
