import { createElement as h } from "react";

interface Props {
  data: { name: string; children: { edges: { node: { id: string; name: string } }[] } };
  hasNext: boolean;
  hasPrevious: boolean;
  more: () => void;
  refetch: (variables: object, options: { fetchPolicy: "network-only" }) => void;
}

/** A list of sub-conversations, and what to do with it. */
export function Listing({ data, hasNext, hasPrevious, more, refetch }: Props) {
  return h(
    "section",
    { "data-next": hasNext, "data-previous": hasPrevious },
    h("h1", null, data.name),
    h("ul", null, ...data.children.edges.map(({ node }) => h("li", { key: node.id, id: node.id }, node.name))),
    h("button", { type: "button", id: "more", onClick: more }),
    h("button", { type: "button", id: "refetch", onClick: () => refetch({}, { fetchPolicy: "network-only" }) }),
  );
}
