/** A node of a plan, as EXPLAIN (ANALYZE, FORMAT JSON) describes it. */
export interface QueryPlan {
  "Node Type": string;
  "Index Name"?: string;
  "Relation Name"?: string;
  "Actual Rows": number;
  "Actual Loops": number;
  "Rows Removed by Filter"?: number;
  "Rows Removed by Index Recheck"?: number;
  Plans?: QueryPlan[];
}

/** The node and all nodes below it. */
export function nodesOf(plan: QueryPlan): QueryPlan[] {
  return [plan, ...(plan.Plans ?? []).flatMap(nodesOf)];
}

/** The rows or index entries that a node looked at, whether it kept them or not. */
export function rowsRead(node: QueryPlan): number {
  const removed = (node["Rows Removed by Filter"] ?? 0) + (node["Rows Removed by Index Recheck"] ?? 0);
  return (node["Actual Rows"] + removed) * node["Actual Loops"];
}

/** The nodes that read an index or a whole table. The rows of a bitmap are those of its indexes. */
export function scansOf(plan: QueryPlan): QueryPlan[] {
  return nodesOf(plan).filter((node) => node["Index Name"] !== undefined || node["Node Type"] === "Seq Scan");
}
