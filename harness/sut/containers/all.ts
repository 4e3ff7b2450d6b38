/** Several things at once. */

/** Waits for all even when one fails, so that nothing still starts while the rest is taken down. */
export async function all<T>(work: readonly Promise<T>[]): Promise<readonly T[]> {
  const settled = await Promise.allSettled(work);
  return settled.map((result) => {
    if (result.status === "rejected") throw result.reason;
    return result.value;
  });
}
