package host

import (
	"fmt"
	"slices"

	"pavise"
)

// A service is one that is known by its port or by its program.
type service struct {
	name  string
	proto string // "" is tcp
	ports []int
	// programs that are nothing else, at whatever port they listen.
	programs []string
	// sure is set where the port alone tells: no app is likely to be there.
	sure bool
}

// databases keep data, and are asked by the app alone.
var databases = []service{
	{name: "MySQL", ports: []int{3306, 33060}, programs: []string{"mysqld", "mariadbd"}, sure: true},
	{name: "PostgreSQL", ports: []int{5432}, programs: []string{"postgres", "pgbouncer"}, sure: true},
	{name: "Redis", ports: []int{6379, 26379}, programs: []string{"redis-server", "redis-sentinel", "valkey-server", "keydb-server"}, sure: true},
	{name: "MongoDB", ports: []int{27017, 27018, 27019}, programs: []string{"mongod", "mongos"}, sure: true},
	{name: "memcached", ports: []int{11211}, programs: []string{"memcached"}, sure: true},
	{name: "memcached", proto: "udp", ports: []int{11211}, programs: []string{"memcached"}, sure: true},
	{name: "Elasticsearch", ports: []int{9200, 9300}, sure: true},
	{name: "CouchDB", ports: []int{5984}, sure: true},
	{name: "InfluxDB", ports: []int{8086}, programs: []string{"influxd"}},
	{name: "ClickHouse", ports: []int{9009}, programs: []string{"clickhouse-server", "clickhouse-serv"}},
	{name: "Microsoft SQL Server", ports: []int{1433}, programs: []string{"sqlservr"}, sure: true},
	{name: "Cassandra", ports: []int{9042, 7000}},
	{name: "etcd", ports: []int{2379, 2380}, programs: []string{"etcd"}, sure: true},
	{name: "RabbitMQ", ports: []int{5672, 15672, 25672}, sure: true},
}

// administration lets whoever reaches it command the machine or the app.
var administration = []service{
	{name: "the debugger of Node", ports: []int{9229}, sure: true},
	{name: "the debugger of Java", ports: []int{5005}},
	{name: "Docker", ports: []int{2375, 2376}, programs: []string{"dockerd"}, sure: true},
	{name: "the kubelet", ports: []int{10250, 10255}, programs: []string{"kubelet"}, sure: true},
	{name: "VNC", ports: []int{5900, 5901}, programs: []string{"x11vnc", "Xvnc", "Xtigervnc", "vncserver"}, sure: true},
	{name: "X11", ports: []int{6000}, programs: []string{"Xorg"}, sure: true},
	{name: "remote desktop", ports: []int{3389}, programs: []string{"xrdp"}, sure: true},
	{name: "Webmin", ports: []int{10000}, programs: []string{"miniserv.pl"}},
	{name: "CUPS", ports: []int{631}, programs: []string{"cupsd"}, sure: true},
	{name: "Supervisor", ports: []int{9001}, programs: []string{"supervisord"}},
}

// legacy speak in the clear, or give away more than they are worth.
var legacy = []service{
	{name: "telnet", ports: []int{23}, programs: []string{"telnetd", "in.telnetd"}, sure: true},
	{name: "FTP", ports: []int{21}, programs: []string{"vsftpd", "proftpd", "pure-ftpd"}, sure: true},
	{name: "finger", ports: []int{79}, sure: true},
	{name: "rpcbind", ports: []int{111}, programs: []string{"rpcbind"}, sure: true},
	{name: "rpcbind", proto: "udp", ports: []int{111}, programs: []string{"rpcbind"}, sure: true},
	{name: "rexec, rlogin or rsh", ports: []int{512, 513, 514}, sure: true},
	{name: "TFTP", proto: "udp", ports: []int{69}, programs: []string{"tftpd", "in.tftpd"}, sure: true},
	{name: "SNMP", proto: "udp", ports: []int{161}, programs: []string{"snmpd"}, sure: true},
	{name: "NetBIOS or SMB", ports: []int{139, 445}, programs: []string{"smbd", "nmbd"}, sure: true},
	{name: "rsync", ports: []int{873}, sure: true},
}

// is names the service that a socket belongs to; "" if it is none of the list. A port
// that is not sure tells only where the program is not known otherwise.
func is(s pavise.Socket, list []service) string {
	for _, known := range list {
		proto := known.proto
		if proto == "" {
			proto = "tcp"
		}
		unclear := s.Process == "" || published(s)
		byPort := slices.Contains(known.ports, s.Port) && (known.sure || unclear || s.Process == "java" && known.programs == nil)
		if s.Proto == proto && (slices.Contains(known.programs, s.Process) || byPort) {
			return fmt.Sprintf("%s listens for strangers: %s", known.name, who(s))
		}
	}
	return ""
}
