package transport

import "pavise"

// The lines that mend what TLS gets wrong, beside those of the flaws.
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
)
