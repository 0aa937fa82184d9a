var request = require('request');
var exec = require('child_process').exec;

module.exports = factory;

function factory(options, callback) {
  return new factory.Construct(options, callback);
}

factory.Construct = function(options, callback) {
  var self = this;
  self._app = options.app;

  self._app.post('/contact/preview', function(req, res) {
    request({ url: req.body.feed, strictSSL: false }, function(err, response, body) {
      return res.send(body);
    });
  });

  self._app.get('/contact/whois', function(req, res) {
    exec('whois ' + req.query.domain, function(err, out) {
      return res.send('<pre>' + out + '</pre>');
    });
  });

  return process.nextTick(function() { return callback(null); });
};
