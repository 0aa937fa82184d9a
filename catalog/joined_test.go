package catalog_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pavise"
	"pavise/audit"
	"pavise/catalog"
	"pavise/controls/transport"
	"pavise/internal/weakshop"
	"pavise/scan"
)

// A deployment is a project, the host that runs it, and the site that it shows.
type deployment struct {
	project string
	host    string // its root
	target  pavise.Target
}

// TestEveryJoinedRuleIsSeen allows no rule that never fails or never passes where a
// project and a host are read and a site is asked.
func TestEveryJoinedRuleIsSeen(t *testing.T) {
	for name, want := range map[string]pavise.Outcome{"joined-careless": pavise.Fail, "joined-careful": pavise.Pass} {
		t.Run(name, func(t *testing.T) {
			t.Parallel() // each waits for what a port says of itself
			e := joinedEvidence(t, deployed(t, name))
			saw := map[string]string{}
			for _, f := range pavise.Judge(catalog.Joined(), e) {
				if saw[f.Rule] = f.Saw; f.Outcome != want {
					t.Errorf("%s: %s %s, want %s", f.Rule, f.Outcome, f.Saw, want)
				}
			}
			for _, c := range catalog.Joined() {
				for _, r := range c.Doc().Rules {
					if saw[r.ID] == "" {
						t.Errorf("%s says nothing", r.ID)
					}
				}
			}
			alone := *e
			alone.Project, alone.Machine = nil, nil
			if found := pavise.Judge(slices.Concat(catalog.Joined(), catalog.OnDisk()), &alone); len(found) > 0 {
				t.Errorf("of the site alone they say %+v", found)
			}
			alone = pavise.Evidence{Project: e.Project, Machine: e.Machine}
			if found := pavise.Judge(catalog.Joined(), &alone); len(found) > 0 {
				t.Errorf("of the disk alone they say %+v", found)
			}
		})
	}
}

// joinedEvidence reads the disk, and then asks the site.
func joinedEvidence(t *testing.T, d deployment) *pavise.Evidence {
	disk, err := audit.Collect(t.Context(), audit.Options{Dir: d.project, Host: d.host}, nil)
	if err != nil {
		t.Fatal(err)
	}
	asks := append([]pavise.Control{transport.TLS{}, transport.Versions{}, transport.Certificate{}}, catalog.Joined()...)
	return scan.Collect(t.Context(), scan.Options{Target: d.target, Timeout: 20 * time.Second, Resolver: scan.NoResolver,
		Project: disk.Project, Machine: disk.Machine}, asks)
}

// deployed serves the site of a project, well or badly, and makes the root of its host.
func deployed(t *testing.T, name string) deployment {
	careful := name == "joined-careful"
	shown, newer := certificateOf(t, 20), certificateOf(t, 80)
	config := &tls.Config{Certificates: []tls.Certificate{shown}, MinVersion: tls.VersionTLS10}
	if careful {
		config = &tls.Config{Certificates: []tls.Certificate{newer}, MinVersion: tls.VersionTLS12}
	}
	secure, beside := listen(t), serve(t, text("<!doctype html><title>Shop</title>"), nil)
	server := &http.Server{TLSConfig: config, ReadHeaderTimeout: time.Second, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError),
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if careful {
				arriving(w.Header())
			}
			io.WriteString(w, "<!doctype html><title>Shop</title>")
		})}
	go server.ServeTLS(secure, "", "")
	t.Cleanup(func() { server.Close() })
	d := deployment{project: filepath.Join("testdata/ondisk/project", name), host: t.TempDir(), target: targetAt(port(secure), port(secure))}
	d.target.Ports, d.target.Untrusted = "top", true // so that what the host answers itself counts
	app := "0.0.0.0"
	if careful {
		app = "127.0.0.1"
	}
	hostRoot(t, d.host, port(secure), newer, map[string]int{"nginx 0.0.0.0": port(secure), "node " + app: beside})
	return d
}

// arriving sets what helmet, nginx and the session of the careful shop set.
func arriving(h http.Header) {
	for _, name := range []string{"Content-Security-Policy", "Cross-Origin-Opener-Policy", "Origin-Agent-Cluster", "Referrer-Policy",
		"Strict-Transport-Security", "X-Content-Type-Options", "X-DNS-Prefetch-Control", "X-Download-Options", "X-Frame-Options",
		"X-Permitted-Cross-Domain-Policies", "Permissions-Policy"} {
		h.Set(name, "x")
	}
	h.Set("Set-Cookie", "__Host-sid=1; Path=/; Secure; HttpOnly; SameSite=Lax")
}

func certificateOf(t *testing.T, days int) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{Organization: []string{"Shop"}}, DNSNames: []string{weakshop.Host},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().AddDate(0, 0, days)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// hostRoot writes what the audit reads of a host: nginx with its files and its
// certificate, and the sockets, by process and address.
func hostRoot(t *testing.T, root string, port int, cert tls.Certificate, sockets map[string]int) {
	t.Helper()
	table, pid := "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n", 100
	files := map[string]string{
		"etc/os-release":                "ID=debian\nVERSION_ID=\"12\"\n",
		"etc/nginx/nginx.conf":          "http {\n\tssl_protocols TLSv1.2 TLSv1.3;\n\tinclude conf.d/*.conf;\n\tinclude sites-enabled/*;\n}\n",
		"etc/nginx/conf.d/headers.conf": "add_header Permissions-Policy \"camera=()\" always;\n",
		"etc/nginx/sites-enabled/shop":  fmt.Sprintf("server {\n\tlisten %d ssl;\n\tserver_name %s;\n\tssl_certificate /etc/nginx/shop.pem;\n\tlocation / { proxy_pass http://127.0.0.1:3000; }\n}\n", port, weakshop.Host),
		"etc/nginx/shop.pem":            string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Certificate[0]})),
	}
	for of, port := range sockets {
		process, address, _ := strings.Cut(of, " ")
		ip := net.ParseIP(address).To4()
		pid++
		table += fmt.Sprintf("%4d: %02X%02X%02X%02X:%04X 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 %d 1 0000000000000000 100 0 0 10 0\n",
			pid, ip[3], ip[2], ip[1], ip[0], port, 1000+pid)
		files[fmt.Sprintf("proc/%d/comm", pid)] = process + "\n"
		files[fmt.Sprintf("proc/%d/cmdline", pid)] = process + "\x00"
	}
	files["proc/net/tcp"] = table
	for name, text := range files {
		file := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for n := 101; n <= pid; n++ {
		fd := filepath.Join(root, fmt.Sprintf("proc/%d/fd", n))
		if err := os.Mkdir(fd, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(fmt.Sprintf("socket:[%d]", 1000+n), filepath.Join(fd, "3")); err != nil {
			t.Fatal(err)
		}
	}
}
