import * as apollo from "@apollo/composition";
import * as guild from "@theguild/federation-composition";
import { parse } from "graphql";

export interface Subgraph {
  name: string;
  url: string;
  sdl: string;
}

/** Both composers under their makers' names: each gives the supergraph's SDL, or throws what it has against it. */
export const composers: Record<string, (subgraphs: Subgraph[]) => string> = {
  Apollo: (subgraphs) => supergraphOf(apollo.composeServices(toServices(subgraphs))),
  "The Guild": (subgraphs) => supergraphOf(guild.composeServices(toServices(subgraphs))),
};

function toServices(subgraphs: Subgraph[]) {
  return subgraphs.map(({ name, url, sdl }) => ({ name, url, typeDefs: parse(sdl) }));
}

function supergraphOf({ errors, supergraphSdl }: { errors?: readonly Error[]; supergraphSdl?: string }): string {
  if (errors?.length || !supergraphSdl) throw new Error(errors?.map(({ message }) => message).join("\n"));
  return supergraphSdl;
}
