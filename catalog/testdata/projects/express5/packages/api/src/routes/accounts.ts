import { Router, type Request, type Response } from "express";
import { z } from "zod";
import { verify } from "../store.js";

const credentials = z.object({ email: z.string().email(), password: z.string().min(12) });

export const accounts: Router = Router();

accounts.post("/login", async (req: Request, res: Response) => {
  const { email, password } = credentials.parse(req.body);
  const user = await verify(email, password);
  if (!user) {
    res.status(401).json({ error: "wrong email or password" });
    return;
  }
  req.session.regenerate((err) => {
    if (err) throw err;
    req.session.user = user;
    res.json({ user });
  });
});

accounts.get("/back", (req: Request<{}, {}, {}, { to: string }>, res: Response) => {
  res.redirect(req.query.to as string);
});
