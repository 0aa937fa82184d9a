require("apostrophe")({
  shortName: "careful-site",
  modules: {
    "@apostrophecms/security-headers": {},
    "@apostrophecms/login": { options: { throttle: { allowedAttempts: 5, perMinutes: 30, lockoutMinutes: 30 } } },
  },
});
