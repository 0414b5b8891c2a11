import { Graph, layout } from '@dagrejs/dagre';

export interface Box {
  readonly name: string;
  readonly width: number;
  readonly height: number;
}

export interface Line {
  readonly name: string;
  readonly from: string;
  readonly to: string;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Layout {
  /** The corner and size of what has to be seen: lines may pass beside all boxes. */
  readonly view: { readonly left: number; readonly top: number; readonly width: number; readonly height: number };
  /** The middle of each box, by name. */
  readonly places: ReadonlyMap<string, Point>;
  /** The points that each line passes, by name. */
  readonly paths: ReadonlyMap<string, readonly Point[]>;
}

const margin = 24; // room for a table's keys to itself

/** Where boxes and the lines between them stand: what is referred to on the left, what refers to it on the right. */
export function layOut(boxes: readonly Box[], lines: readonly Line[]): Layout {
  const graph = new Graph({ directed: true, multigraph: true });
  graph.setGraph({ rankdir: 'LR', nodesep: 18, ranksep: 72 });
  for (const { name, width, height } of boxes) graph.setNode(name, { width, height });
  for (const { name, from, to } of lines) graph.setEdge(from, to, {}, name);
  layout(graph);
  const places = new Map(boxes.map(({ name }) => [name, graph.node(name) as Point]));
  const paths = new Map(
    lines.map(({ name, from, to }) => [name, (graph.edge(from, to, name) as { points: Point[] }).points]),
  );
  return { view: viewOf(boxes, places, paths), places, paths };
}

function viewOf(boxes: readonly Box[], places: Layout['places'], paths: Layout['paths']): Layout['view'] {
  const corners = boxes.flatMap(({ name, width, height }) => {
    const { x, y } = places.get(name)!;
    return [
      { x: x - width / 2, y: y - height / 2 },
      { x: x + width / 2, y: y + height / 2 },
    ];
  });
  const points = [...corners, ...[...paths.values()].flat()];
  const [xs, ys] = [points.map(({ x }) => x), points.map(({ y }) => y)];
  const [left, top] = [Math.floor(Math.min(...xs)) - margin, Math.floor(Math.min(...ys)) - margin];
  return {
    left,
    top,
    width: Math.ceil(Math.max(...xs)) + margin - left,
    height: Math.ceil(Math.max(...ys)) + margin - top,
  };
}
