import { scrypt, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";

const derive = promisify(scrypt) as (password: string, salt: string, length: number) => Promise<Buffer>;
const users = new Map<string, { salt: string; key: Buffer }>();

export async function verify(email: string, password: string): Promise<string | undefined> {
  const user = users.get(email);
  if (!user) return undefined;
  return timingSafeEqual(await derive(password, user.salt, 64), user.key) ? email : undefined;
}
