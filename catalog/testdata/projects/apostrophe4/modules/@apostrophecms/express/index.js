export default {
  options: {
    session: {
      // If using Redis, set the secret in the environment instead
      secret: 's3Cur3-site-2024',
      cookie: {
        secure: process.env.NODE_ENV === 'production'
      }
    },
    trustProxy: true,
    apiKeys: {
      '7Kd2mQx9Vt4LbZs1': { role: 'admin' }
    }
  }
};
