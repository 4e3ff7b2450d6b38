/**
 * Definite or in doubt: the table that decides what a history may claim (Engine API status codes; rulebook RAFT-11).
 */
import { describe, expect, test } from "vitest";
import { classify } from "./outcome.ts";

const silence = (sent: boolean) => ({ kind: "no-answer", sent, error: "deadline of 5000 ms passed" }) as const;
const answer = (status: number, message = "") => ({ kind: "answer", status, body: { message } }) as const;

describe("outcome:", () => {
  test("a write without an answer is in doubt once a byte may have left, and has failed when none has", () => {
    expect(classify("POST", silence(true)).kind).toBe("info");
    expect(classify("DELETE", silence(true)).kind).toBe("info");
    expect(classify("POST", silence(false)).kind).toBe("fail");
  });

  test("a read without an answer has failed: reads have no effect", () => {
    expect(classify("GET", silence(true))).toEqual({ kind: "fail", error: "deadline of 5000 ms passed" });
  });

  test("a 5xx to a write is in doubt, but the optimistic lock is a refusal", () => {
    expect(classify("POST", answer(500, "rpc error: node lost leader status"))).toEqual({
      kind: "info",
      status: 500,
      error: "rpc error: node lost leader status",
    });
    expect(classify("POST", answer(503)).kind).toBe("info");
    expect(classify("POST", answer(500, "rpc error: code = Unknown desc = update out of sequence")).kind).toBe("fail");
  });

  test.each([400, 404, 409, 501])("a %i is a refusal before anything is proposed", (status) => {
    expect(classify("POST", answer(status)).kind).toBe("fail");
  });

  test("a 2xx is ok", () => {
    expect(classify("POST", answer(201))).toEqual({ kind: "ok", status: 201 });
  });
});
