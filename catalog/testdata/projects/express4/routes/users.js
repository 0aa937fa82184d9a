const express = require('express');
const bcrypt = require('bcrypt');
const User = require('../models/user');
const router = express.Router();

/* GET users listing. */
router.get('/', async (req, res) => {
  const { name } = req.query;
  res.json(await User.find({ name }).select('name'));
});

router.post('/login', async (req, res, next) => {
  try {
    const user = await User.findOne({ email: req.body.email });
    if (!user || !await bcrypt.compare(req.body.password, user.password)) {
      return res.status(401).render('login', { error: 'Wrong email or password' });
    }
    req.session.regenerate((err) => {
      if (err) return next(err);
      req.session.userId = user.id;
      res.cookie('lang', user.lang);
      res.redirect('/');
    });
  } catch (err) {
    next(err);
  }
});

router.post('/', async (req, res) => {
  const user = await User.create(req.body);
  res.status(201).json({ id: user.id });
});

module.exports = router;
