// default app configuration
const port = process.env.PORT || 4000;
const db = process.env.MONGODB_URI || "mongodb://shop:Grap3fruit-77@ds159217.mlab.example.net:59217/shop";

module.exports = {
    port,
    db,
    cookieSecret: "session_cookie_secret_key_here",
    cryptoKey: "a_secure_key_for_crypto_here",
    cryptoAlgo: "aes256",
    hostName: "localhost"
};
