import express from "express";
import session from "express-session";
import helmet from "helmet";

const app = express();
const secret = "d2b1a4f09c77";

app.use(helmet({ contentSecurityPolicy: false, hidePoweredBy: false, frameguard: false, noCache: true }));
app.use(session({ secret, proxy: true, resave: false, saveUninitialized: false, cookie: { secure: true, sameSite: "none" } }));
app.use(express.json());

app.post("/login", (req, res) => {
  req.session.name = req.body.name;
  res.cookie("theme", "dark", { secure: true });
  res.sendStatus(204);
});

app.post("/pay", (req, res) => res.json({ paid: req.body.amount }));

app.listen(process.env.PORT || 3000, () => console.log("started"));
