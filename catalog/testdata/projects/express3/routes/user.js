var fs = require('fs');
var path = require('path');

/*
 * GET users listing.
 */

exports.list = function(req, res){
  res.send("respond with a resource");
};

exports.login = function(req, res){
  req.session.user = req.body.user;
  res.cookie('remember_me', req.body.user, { maxAge: 900000 });
  res.redirect(req.query.next || '/');
};

exports.logout = function(req, res){
  res.clearCookie('remember_me');
  res.redirect('back');
};

exports.remove = function(req, res){
  fs.unlink(path.join(__dirname, '..', 'public', 'files', req.params.id), function(err){
    if (err) return res.send(500, err.stack);
    res.send(204);
  });
};
