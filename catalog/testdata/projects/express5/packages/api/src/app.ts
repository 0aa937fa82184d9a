import express, { type NextFunction, type Request, type Response } from "express";
import { rateLimit } from "express-rate-limit";
import session from "express-session";
import helmet from "helmet";
import type { Config } from "./config.js";
import { accounts } from "./routes/accounts.js";
import { files } from "./routes/files.js";

declare module "express-session" {
  interface SessionData {
    user?: string;
  }
}

export function createApp(config: Config) {
  const app = express();
  app.set("trust proxy", 1);
  app.use(helmet());
  app.use(express.json({ limit: "100kb" }));
  app.use(
    session({
      name: "__Host-sid",
      secret: config.sessionSecret,
      resave: false,
      saveUninitialized: false,
      rolling: true,
      cookie: { secure: true, httpOnly: true, sameSite: "lax", maxAge: 15 * 60 * 1000 },
    }),
  );
  app.use((req: Request, res: Response, next: NextFunction) => {
    const site = req.get("Sec-Fetch-Site");
    if (site && site !== "same-origin" && site !== "none" && req.method !== "GET") {
      res.sendStatus(403);
      return;
    }
    next();
  });
  app.use("/accounts", rateLimit({ windowMs: 15 * 60 * 1000, limit: 100 }), accounts);
  app.use("/files", files);
  app.use((_req: Request, res: Response) => {
    res.status(404).json({ error: "not found" });
  });
  app.use((err: Error, _req: Request, res: Response, _next: NextFunction) => {
    console.error(err);
    res.status(500).json({ error: err.message, stack: err.stack });
  });
  return app;
}
