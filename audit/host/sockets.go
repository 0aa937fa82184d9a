package host

import (
	"cmp"
	"context"
	"encoding/hex"
	"fmt"
	"net/netip"
	"path"
	"slices"
	"strconv"
	"strings"

	"pavise"
	"pavise/audit/tree"
)

// Bounds of what is read of /proc.
const (
	maxTable       = 8 << 20 // bytes of one table of sockets
	maxSockets     = 4096
	maxProcesses   = 65536
	maxDescriptors = 65536 // of one process
	maxCommand     = 512   // bytes of a command line that are kept
)

const (
	listeners = "host.listeners"
	support   = "host.support"
)

// sockets reads what listens, as proc(5) shows it, and whose it is.
func sockets(ctx context.Context, t *tree.Tree, m *pavise.Machine) {
	users := accounts(t)
	byInode := map[string]*pavise.Socket{}
	var order []string
	for _, proto := range []string{"tcp", "tcp6", "udp", "udp6"} {
		table, err := t.Read("/proc/net/"+proto, maxTable)
		if err != nil {
			if !strings.HasSuffix(proto, "6") || t.Exists("/proc/net/"+proto) { // a kernel may have no IPv6
				t.Miss("/proc/net/"+proto, err.Error(), listeners)
			}
			continue
		}
		rows, err := socketTable(proto, string(table))
		if err != nil {
			t.Miss("/proc/net/"+proto, err.Error(), listeners)
		}
		for _, row := range rows {
			row.User = cmp.Or(users[row.User], row.User)
			if _, twice := byInode[row.inode]; twice || len(order) == maxSockets {
				continue
			}
			order = append(order, row.inode)
			byInode[row.inode] = &row.Socket
		}
	}
	if len(order) > 0 {
		owners(ctx, t, byInode)
	}
	nobodys := 0
	for _, inode := range order {
		if byInode[inode].PID == 0 {
			nobodys++
		}
		m.Sockets = append(m.Sockets, *byInode[inode])
	}
	if nobodys > 0 && m.Account != "root" {
		t.Miss("/proc", fmt.Sprintf("the account %s may not see which programs %d of %d sockets belong to: sudo pavise audit --host shows all", m.Account, nobodys, len(order)), listeners)
	}
}

// A row is a socket that listens, as the kernel lists it.
type row struct {
	pavise.Socket
	inode string
}

// States of proc(5): of TCP it listens, of UDP it takes from anyone.
const (
	tcpListen = "0A"
	udpAny    = "07"
)

// socketTable reads one of /proc/net/{tcp,tcp6,udp,udp6}.
func socketTable(proto, table string) (rows []row, err error) {
	state := tcpListen
	if strings.HasPrefix(proto, "udp") {
		state = udpAny
	}
	for n, line := range slices.Collect(strings.Lines(table)) {
		field := strings.Fields(line)
		if n == 0 || len(field) == 0 {
			continue
		}
		if len(field) < 10 {
			err = fmt.Errorf("line %d is not of the form of proc(5)", n+1)
			continue
		}
		if field[3] != state {
			continue
		}
		at, ok := kernelAddress(field[1])
		if !ok {
			err = fmt.Errorf("line %d: %q is no address", n+1, pavise.Clip(field[1], 80))
			continue
		}
		rows = append(rows, row{inode: field[9], Socket: pavise.Socket{Proto: strings.TrimSuffix(proto, "6"),
			Address: at.Addr().String(), Port: int(at.Port()), User: field[7], Open: !at.Addr().IsLoopback()}})
	}
	return rows, err
}

// kernelAddress reads an address as the kernel writes it: words of 32 bits in the order
// of the machine, little end first wherever Pavise runs.
func kernelAddress(s string) (netip.AddrPort, bool) {
	host, port, _ := strings.Cut(s, ":")
	raw, err := hex.DecodeString(host)
	n, bad := strconv.ParseUint(port, 16, 16)
	if err != nil || bad != nil || len(raw)%4 != 0 {
		return netip.AddrPort{}, false
	}
	for i := 0; i < len(raw); i += 4 {
		slices.Reverse(raw[i : i+4])
	}
	addr, ok := netip.AddrFromSlice(raw)
	return netip.AddrPortFrom(addr.Unmap(), uint16(n)), ok
}

// owners finds the processes that hold the sockets. A process may end while it is looked
// at.
func owners(ctx context.Context, t *tree.Tree, byInode map[string]*pavise.Socket) {
	list, err := t.List("/proc")
	if err != nil {
		t.Miss("/proc", err.Error(), listeners)
		return
	}
	left := maxProcesses
	for _, e := range list {
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		if left--; left < 0 || ctx.Err() != nil {
			t.Miss("/proc", "there are too many processes to look at, or the time was over", listeners)
			return
		}
		holds(t, pid, byInode)
	}
}

// holds notes which sockets a process holds. Where a child holds one with its parent,
// the parent is said: it has the lower number.
func holds(t *tree.Tree, pid int, byInode map[string]*pavise.Socket) {
	at := path.Join("/proc", strconv.Itoa(pid))
	list, err := t.List(at + "/fd")
	if err != nil {
		return // it is another's, and the socket stays nobody's
	}
	for _, fd := range list[:min(len(list), maxDescriptors)] {
		to, err := t.Link(path.Join(at, "fd", fd.Name()))
		if err != nil {
			continue
		}
		inode, is := strings.CutPrefix(to, "socket:[")
		s := byInode[strings.TrimSuffix(inode, "]")]
		if !is || s == nil || s.PID != 0 && s.PID < pid {
			continue
		}
		s.PID, s.Process, s.Command, s.Unit = pid, processName(t, at), "", ""
		if line, err := t.Read(at+"/cmdline", 1<<20); err == nil {
			s.Command = commandLine(line)
		}
		if groups, err := t.Read(at+"/cgroup", 64<<10); err == nil {
			s.Unit = unitOf(string(groups))
		}
	}
}

// renaming are programs in which an app chooses the name: process.title of Node.
var renaming = []string{"node", "nodejs", "bun", "deno"}

// processName is what the process calls itself, else its program.
func processName(t *tree.Tree, at string) string {
	name, _ := t.Read(at+"/comm", 4<<10)
	said := strings.TrimSpace(string(name))
	program, err := t.Link(at + "/exe")
	program = path.Base(strings.TrimSuffix(program, " (deleted)"))
	if err == nil && (said == "MainThread" || said == "main" || slices.Contains(renaming, program)) { // the first two are of Node 20 and others
		return program
	}
	return pavise.Clip(said, 64)
}

// hushed are parts of the names of options whose values are secrets.
var hushed = []string{"pass", "pwd", "secret", "token", "key", "credential", "auth"}

// commandLine joins the arguments, without what follows the flag of a password, and
// without passwords in addresses.
func commandLine(raw []byte) string {
	args := strings.Split(strings.TrimRight(string(raw), "\x00"), "\x00")
	hide := false
	for i, arg := range args {
		name, _, with := strings.Cut(arg, "=")
		secret := i > 0 && isHushed(name)
		switch {
		case hide && !strings.HasPrefix(arg, "-"):
			args[i], hide = "…", false
			continue
		case secret && with:
			args[i] = name + "=…"
		case len(arg) > 2 && strings.HasPrefix(arg, "-p") && strings.Contains(args[0], "mysql"):
			args[i] = "-p…"
		default:
			args[i] = withoutLogin(arg)
		}
		hide = secret && !with && strings.HasPrefix(arg, "-")
	}
	line := strings.ToValidUTF8(strings.Join(args, " "), "�")
	line = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, line)
	return pavise.Clip(line, maxCommand)
}

func isHushed(name string) bool {
	name = strings.ToLower(name)
	return slices.ContainsFunc(hushed, func(part string) bool { return strings.Contains(name, part) })
}

// withoutLogin takes the password out of an address: scheme://user:password@host.
func withoutLogin(arg string) string {
	before, rest, is := strings.Cut(arg, "://")
	authority, after, _ := strings.Cut(rest, "/")
	at := strings.LastIndexByte(authority, '@')
	if !is || at < 0 {
		return arg
	}
	user, _, _ := strings.Cut(authority[:at], ":")
	s := before + "://" + user + ":…" + authority[at:]
	if len(authority) < len(rest) {
		s += "/" + after
	}
	return s
}

// unitOf is the unit of systemd, or the scope of a container, that a process is in.
func unitOf(groups string) string {
	for line := range strings.Lines(groups) {
		parts := strings.Split(strings.TrimSpace(line), "/")
		for _, part := range slices.Backward(parts) {
			if strings.HasSuffix(part, ".service") || strings.HasSuffix(part, ".scope") {
				return pavise.Clip(part, 128)
			}
		}
	}
	return ""
}

// accounts are the names of users by their numbers.
func accounts(t *tree.Tree) map[string]string { return names(t, "/etc/passwd") }

// names reads the first and third field of each line of /etc/passwd or /etc/group.
func names(t *tree.Tree, file string) map[string]string {
	list := map[string]string{}
	text, err := t.Read(file, 8<<20)
	if err != nil {
		return list
	}
	for line := range strings.Lines(string(text)) {
		if f := strings.Split(line, ":"); len(f) > 2 {
			if _, twice := list[f[2]]; !twice {
				list[strings.TrimSpace(f[2])] = f[0]
			}
		}
	}
	return list
}
