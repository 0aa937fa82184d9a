package wires

import (
	"bufio"
	"crypto/tls"
	"os"
	"os/exec"
	"regexp"
	"testing"

	"pavise/test/browser"
	"pavise/test/tools"
)

// TestPeers has ws at both ends: sizes, types, fragments, compression, and every way to end.
func TestPeers(t *testing.T) {
	tools.Need(t, "nodejs")
	browser.Install(t, "../express")
	w := shield(t, "127.0.0.1:"+browser.Start(t, exec.Command("node", "peer.cjs", "serve"), regexp.MustCompile(`^listening (\d+)`)))
	visit := exec.CommandContext(t.Context(), "node", "peer.cjs", "visit", "wss"+w.origin()[len("https"):])
	visit.Env = append(os.Environ(), "NODE_EXTRA_CA_CERTS="+w.authority)
	if out, err := visit.CombinedOutput(); err != nil || string(out) != "passed\n" {
		t.Errorf("%v: %s", err, out)
	}
	breaks(t, w)
}

// breaks says what ws must not take: its answer, by which it ends, comes to the client.
func breaks(t *testing.T, w *world) {
	for name, said := range map[string]struct {
		frame string
		code  uint16
	}{
		"text that is no UTF-8": {frame(fin|text, "caf\xe9"), 1007},
		"a reserved bit":        {frame(fin|rsv3|text, "x"), 1002},
		"a reserved opcode":     {frame(fin|0xb, "x"), 1002},
		"no mask":               {"\x81\x02hi", 1002},
		"a fragment of nothing": {frame(fin|more, "x"), 1002},
	} {
		s := w.open(t, tls.VersionTLS13, "/", "")
		s.Write([]byte(said.frame))
		head := make([]byte, 4)
		_, err := bufio.NewReader(s).Read(head)
		if err != nil || head[0] != fin|closing || uint16(head[2])<<8|uint16(head[3]) != said.code {
			t.Errorf("%s: heard %x, %v, want close by %d", name, head, err, said.code)
		}
		s.Close()
	}
}
