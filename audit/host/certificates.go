package host

import (
	"bytes"
	"cmp"
	"context"
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"path"
	"strings"

	"pavise"
	"pavise/audit/tree"
)

const (
	certificates    = "host.certificates"
	maxCertificates = 500
	maxPEM          = 1 << 20
	maxNames        = 50
)

// A pair is a certificate and its key as something names them.
type pair struct{ file, key, by string }

// pairNames are the settings that name a certificate and its key.
var pairNames = [][2]string{{"ssl_certificate", "ssl_certificate_key"}, {"SSLCertificateFile", "SSLCertificateKeyFile"}, {"smtpd_tls_cert_file", "smtpd_tls_key_file"}}

// onDisk reads the certificates that the configuration names, and those of ACME clients.
func onDisk(ctx context.Context, t *tree.Tree, m *pavise.Machine, own *owner) {
	var pairs []pair
	for _, c := range m.Configs {
		pairs = append(pairs, named(c, c.Directives)...)
	}
	for _, pattern := range []string{"/etc/letsencrypt/live/*/fullchain.pem", "/root/.acme.sh/*/fullchain.cer", "/var/lib/caddy/.local/share/caddy/certificates/*/*/*.crt"} {
		files, err := t.Glob(pattern)
		if err != nil {
			t.Miss(pattern, err.Error(), certificates)
		}
		for _, file := range files {
			key := strings.TrimSuffix(file, ".crt") + ".key"
			if strings.HasSuffix(file, ".pem") {
				key = path.Join(path.Dir(file), "privkey.pem")
			}
			if !t.Exists(key) {
				key = ""
			}
			pairs = append(pairs, pair{file: file, key: key})
		}
	}
	seen := map[string]bool{}
	for _, p := range pairs {
		if seen[p.file] || ctx.Err() != nil {
			continue
		}
		seen[p.file] = true
		if len(m.Certificates) == maxCertificates {
			t.Miss("certificates", fmt.Sprintf("there are more than %d", maxCertificates), certificates)
			return
		}
		add(t, m, own, p)
	}
	files, err := t.Glob("/etc/ssl/private/*")
	if err != nil {
		t.Miss("/etc/ssl/private", err.Error(), certificates+".key")
	}
	for _, file := range files[:min(len(files), maxCertificates)] {
		own.note(t, m, file, "private key", "")
	}
}

// named lists the certificates in a block, and in those within it.
func named(c pavise.Config, block []pavise.Directive) (pairs []pair) {
	for _, names := range pairNames {
		var certs, keys []pavise.Directive
		for _, d := range block {
			switch {
			case d.Usual || len(d.Args) == 0 || d.Args[0] == "":
			case strings.EqualFold(d.Name, names[0]):
				certs = append(certs, d)
			case strings.EqualFold(d.Name, names[1]):
				keys = append(keys, d)
			}
		}
		for i, d := range certs {
			p := pair{file: at(c, d.Args[0]), by: fmt.Sprintf("%s:%d", d.File, d.Line)}
			if i < len(keys) {
				p.key = at(c, keys[i].Args[0])
			}
			pairs = append(pairs, p)
		}
	}
	for _, d := range block {
		pairs = append(pairs, named(c, d.Block)...)
	}
	return pairs
}

// at is where a name leads that stands in a configuration: those of nginx and Apache
// begin at the folder of the main file.
func at(c pavise.Config, name string) string {
	if path.IsAbs(name) {
		return path.Clean(name)
	}
	return path.Join(path.Dir(c.File), name)
}

// add reads one certificate and its key.
func add(t *tree.Tree, m *pavise.Machine, own *owner, p pair) {
	if strings.Contains(p.file, "$") {
		t.Miss(p.file, "it is chosen for each connection", certificates)
		return
	}
	text, err := t.Read(p.file, maxPEM)
	if err != nil {
		t.Miss(p.file, err.Error(), certificates)
		return
	}
	leaf, line, err := firstCertificate(text)
	if err != nil {
		t.Miss(p.file, err.Error(), certificates)
		return
	}
	c := pavise.DiskCertificate{File: p.file, Line: line, By: p.by, Subject: pavise.Clip(leaf.Subject.String(), 200),
		Issuer: pavise.Clip(cmp.Or(strings.Join(leaf.Issuer.Organization, ", "), leaf.Issuer.CommonName), 200),
		Names:  leaf.DNSNames[:min(len(leaf.DNSNames), maxNames)], Begins: leaf.NotBefore.UTC(), Ends: leaf.NotAfter.UTC(), Key: p.key}
	if p.key != "" && !strings.Contains(p.key, "$") {
		own.note(t, m, p.key, "private key", "")
		text, err := t.Read(p.key, maxPEM)
		if err == nil {
			c.Foreign, err = foreign(leaf, text)
		}
		if err != nil {
			t.Miss(p.key, err.Error(), certificates+".match")
		}
	}
	m.Certificates = append(m.Certificates, c)
}

// firstCertificate reads the first certificate of a file, PEM or DER, and its line.
func firstCertificate(text []byte) (leaf *x509.Certificate, line int, err error) {
	der, line := text, 1
	for rest := text; ; {
		block, more := pem.Decode(rest)
		if block == nil {
			break
		}
		if block.Type == "CERTIFICATE" || block.Type == "TRUSTED CERTIFICATE" {
			der, line = block.Bytes, 1+bytes.Count(text[:bytes.Index(text, []byte("-----BEGIN "+block.Type))], []byte("\n"))
			break
		}
		rest = more
	}
	leaf, err = x509.ParseCertificate(der)
	if err != nil {
		return nil, 0, errors.New("there is no certificate in it that can be read")
	}
	return leaf, line, nil
}

// foreign reports whether a private key is not that of the certificate. Nothing of it is
// kept.
func foreign(leaf *x509.Certificate, text []byte) (bool, error) {
	for rest := text; ; {
		block, more := pem.Decode(rest)
		if block == nil {
			return false, errors.New("there is no key in it that can be read without a password")
		}
		rest = more
		if key := privateKey(block.Bytes); key != nil {
			same, is := key.Public().(interface{ Equal(crypto.PublicKey) bool })
			return is && !same.Equal(leaf.PublicKey), nil
		}
	}
}

func privateKey(der []byte) crypto.Signer {
	if key, err := x509.ParsePKCS8PrivateKey(der); err == nil {
		signer, _ := key.(crypto.Signer)
		return signer
	}
	if key, err := x509.ParsePKCS1PrivateKey(der); err == nil {
		return key
	}
	if key, err := x509.ParseECPrivateKey(der); err == nil {
		return key
	}
	return nil
}
