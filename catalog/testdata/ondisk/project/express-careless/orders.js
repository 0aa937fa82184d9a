"use strict";

const express = require("express");
const csrf = require("csurf");
const cors = require("cors");
const ExpressBrute = require("express-brute");

module.exports = (db) => {
  const router = express.Router();
  const brute = new ExpressBrute(new ExpressBrute.MemoryStore());
  router.use(cors());
  router.get("/search", (req, res) => db.collection("orders").find(req.query).toArray().then((list) => res.json(list)));
  router.post("/pay", brute.prevent, csrf(), (req, res) => res.sendStatus(204));
  return router;
};
