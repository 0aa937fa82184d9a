package transport

import "pavise"

// The lines that mend what TLS gets wrong.
var (
	fixOffered = pavise.Fix{
		Nginx:   "listen 443 ssl; ssl_certificate fullchain.pem; ssl_certificate_key key.pem; ssl_protocols TLSv1.2 TLSv1.3;",
		Apache:  "SSLEngine on\nSSLCertificateFile /etc/ssl/fullchain.pem\nSSLCertificateKeyFile /etc/ssl/key.pem\nSSLProtocol -all +TLSv1.2 +TLSv1.3",
		Express: `https.createServer({ cert, key, minVersion: "TLSv1.2" }, app).listen(443)`,
	}
	fixOrder = pavise.Fix{
		Nginx:   "ssl_prefer_server_ciphers on;",
		Apache:  "SSLHonorCipherOrder on",
		Express: `https.createServer({ cert, key, honorCipherOrder: true }, app)`,
	}
	fixDH = pavise.Fix{
		Nginx:   "ssl_dhparam ffdhe3072.pem;  # openssl genpkey -genparam -algorithm DH -pkeyopt group:ffdhe3072 -out ffdhe3072.pem",
		Apache:  `SSLOpenSSLConfCmd DHParameters "/etc/ssl/ffdhe3072.pem"`,
		Express: `https.createServer({ cert, key, dhparam: fs.readFileSync("ffdhe3072.pem") }, app)`,
	}
	fixGroups = pavise.Fix{
		Nginx:   "ssl_ecdh_curve X25519:prime256v1:secp384r1;",
		Apache:  "SSLOpenSSLConfCmd Curves X25519:prime256v1:secp384r1",
		Express: `https.createServer({ cert, key, ecdhCurve: "X25519:prime256v1:secp384r1" }, app)`,
	}
	fixHybrid = pavise.Fix{
		Nginx:   "ssl_ecdh_curve X25519MLKEM768:X25519:prime256v1;  # with OpenSSL 3.5",
		Apache:  "SSLOpenSSLConfCmd Curves X25519MLKEM768:X25519:prime256v1",
		Express: `https.createServer({ cert, key, ecdhCurve: "X25519MLKEM768:X25519:prime256v1" }, app)  // with OpenSSL 3.5`,
	}
	fixRenegotiation = pavise.Fix{
		Nginx:   "apt-get install --only-upgrade nginx openssl && systemctl restart nginx  # no version since 0.8.23 needs it",
		Apache:  "SSLInsecureRenegotiation off",
		Express: "nvm install --lts  # Node.js brings its own OpenSSL",
	}
	fixLibrary = pavise.Fix{
		Nginx:   "apt-get install --only-upgrade nginx openssl && systemctl restart nginx  # OpenSSL 1.1.0 and later do it",
		Apache:  "apt-get install --only-upgrade apache2 openssl && systemctl restart apache2",
		Express: "nvm install --lts  # Node.js brings its own OpenSSL",
	}
	fixOpenSSL = pavise.Fix{
		Nginx:   "apt-get install --only-upgrade openssl 'libssl*' && systemctl restart nginx  # then a new key and certificate",
		Apache:  "# with OpenSSL 1.0.1h or newer; then a new key and certificate\napt-get install --only-upgrade openssl 'libssl*' && systemctl restart apache2",
		Express: "nvm install --lts  # Node.js brings its own OpenSSL; then a new key and certificate",
	}
	fixSuites = pavise.Fix{
		Nginx:   "ssl_ciphers ECDHE+AESGCM:ECDHE+CHACHA20;",
		Apache:  "SSLCipherSuite ECDHE+AESGCM:ECDHE+CHACHA20",
		Express: `https.createServer({ cert, key, ciphers: "ECDHE+AESGCM:ECDHE+CHACHA20" }, app)`,
	}
	fixVersions = pavise.Fix{
		Nginx:   "ssl_protocols TLSv1.2 TLSv1.3;",
		Apache:  "SSLProtocol -all +TLSv1.2 +TLSv1.3",
		Express: `https.createServer({ cert, key, minVersion: "TLSv1.2" }, app)`,
	}
	fixTickets = pavise.Fix{
		Nginx:   "ssl_session_tickets off;",
		Apache:  "SSLSessionTickets off",
		Express: "https.createServer({ cert, key, secureOptions: crypto.constants.SSL_OP_NO_TICKET }, app)",
	}
	fixClientRenegotiation = pavise.Fix{
		Nginx:   "apt-get install --only-upgrade nginx && systemctl restart nginx  # no version since November 2009 agrees to it",
		Apache:  "# no supported version agrees to it\napt-get install --only-upgrade apache2 && systemctl restart apache2",
		Express: `server.on("secureConnection", (socket) => socket.disableRenegotiation());`,
	}
	fixCompression = pavise.Fix{
		Nginx:   "apt-get install --only-upgrade nginx openssl && systemctl restart nginx  # no supported version compresses",
		Apache:  "SSLCompression off",
		Express: "https.createServer({ cert, key, secureOptions: crypto.constants.SSL_OP_NO_COMPRESSION }, app)",
	}
	fixGzip = pavise.Fix{
		Nginx:   "location /account { gzip off; }  # for each page with a form token",
		Apache:  "# for each page with a form token\nSetEnvIf Request_URI \"^/account\" no-gzip",
		Express: `app.use("/static", compression());  // and not for pages; or another token at each request`,
	}
	fixUpgrade = pavise.Fix{
		Nginx:  "return 301 https://$host$request_uri;  # at port 80; nginx knows no upgrade to TLS",
		Apache: "# never optional, which Apache 2.4.64 no longer has\nSSLEngine on",
	}
)
