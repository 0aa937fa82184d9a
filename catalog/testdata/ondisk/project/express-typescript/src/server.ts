import express, { type Request, type Response, type NextFunction } from "express";
import cookieSession from "cookie-session";
import { RateLimiterMemory } from "rate-limiter-flexible";
import { config, sessionOptions } from "./config.js";

const app: express.Express = express();
const attempts = new RateLimiterMemory({ points: 10, duration: 1800 });

app.disable("x-powered-by");
app.set("trust proxy", 1);
app.use(cookieSession(sessionOptions));
app.use(express.json());

app.use((_req: Request, res: Response, next: NextFunction): void => {
  res.set({ "X-Frame-Options": "DENY", "X-Content-Type-Options": "nosniff" });
  next();
});

app.post("/login", async (req: Request<{}, {}, { name: string }>, res: Response) => {
  await attempts.consume(req.ip as string);
  res.sendStatus(204);
});

app.use((_req: Request, res: Response) => { res.sendStatus(404); });
app.use((err: Error, _req: Request, res: Response, _next: NextFunction) => {
  res.status(500).json({ error: config.production ? "Something went wrong" : err.message });
});

app.listen(config.port, config.host);
