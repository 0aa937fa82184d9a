module.exports = {
  minify: true,
  sessionCore: {
    secret: 's3Cur3',
    cookie: { httpOnly: false, domain: '.example.com', maxAge: 1000 * 60 * 60 * 24 * 90 }
  },
  mongo: {
    uri: 'mongodb://sandbox:Tr4mp0line-9@db.example.com:27017/sandbox'
  },
  uploadfs: {
    backend: 'local'
  }
};
