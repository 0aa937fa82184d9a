var express = require('express');
var router = express.Router();

/* GET home page. */
router.get('/', function(req, res, next) {
  res.render('index', { title: 'Express' });
});

router.get('/search', function(req, res) {
  res.send('<h1>Nothing found for ' + req.query.q + '</h1>');
});

module.exports = router;
