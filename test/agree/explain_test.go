package agree

import (
	"os/exec"
	"regexp"
	"strings"
)

// An explanation is why two scanners differ, and who is right.
type explanation struct {
	tool       string // "" is either
	server     string // "" is any
	difference *regexp.Regexp
	why        string
}

var explanations = []explanation{
	{"", "", regexp.MustCompile(`^group 0x11e[bcd]: Pavise yes, they no$`),
		"groups 0x11eb, 0x11ec and 0x11ed are the hybrids SecP256r1MLKEM768, X25519MLKEM768 and SecP384r1MLKEM1024. " +
			"These servers have them; testssl.sh and sslscan of these versions are older than they are and do not ask for them."},
}

// explain is the number of the explanation of a difference; -1 is that nobody has one.
func explain(tool, server, difference string) int {
	for i, e := range explanations {
		if (e.tool == "" || e.tool == tool) && (e.server == "" || e.server == server) && e.difference.MatchString(difference) {
			return i
		}
	}
	return -1
}

// versions are those of the tools.
func versions() []string {
	var list []string
	for _, command := range [][]string{{"testssl", "--version"}, {"sslscan", "--version"}, {"openssl", "version"}, {"nginx", "-v"}} {
		out, _ := exec.Command(command[0], command[1:]...).CombinedOutput()
		if v := regexp.MustCompile(`\d+\.\d+\.\d+[^\s\x1b]*`).FindString(string(out)); v != "" {
			list = append(list, strings.Replace(command[0], "testssl", "testssl.sh", 1)+" "+v)
		}
	}
	return list
}
