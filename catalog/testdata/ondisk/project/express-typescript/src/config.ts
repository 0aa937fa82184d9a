export interface Config { host: string; port: number; production: boolean }

export const config: Config = {
  host: process.env.HOST ?? "127.0.0.1",
  port: Number(process.env.PORT ?? 3000),
  production: process.env.NODE_ENV === "production",
};

export const sessionOptions = {
  name: "__Host-cart",
  keys: [process.env.SESSION_KEY as string],
  secure: config.production,
  sameSite: "strict" as const,
};
