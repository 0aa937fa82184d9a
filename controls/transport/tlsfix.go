package transport

import "pavise"

// The lines that mend what TLS gets wrong.
var (
	fixVersions = pavise.Fix{
		Pavise:  pavise.OnByDefault,
		Nginx:   "ssl_protocols TLSv1.2 TLSv1.3;",
		Apache:  "SSLEngine on\nSSLProtocol -all +TLSv1.2 +TLSv1.3",
		Express: `https.createServer({ cert, key, minVersion: "TLSv1.2" }, app)`,
	}
	fixSuites = pavise.Fix{
		Pavise:  pavise.OnByDefault,
		Nginx:   "ssl_protocols TLSv1.2 TLSv1.3; ssl_ciphers ECDHE+AESGCM:ECDHE+CHACHA20;",
		Apache:  "SSLEngine on\nSSLProtocol -all +TLSv1.2 +TLSv1.3\nSSLCipherSuite ECDHE+AESGCM:ECDHE+CHACHA20",
		Express: `https.createServer({ cert, key, minVersion: "TLSv1.2", ciphers: "ECDHE+AESGCM:ECDHE+CHACHA20" }, app)`,
	}
	fixOrder = pavise.Fix{
		Pavise:  pavise.OnByDefault,
		Nginx:   "ssl_prefer_server_ciphers on;",
		Apache:  "SSLHonorCipherOrder on",
		Express: `https.createServer({ cert, key, honorCipherOrder: true }, app)`,
	}
	// openssl genpkey -genparam -algorithm DH -pkeyopt group:ffdhe3072 -out ffdhe3072.pem
	fixDH = pavise.Fix{
		Pavise:  pavise.OnByDefault,
		Nginx:   "ssl_dhparam ffdhe3072.pem;  # openssl genpkey -genparam -algorithm DH -pkeyopt group:ffdhe3072 -out ffdhe3072.pem",
		Apache:  `SSLOpenSSLConfCmd DHParameters "/etc/ssl/ffdhe3072.pem"`,
		Express: `https.createServer({ cert, key, dhparam: fs.readFileSync("ffdhe3072.pem") }, app)`,
	}
	fixGroups = pavise.Fix{
		Pavise:  pavise.OnByDefault,
		Nginx:   "ssl_ecdh_curve X25519:prime256v1:secp384r1;",
		Apache:  "SSLOpenSSLConfCmd Curves X25519:prime256v1:secp384r1",
		Express: `https.createServer({ cert, key, ecdhCurve: "X25519:prime256v1:secp384r1" }, app)`,
	}
	fixHybrid = pavise.Fix{
		Pavise:  pavise.OnByDefault,
		Nginx:   "ssl_ecdh_curve X25519MLKEM768:X25519:prime256v1;  # with OpenSSL 3.5",
		Apache:  "SSLOpenSSLConfCmd Curves X25519MLKEM768:X25519:prime256v1",
		Express: `https.createServer({ cert, key, ecdhCurve: "X25519MLKEM768:X25519:prime256v1" }, app)  // with OpenSSL 3.5`,
	}
	fixCompression   = pavise.Fix{Pavise: pavise.OnByDefault, Apache: "SSLCompression off"}
	fixRenegotiation = pavise.Fix{Pavise: pavise.OnByDefault, Apache: "SSLInsecureRenegotiation off"}
	fixLibrary       = pavise.Fix{
		Pavise: pavise.OnByDefault,
		Nginx:  "apt-get install --only-upgrade nginx openssl",
		Apache: "apt-get install --only-upgrade apache2 openssl",
	}
)
