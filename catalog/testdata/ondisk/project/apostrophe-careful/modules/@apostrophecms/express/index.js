module.exports = {
  options: {
    address: "127.0.0.1",
    trustProxy: true,
    session: {
      secret: process.env.APOS_SESSION_SECRET,
      cookie: { secure: true, maxAge: 12 * 60 * 60 * 1000 },
    },
  },
};
