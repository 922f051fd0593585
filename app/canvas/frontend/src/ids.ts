// Ids for what is made here. Long enough that two tabs never make the same.

const LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789";

export function newId(prefix: string): string {
  const random = crypto.getRandomValues(new Uint8Array(10));
  return prefix + Array.from(random, (byte) => LETTERS[byte % LETTERS.length]).join("");
}
