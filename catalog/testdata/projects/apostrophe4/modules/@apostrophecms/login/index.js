export default {
  options: {
    throttle: {
      allowedAttempts: 100,
      perMinutes: 1,
      lockoutMinutes: 1
    }
  }
};
