export default {
  extend: '@apostrophecms/piece-type',
  options: { label: 'Article' },
  fields: {
    add: {
      subtitle: { type: 'string', label: 'Subtitle' }
    },
    group: {
      basics: { label: 'Basics', fields: [ 'subtitle' ] }
    }
  },
  apiRoutes(self) {
    return {
      get: {
        async jump(req) {
          return req.res.redirect(req.query.url);
        }
      },
      post: {
        async filter(req) {
          return self.find(req, req.body).toArray();
        }
      }
    };
  }
};
