package scan

import "bytes"

// A sign is what a service says that nobody else does.
type sign struct {
	name  string
	begin string // how it begins, in any case of letters
	has   string // what is in it, too
}

// signs are looked through in order: what is told by more stands before what is told
// by less.
var signs = []sign{
	{"ssh", "ssh-", ""},
	{"vnc", "rfb 00", ""},
	{"rsync", "@rsyncd:", ""},
	{"smtp", "220", "smtp"},
	{"ftp", "220", "ftp"},
	{"ftp", "220", "filezilla"},
	{"ftp", "530", "login"},
	{"smtp", "554", "smtp"},
	{"pop3", "+ok", ""},
	{"imap", "* ok", ""},
	{"redis", "+pong\r\n", ""},
	{"redis", "-noauth", ""},
	{"redis", "-denied redis", ""},
	{"redis", "-err", "'get'"},
	{"memcached", "version ", "\r\n"},
	{"memcached", "error\r\n", ""},
	{"amqp", "amqp", ""},
	{"telnet", "\xff\xfb", ""},
	{"telnet", "\xff\xfc", ""},
	{"telnet", "\xff\xfd", ""},
	{"telnet", "\xff\xfe", ""},
	{"mongodb", "http/1.", "access mongodb over http"},
	{"elasticsearch", "http/1.", "you know, for search"},
	{"elasticsearch", "http/1.", "x-elastic-product:"},
	{"elasticsearch", "http/1.", "www-authenticate: basic realm=\"security\""},
	{"couchdb", "http/1.", "\"couchdb\""},
	{"influxdb", "http/1.", "x-influxdb-version:"},
	{"etcd", "http/1.", "\"etcdserver\""},
	{"docker", "http/1.", "\"apiversion\":\"1."},
	{"docker", "http/1.", "server: docker/"},
	{"kubernetes", "http/1.", "\"kind\":\"status\",\"apiversion\":\"v1\""},
	{"kubernetes", "http/1.", "\"kind\": \"status\",\n  \"apiversion\": \"v1\""},
	{"node-inspector", "http/1.", "websockets request was expected"},
	{"node-inspector", "http/1.", "\"protocol-version\""},
	{"http", "http/1.", ""},
}

// recognise names the service by what it said to what was asked; "" is unknown.
func recognise(said []byte, asked string) string {
	lower := asciiLower(said)
	for _, s := range signs {
		if bytes.HasPrefix(lower, []byte(s.begin)) && bytes.Contains(lower, []byte(s.has)) {
			return s.name
		}
	}
	switch {
	case greetsAsMySQL(said):
		return "mysql"
	case asked == sslRequest && len(said) > 0 && (string(said) == "S" || string(said) == "N" || said[0] == 'E'):
		return "postgresql"
	case asked == ownQuestion(3389) && len(said) > 5 && said[0] == 3 && said[1] == 0 && said[5]&0xf0 == 0xd0:
		return "rdp"
	case asked == ownQuestion(1433) && len(said) > 7 && said[0] == 4 && said[1] == 1:
		return "mssql"
	case asked == ownQuestion(389) && len(said) > 5 && said[0] == 0x30 && said[5] == 0x61:
		return "ldap"
	case len(said) > 8 && said[0] == 0 && (said[4] == 0xff || said[4] == 0xfe) && string(said[5:8]) == "SMB":
		return "smb"
	}
	return ""
}

// asciiLower keeps every byte that is no letter: bytes.ToLower would mend what is no
// text.
func asciiLower(b []byte) []byte {
	lower := bytes.Clone(b)
	for i, c := range lower {
		if 'A' <= c && c <= 'Z' {
			lower[i] = c + 'a' - 'A'
		}
	}
	return lower
}

// greetsAsMySQL knows the first packet of MySQL and MariaDB: protocol 10 and a version,
// or an error that turns the client away.
func greetsAsMySQL(said []byte) bool {
	if len(said) < 8 || int(said[0])|int(said[1])<<8 > len(said)-4 || said[2] != 0 || said[3] != 0 {
		return false
	}
	if said[4] == 0xff {
		return bytes.Contains(said, []byte("Host ")) || bytes.Contains(said, []byte("onnection"))
	}
	end := bytes.IndexByte(said[5:], 0)
	return said[4] == 10 && end > 2 && said[5] >= '0' && said[5] <= '9'
}

// wantsTLS reports whether an HTTP server said that it speaks TLS alone.
func wantsTLS(said []byte) bool {
	lower := asciiLower(said)
	return bytes.HasPrefix(lower, []byte("http/1.")) && bytes.Contains(lower[:min(len(lower), 14)], []byte(" 400")) && bytes.Contains(lower, []byte("https"))
}
