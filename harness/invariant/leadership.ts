/**
 * Who led, as the managers reported it: changes of leader, agreement of all views. Made from `GET /nodes` answers
 * only, because that is all a client of the target can see.
 */
import type { AttemptHistory } from "../history/attempt.ts";
import { managersOf } from "./connectivity.ts";
import { leaderIn, snapshotsOf } from "./readings.ts";

export interface LeaderSighting {
  /** The manager that said so. */
  readonly by: string;
  readonly leader: string | undefined;
  readonly from: number;
  readonly to: number;
  readonly allReady: boolean;
}

export function leaderSightings(history: AttemptHistory): readonly LeaderSighting[] {
  return snapshotsOf(history, "GET /nodes").map((snapshot) => ({
    by: snapshot.node,
    leader: leaderIn(history, snapshot.items),
    from: snapshot.from,
    to: snapshot.to,
    allReady: snapshot.items.length > 0 && snapshot.items.every((node) => node.state === "ready"),
  }));
}

/**
 * Changes of leader that one manager saw in its own successive answers, the most any manager saw. Views of several
 * managers are not mixed: a deposed leader may still name itself for a while, which would count twice. Nor does an
 * answer count that was asked for before the last one came: the two have no order.
 */
export function leaderChanges(history: AttemptHistory): number {
  const last = new Map<string, LeaderSighting>();
  const changes = new Map<string, number>();
  for (const sighting of leaderSightings(history)) {
    const { by, leader, from } = sighting;
    const before = last.get(by);
    if (leader === undefined || (before !== undefined && from < before.to)) continue;
    if (before !== undefined && before.leader !== leader) changes.set(by, (changes.get(by) ?? 0) + 1);
    last.set(by, sighting);
  }
  return Math.max(0, ...changes.values());
}

/** First moment from `since` on when the last answers of all `managers` name the same leader; `ready`: and all nodes are ready. */
export function agreedAt(
  history: AttemptHistory,
  since: number,
  options: { readonly ready?: boolean; readonly managers?: readonly string[] } = {},
): number | undefined {
  const managers = options.managers ?? managersOf(history);
  const latest = new Map<string, LeaderSighting>();
  for (const sighting of leaderSightings(history)) {
    if (sighting.from < since) continue;
    latest.set(sighting.by, sighting);
    const views = managers.map((name) => latest.get(name));
    const first = views[0]?.leader;
    if (first === undefined) continue;
    if (views.every((view) => view?.leader === first && (options.ready !== true || view.allReady))) return sighting.to;
  }
  return undefined;
}
