/** What a gateway is asked besides CONNECT: `GET /stall`, and for self-tests `GET` and `POST /liar`. Types only. */

export interface Lies {
  /** Answer this many `POST /services/create` with 201 and a made-up ID and swallow them. */
  readonly swallowCreates?: number;
  /** After this many reads of services, take one off every `Version.Index` that a read shows. */
  readonly lowerVersionAfterReads?: number;
  /** After this many reads of tasks, repeat for every task the first `Status` it was seen with. */
  readonly repeatTaskStateAfterReads?: number;
}

export interface LiarState {
  readonly lies: Lies;
  readonly swallowed: readonly { readonly name: string; readonly id: string }[];
  readonly lowered: number;
  readonly repeated: number;
}
