/** A step of the tour: one operation, and a comment for the tab of GraphiQL that holds it. */
interface Step {
  comment: string;
  query: string;
}

/**
 * The tour, one customer's story. Each step can run after those before it. GraphiQL shows it in its tabs; the blocks of
 * docs/tour.md and of the README are printed from it (`npm test -- test/documents.test.ts -u`), and tests run it.
 */
export const tour: readonly Step[] = [
  {
    comment: `Welcome to Parley. The tabs tell one customer's story,
from left to right. Run each: Ctrl-Enter.
The book on the left documents every type and field.`,
    query: `query Explore {
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
  },
  {
    comment: `Jane writes on the website. Run it twice: there is
one conversation, CREATED first and REUSED after.`,
    query: `mutation OpenConversation {
  getOrCreateConversation(
    input: {
      customer: {
        externalId: "website_user_123"
        name: "Jane Customer"
        email: "jane@example.com"
      }
      type: DIRECT
      channelIdentifier: "example.com"
      metadata: { source: "website-chat" }
    }
  ) {
    outcome
    matchedBy
    conversation {
      id
      type
      metadata
      customer { id name }
      channels { kind identifier }
      counts { children messages participants }
    }
  }
}
`,
  },
  {
    comment: `Her order gets a thread of its own,
on the channels of the conversation above.`,
    query: `mutation OpenOrder($conversationId: ID!) {
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
      parent { id }
      channels { identifier }
      participants(first: 10) {
        nodes { actor { displayName } }
      }
    }
  }
}
`,
  },
  {
    comment: `She asks, a colleague notes something that she never
sees, and the answer goes out. Run it twice: her question
has an idempotencyKey and is REPEATED.`,
    query: `mutation Talk($conversationId: ID!) {
  question: sendMessage(
    input: {
      conversationId: $conversationId
      sender: CUSTOMER
      text: "Where is my order?"
      idempotencyKey: "chat-1"
    }
  ) {
    outcome
    message { number text author { __typename } }
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
      content: [
        { language: "en", text: "It leaves today." }
        { language: "ar", text: "سيغادر اليوم." }
      ]
    }
  ) {
    message {
      number
      text
      conversation {
        counts { messages internalMessages }
        lastMessageNumber
      }
    }
  }
}
`,
  },
  {
    comment: `The last 20 messages, newest first. It shows internal
ones too, because the filter asks for them.`,
    query: `query Messages($conversationId: ID!, $before: String) {
  conversation(id: $conversationId) {
    messages(
      last: 20
      before: $before
      filter: { visibility: [PUBLIC, INTERNAL] }
    ) {
      totalCount
      nodes {
        number
        visibility
        text
        author { displayName }
      }
      pageInfo { startCursor hasPreviousPage }
    }
  }
}
`,
  },
  {
    comment: `The member has read everything up to now.`,
    query: `mutation Read($conversationId: ID!) {
  markRead(input: { conversationId: $conversationId }) {
    participant { lastReadNumber unreadCount }
  }
}
`,
  },
  {
    comment: `She turns out to be important. Metadata is merged:
"source" stays beside the new "priority".`,
    query: `mutation Prioritise($conversationId: ID!) {
  updateConversation(
    input: {
      id: $conversationId
      name: "VIP customer support"
      metadata: { priority: "high" }
    }
  ) {
    conversation { name metadata updatedAt }
  }
}
`,
  },
  {
    comment: `Her orders, newest first. For the next page,
pass endCursor as the variable "after".`,
    query: `query Orders($conversationId: ID!, $after: String) {
  listSubConversations(
    parentId: $conversationId
    first: 30
    after: $after
  ) {
    totalCount
    nodes {
      id
      name
      counts { children messages }
      lastMessage { text }
    }
    pageInfo { hasNextPage endCursor }
  }
}
`,
  },
  {
    comment: `A console looks for her. Filters combine,
and an index helps with each of them.`,
    query: `query Search {
  conversations(
    first: 20
    filter: {
      name: "vip"
      metadata: { priority: "high" }
      channelIdentifier: "example.com"
    }
    orderBy: { field: LAST_ACTIVITY_AT, direction: DESC }
  ) {
    totalCount
    nodes {
      id
      name
      lastActivityAt
      customer { externalId }
    }
  }
}
`,
  },
  {
    comment: `Every change is an event, in the order of commit. Pass
endCursor as "after" again and again, and you miss none.
A conversation has its own history.`,
    query: `query Changes($conversationId: ID!, $after: String) {
  eventCursor
  events(first: 30, after: $after) {
    nodes {
      number
      type
      at
      changedFields
      member { name }
      message { text }
    }
    pageInfo { hasNextPage endCursor }
  }
  told: conversation(id: $conversationId) {
    events(last: 5) {
      nodes { type at before integration { name } }
    }
  }
}
`,
  },
  {
    comment: `The end: the conversation and all below it, or nothing.
Jane and the channel stay.`,
    query: `mutation Close($conversationId: ID!) {
  deleteConversation(
    input: { id: $conversationId, cascade: true }
  ) {
    deletedId
    deletedCount
  }
}
`,
  },
];

/** One of GraphiQL's tabs; its title is the name of the operation. */
interface Example {
  query: string;
  variables: Record<string, unknown>;
}

/** For each `{{name}}` in the examples: the paths in answers at which its value is found. */
export const remembered: Record<string, readonly string[]> = {
  conversationId: ["getOrCreateConversation", "conversation", "id"],
};

const hint = `{{conversationId}} becomes the id that OpenConversation
answered here; elsewhere, put the id itself.`;

const live: Step = {
  comment: `This shows every change as it happens. Run it and
leave it, open this page once more in another window,
and run the other tabs there.`,
  query: `subscription Live {
  events {
    caughtUp
    nodes {
      number
      type
      at
      member { name }
      conversation { name }
      changedFields
      message { text author { displayName } }
    }
  }
}
`,
};

/** The tour as GraphiQL's tabs show it, and the stream of events. */
export const examples: readonly Example[] = [...tour, live].map(({ comment, query }) => {
  const needsId = query.includes("$conversationId");
  const lines = [...comment.split("\n"), ...(needsId ? hint.split("\n") : [])];
  return {
    query: `${lines.map((line) => `# ${line}\n`).join("")}\n${query}`,
    variables: needsId ? { conversationId: "{{conversationId}}" } : {},
  };
});
