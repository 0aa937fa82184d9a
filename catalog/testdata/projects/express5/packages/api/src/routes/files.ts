import { createReadStream } from "node:fs";
import { execFile } from "node:child_process";
import path from "node:path";
import { Router } from "express";

export const files = Router();

const root = path.resolve(import.meta.dirname, "../../files");

files.get("/:name", (req, res) => {
  res.sendFile(req.params.name, { root, dotfiles: "deny" });
});

files.get("/raw/*path", (req, res) => {
  createReadStream(path.join(root, String(req.query.path))).pipe(res);
});

files.get("/thumb/:name", (req, res) => {
  execFile("convert", ["--", path.join(root, path.basename(req.params.name)), "png:-"], (err, out) => {
    if (err) throw err;
    res.type("png").send(out);
  });
});

files.post("/import", async (req, res) => {
  const answer = await fetch(req.body.url);
  res.send(await answer.text());
});
