var path = require('path');

// Set up the site with apostrophe-site, which reads data/local.js, too

var site = module.exports = require('apostrophe-site')({
  root: module,
  shortName: 'sandbox',
  hostName: 'sandbox',
  title: 'Apostrophe Sandbox',
  sessionSecret: 'apostrophe sandbox demo party',
  adminPassword: 'demo',

  // Force a2 to prefix all of its URLs.
  // prefix: '/test',

  pages: {
    types: [
      { name: 'default', label: 'Default Page' },
      { name: 'home', label: 'Home Page' }
    ]
  },

  modules: {
    'apostrophe-editor-2': {},
    'apostrophe-blog': {},
    'contact': {}
  }
});
