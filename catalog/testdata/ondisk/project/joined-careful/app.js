import express from "express";
import helmet from "helmet";
import session from "express-session";

const app = express();
if (process.env.NODE_ENV === "production") app.set("trust proxy", "loopback");
app.use(helmet({ crossOriginResourcePolicy: false }));
app.use(session({
  name: "__Host-sid",
  secret: process.env.SESSION_SECRET,
  cookie: { path: "/", secure: process.env.NODE_ENV === "production", httpOnly: true, sameSite: "lax" },
}));
app.get("/", (req, res) => res.send("<!doctype html><title>Shop</title>"));
app.listen(3000, "127.0.0.1");
