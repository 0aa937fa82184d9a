import apostrophe from 'apostrophe';

apostrophe({
  root: import.meta,
  shortName: 'apostrophe-site',
  baseUrl: 'https://site.example.com',
  modules: {
    // Apostrophe module configuration
    '@apostrophecms/rich-text-widget': {
      options: { className: 'bp-rich-text' }
    },
    '@apostrophecms/image-widget': {
      options: { className: 'bp-image-widget' }
    },
    '@apostrophecms/vite': {},
    article: {},
    'article-page': { extend: '@apostrophecms/piece-page-type' }
  }
});
