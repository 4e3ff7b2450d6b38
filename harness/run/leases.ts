/**
 * Clusters and who holds them. A cluster is leased by shape to one worker at a time; at most `jobs` of them are up. A
 * returned one is healed and passes a clean check or is destroyed; a wrecked one, or one whose worker vanished, is
 * destroyed. Kept clusters (`--keep`) leave the count and stay up after the run. Owns every `Sut`; judges nothing.
 */
import type { ClusterShape, Sut, SutProvider } from "../sut/sut.ts";
import { inTime } from "./in-time.ts";

export interface LeaseWish {
  readonly worker: string;
  readonly scenario: string;
  readonly shape: ClusterShape;
  readonly fresh: boolean;
}

export interface LeaseReports {
  /** What happens to clusters, for the journal and for people. */
  readonly cluster: (what: string, data: Readonly<Record<string, unknown>>) => void;
  /** What is being done right now for `key`; `undefined` when it is over. */
  readonly busy: (key: string, text: string | undefined) => void;
}

interface Holding {
  readonly lease: string;
  readonly worker: string;
  readonly sut: Sut;
}

interface Waiter {
  readonly wish: LeaseWish;
  readonly resolve: (holding: Holding) => void;
  readonly reject: (error: Error) => void;
}

export class Leases {
  readonly #provider: SutProvider;
  readonly #jobs: number;
  readonly #reports: LeaseReports;
  readonly #cleanMsMax: number;
  readonly #held = new Map<string, Holding>();
  readonly #idle: Sut[] = [];
  readonly #kept: Sut[] = [];
  readonly #queue: Waiter[] = [];
  readonly #work = new Set<Promise<void>>();
  /** Clusters that are up or about to be, kept ones excluded. */
  #count = 0;
  /** Idle clusters on their way out to make room. */
  #leaving = 0;
  #leases = 0;
  #closed = false;

  /** Past `cleanMsMax` a cluster that is cleaned is not clean, and one that is removed counts as gone: a sweep finds it. */
  constructor(provider: SutProvider, jobs: number, reports: LeaseReports, cleanMsMax: number) {
    this.#provider = provider;
    this.#jobs = jobs;
    this.#reports = reports;
    this.#cleanMsMax = cleanMsMax;
  }

  get kept(): readonly Sut[] {
    return this.#kept;
  }

  /** Rejects when the cluster cannot be started. */
  take(wish: LeaseWish): Promise<Holding> {
    if (this.#closed) return Promise.reject(new Error("the run is ending; no cluster is given out"));
    return new Promise((resolve, reject) => {
      this.#queue.push({ wish, resolve, reject });
      this.#serve();
    });
  }

  /** Throws for a lease that was never given or has been returned. */
  sut(lease: string): Sut {
    const holding = this.#held.get(lease);
    if (holding === undefined) throw new Error(`lease ${lease} is not held; it was returned or never given`);
    return holding.sut;
  }

  /** Returns at once; cleaning goes on behind, and the next taker waits for it. */
  giveBack(lease: string, wrecked: boolean): void {
    const holding = this.#release(lease);
    if (holding !== undefined) this.#spawn(wrecked ? this.#destroy(holding.sut, "wrecked by its scenario") : this.#clean(holding.sut));
  }

  /** The cluster stays up as it is, faults included, also after the run. */
  keep(lease: string): void {
    const holding = this.#release(lease);
    if (holding === undefined) return;
    this.#kept.push(holding.sut);
    this.#count -= 1;
    this.#reports.cluster("kept", { cluster: holding.sut.id, faults: holding.sut.active() });
    this.#serve();
  }

  /** All clusters of a vanished worker are destroyed, after `before`: nobody knows what it did to them. */
  abandon(worker: string, before: (sut: Sut) => Promise<void>): void {
    const lost = [...this.#held.values()].filter((holding) => holding.worker === worker);
    for (const holding of lost) {
      this.#release(holding.lease);
      const ready = before(holding.sut).catch(() => undefined);
      this.#spawn(ready.then(() => this.#destroy(holding.sut, "its worker vanished")));
    }
    const waiting = this.#queue.filter((waiter) => waiter.wish.worker === worker);
    for (const waiter of waiting) {
      this.#queue.splice(this.#queue.indexOf(waiter), 1);
      waiter.reject(new Error("the worker vanished"));
    }
  }

  /** Destroys all but kept clusters and waits until that is done. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const waiter of this.#queue.splice(0)) waiter.reject(new Error("the run is ending"));
    for (const holding of this.#held.values()) this.#spawn(this.#destroy(holding.sut, "the run ends"));
    this.#held.clear();
    for (const sut of this.#idle.splice(0)) this.#spawn(this.#destroy(sut, "the run ends"));
    while (this.#work.size > 0) await Promise.all(this.#work);
  }

  #release(lease: string): Holding | undefined {
    const holding = this.#held.get(lease);
    this.#held.delete(lease);
    return holding;
  }

  #serve(): void {
    let homeless = 0;
    for (const waiter of this.#queue.slice()) {
      const fitting = waiter.wish.fresh ? undefined : this.#idle.find((sut) => sameShape(sut.shape, waiter.wish.shape));
      if (fitting !== undefined) {
        this.#idle.splice(this.#idle.indexOf(fitting), 1);
        this.#unqueue(waiter);
        this.#give(waiter, fitting);
      } else if (this.#count < this.#jobs) {
        this.#unqueue(waiter);
        this.#spawn(this.#start(waiter));
      } else homeless += 1;
    }
    // Their room is taken by idle clusters of another shape, or by used ones where a fresh one is wanted.
    for (const idle of this.#idle.splice(0, Math.max(0, homeless - this.#leaving))) this.#spawn(this.#makeRoom(idle));
  }

  async #makeRoom(idle: Sut): Promise<void> {
    this.#leaving += 1;
    await this.#destroy(idle, "another cluster needs its room");
    this.#leaving -= 1;
  }

  #unqueue(waiter: Waiter): void {
    this.#queue.splice(this.#queue.indexOf(waiter), 1);
  }

  #give({ wish, resolve }: Waiter, sut: Sut): void {
    this.#leases += 1;
    const holding = { lease: `lease-${this.#leases}`, worker: wish.worker, sut };
    this.#held.set(holding.lease, holding);
    this.#reports.cluster("leased", { cluster: sut.id, lease: holding.lease, scenario: wish.scenario });
    resolve(holding);
  }

  async #start(waiter: Waiter): Promise<void> {
    const { shape, scenario } = waiter.wish;
    const key = `cluster for ${scenario}`;
    const what = `cluster of ${shape.managers} managers and ${shape.workers} workers`;
    this.#count += 1;
    try {
      this.#reports.busy(key, `${what}: starting`);
      const sut = await this.#provider.start(shape, (text) => this.#reports.busy(key, `${what}: ${text}`));
      this.#reports.cluster("started", { cluster: sut.id, shape });
      if (this.#closed) {
        waiter.reject(new Error("the run is ending"));
        await this.#destroy(sut, "the run ends");
      } else this.#give(waiter, sut);
    } catch (error) {
      this.#count -= 1;
      const text = error instanceof Error ? error.message : String(error);
      this.#reports.cluster("start-failed", { scenario, error: text });
      waiter.reject(new Error(`no ${what} for ${scenario}: ${text}`));
    } finally {
      this.#reports.busy(key, undefined);
    }
  }

  async #clean(sut: Sut): Promise<void> {
    this.#reports.busy(sut.id, "cluster: cleaning after its scenario");
    const why = await inTime(this.#cleanMsMax, this.#unclean(sut)).catch((error: unknown) => `clean check failed: ${String(error)}`);
    this.#reports.busy(sut.id, undefined);
    if (why === undefined && !this.#closed) {
      this.#idle.push(sut);
      return;
    }
    await this.#destroy(sut, why ?? "the run ends");
  }

  /** Why the cluster cannot be given to another scenario; `undefined` when it can. */
  async #unclean(sut: Sut): Promise<string | undefined> {
    for (const handle of sut.active()) {
      const report = await sut.remove(handle);
      this.#reports.cluster("healed after the attempt", { cluster: sut.id, fault: handle, ...report });
      if (report.state === "indeterminate")
        return `fault ${handle} was not proved gone${report.why === undefined ? "" : `: ${report.why}`}`;
    }
    const dead = await sut.casualties();
    if (dead.length > 0) return `ended by itself: ${dead.map((one) => one.text).join(", ")}`;
    const check = await sut.cleanCheck();
    return check.clean ? undefined : `not clean: ${check.why ?? "no reason given"}`;
  }

  async #destroy(sut: Sut, why: string): Promise<void> {
    this.#reports.busy(sut.id, `cluster: removing (${why})`);
    try {
      await inTime(this.#cleanMsMax, sut.destroy());
      this.#reports.cluster("destroyed", { cluster: sut.id, why });
    } catch (error) {
      this.#reports.cluster("destroy-failed", { cluster: sut.id, why, error: String(error) });
    } finally {
      this.#reports.busy(sut.id, undefined);
      this.#count -= 1;
    }
  }

  /** Work behind the scenes; when a piece is done there may be room for the next taker. None of it rejects. */
  #spawn(work: Promise<void>): void {
    this.#work.add(work);
    void work.finally(() => {
      this.#work.delete(work);
      if (!this.#closed) this.#serve();
    });
  }
}

function sameShape(a: ClusterShape, b: ClusterShape): boolean {
  return a.managers === b.managers && a.workers === b.workers;
}
