package from

import (
	"slices"
	"strings"

	"pavise"
	"pavise/controls/headers"
)

// aroundHTTP are directives outside of http, about the program itself.
var aroundHTTP = map[string]bool{"user": true, "worker_processes": true, "pid": true, "events": true, "error_log": true,
	"worker_rlimit_nofile": true, "load_module": true, "daemon": true, "pcre_jit": true, "thread_pool": true, "env": true, "worker_cpu_affinity": true}

// inherited are directives of http that count in every server.
var inherited = map[string]bool{"root": true, "index": true, "client_max_body_size": true, "proxy_read_timeout": true, "proxy_send_timeout": true,
	"proxy_connect_timeout": true, "autoindex": true, "allow": true, "deny": true, "satisfy": true, "auth_basic": true, "auth_request": true,
	"ssl_verify_client": true}

// guarding are the directives by which nginx lets some in alone.
var guarding = map[string]bool{"allow": true, "deny": true, "satisfy": true, "internal": true, "limit_except": true, "ssl_verify_client": true,
	"auth_basic": true, "auth_request": true, "auth_digest": true, "auth_jwt": true, "auth_ldap": true, "auth_pam": true, "auth_gss": true,
	"access_by_lua": true, "access_by_lua_block": true, "access_by_lua_file": true}

// harmless are the variables that say how a request looks, and not who asks: what is
// refused by them is no secret.
var harmless = map[string]bool{"$http_user_agent": true, "$http_referer": true, "$invalid_referer": true, "$request_method": true, "$host": true,
	"$http_host": true, "$scheme": true, "$https": true, "$query_string": true, "$args": true, "$content_type": true,
	"$http_accept": true, "$http_accept_language": true, "$http_x_forwarded_proto": true}

// implied says why Pavise need not be told.
var implied = say(map[string]string{
	"Pavise has its own bounds for how it serves": "sendfile tcp_nopush tcp_nodelay keepalive_timeout keepalive_requests types_hash_max_size " +
		"types_hash_bucket_size server_names_hash_bucket_size server_names_hash_max_size client_body_timeout client_header_timeout send_timeout " +
		"client_body_buffer_size client_header_buffer_size large_client_header_buffers reset_timedout_connection open_file_cache open_file_cache_valid " +
		"open_file_cache_min_uses open_file_cache_errors aio directio output_buffers variables_hash_max_size map_hash_bucket_size client_body_temp_path " +
		"postpone_output msie_padding lingering_close lingering_time lingering_timeout merge_slashes absolute_redirect " +
		"port_in_redirect server_name_in_redirect connection_pool_size request_pool_size chunked_transfer_encoding if_modified_since",
	"Pavise knows the types of files":                              "default_type types charset charset_types",
	"Pavise tells nobody what it is":                               "server_tokens",
	"Pavise logs by itself":                                        "access_log error_log log_format log_not_found log_subrequest open_log_file_cache",
	"Pavise serves by TLS 1.2 and 1.3 with the ciphers of today":   "ssl_protocols ssl_ciphers ssl_prefer_server_ciphers ssl_session_cache ssl_session_timeout ssl_session_tickets ssl_dhparam ssl_ecdh_curve ssl_buffer_size ssl_early_data ssl ssl_conf_command ssl_stapling ssl_stapling_verify ssl_trusted_certificate resolver resolver_timeout http2 http3 quic_retry quic_gso http2_max_concurrent_streams http2_push_preload ssl_reject_handshake",
	"Pavise streams, and speaks HTTP/1.1 with the app":             "proxy_http_version proxy_buffering proxy_buffers proxy_buffer_size proxy_busy_buffers_size proxy_request_buffering proxy_max_temp_file_size proxy_temp_file_write_size proxy_temp_path proxy_socket_keepalive proxy_cache_bypass proxy_no_cache proxy_headers_hash_max_size proxy_headers_hash_bucket_size proxy_ssl_session_reuse proxy_ssl_protocols proxy_ssl_server_name proxy_ssl_ciphers proxy_ssl_verify_depth",
	"Pavise lets redirects of the app pass as they are":            "proxy_redirect",
	"Pavise asks another backend where one takes no connection":    "proxy_next_upstream proxy_next_upstream_tries proxy_next_upstream_timeout",
	"Pavise has error pages of its own, and hides those of an app": "error_page proxy_intercept_errors recursive_error_pages",
})

// say turns it around: the directives, and why.
func say(why map[string]string) map[string]string {
	by := map[string]string{}
	for text, names := range why {
		for name := range strings.FieldsSeq(names) {
			by[name] = text
		}
	}
	return by
}

type advice struct{ why, do string }

// left says why what Pavise cannot be told is not carried over, and what to do.
var left = map[string]advice{
	"fastcgi_pass":         {"Pavise speaks HTTP with an app, and no FastCGI", "keep a web server on loopback in front of PHP, and name its port: --backends 8080"},
	"uwsgi_pass":           {"Pavise speaks HTTP with an app, and no uwsgi", "have uWSGI listen by http: --backends PORT"},
	"scgi_pass":            {"Pavise speaks HTTP with an app, and no SCGI", "have the app listen by http: --backends PORT"},
	"grpc_pass":            {"Pavise speaks HTTP/1.1 with an app", "keep a port of its own for gRPC"},
	"auth_basic_user_file": {"Pavise asks for no password", "keep the file for the app, if it can ask by it"},
	"gzip":                 {"Pavise does not compress", "have the app compress what is long"},
	"brotli":               {"Pavise does not compress", "have the app compress what is long"},
	"expires":              {"how long browsers keep files is not carried over", "have the app say it by Cache-Control"},
	"limit_req":            {"Pavise limits by its own controls", "pavise controls login.rate"},
	"limit_req_zone":       {"Pavise limits by its own controls", "pavise controls login.rate"},
	"limit_conn":           {"Pavise limits by its own controls", "pavise controls login.rate"},
	"limit_conn_zone":      {"Pavise limits by its own controls", "pavise controls login.rate"},
	"proxy_cache":          {"Pavise keeps no copies of answers", "have the app, or a cache behind Pavise, keep them"},
	"proxy_cache_path":     {"Pavise keeps no copies of answers", "have the app, or a cache behind Pavise, keep them"},
	"proxy_cache_valid":    {"Pavise keeps no copies of answers", "have the app, or a cache behind Pavise, keep them"},
	"set_real_ip_from":     {"who is believed about a client's address must be said", "see trust in pavise controls requests.client"},
	"real_ip_header":       {"who is believed about a client's address must be said", "pavise controls requests.client"},
	"sub_filter":           {"Pavise does not rewrite pages", "have the app write what is wanted"},
	"map":                  {"variables are not carried over", "see what uses it; that of $connection_upgrade is of no more use"},
	"set":                  {"variables are not carried over", "see what uses it"},
	"stream":               {"Pavise serves the web alone", "keep it where it is"},
	"mail":                 {"Pavise serves the web alone", "keep it where it is"},
	"gzip_static":          {"Pavise does not compress", "have the app compress what is long"},
}

// switched are directives that are on or off, and which of these Pavise does always.
var switched = map[string]struct {
	as string
	advice
}{
	"proxy_ssl_verify":           {"on", advice{"Pavise verifies the certificate of a backend that speaks https", "give the backend one that can be verified"}},
	"proxy_pass_request_headers": {"on", advice{"the app gets the headers of a request", "have the app not heed them"}},
	"proxy_pass_request_body":    {"on", advice{"the app gets the body of a request", "have the app not heed it"}},
	"ignore_invalid_headers":     {"on", advice{"Pavise refuses headers of names that are none", "have clients name them otherwise"}},
	"underscores_in_headers":     {"off", advice{"Pavise drops headers with _ in their names, and refuses some", "have clients write - in its place"}},
}

// hidden tells of headers of the app's that nginx takes off.
func (n *nginx) hidden(d pavise.Directive) {
	if len(d.Args) == 1 && (headers.Fingerprint{Keep: d.Args}).Validate() == nil {
		n.tell(d, Implied, "Pavise takes headers off that tell what an app is made of", "")
		return
	}
	n.tell(d, Left, "Pavise takes no headers off but those that tell what an app is made of", "have the app not send it")
}

// header tells of what the app is told beside the request.
func (n *nginx) header(d pavise.Directive) {
	if len(d.Args) != 2 {
		n.other(d)
		return
	}
	name, value := strings.ToLower(d.Args[0]), d.Args[1]
	switch {
	case name == "host" && slices.Contains([]string{"$host", "$http_host", "$server_name"}, value):
		n.tell(d, Implied, "the app is told the host", "")
	case slices.Contains([]string{"x-real-ip", "x-forwarded-for", "x-forwarded-proto", "x-forwarded-host", "x-forwarded-port"}, name) && strings.HasPrefix(value, "$"),
		slices.Contains([]string{"x-forwarded-proto", "x-forwarded-port"}, name):
		n.tell(d, Implied, "the app is told by X-Forwarded-For, -Proto, -Host and -Port, and by X-Real-IP", "")
	case slices.Contains([]string{"x-forwarded-ssl", "x-scheme", "x-forwarded-server"}, name):
		n.tell(d, Left, "the app is told by X-Forwarded-Proto and -Host alone", "have the app read these")
	case name == "upgrade" || name == "connection":
		n.tell(d, Implied, "Pavise passes WebSockets on", "")
	case name == "accept-encoding":
		n.tell(d, Implied, "the app is asked as the client asks", "")
	default:
		n.tell(d, Left, "Pavise adds no header for the app", "have the app know it without")
	}
}

// added tells of headers of the answer.
func (n *nginx) added(d pavise.Directive) {
	name := ""
	if len(d.Args) > 0 {
		name = strings.ToLower(d.Args[0])
	}
	switch name {
	case "strict-transport-security", "x-content-type-options", "x-frame-options", "referrer-policy", "x-xss-protection", "permissions-policy", "expect-ct", "alt-svc":
		n.tell(d, Implied, "Pavise sets it, or has done away with it; see pavise controls", "")
	case "content-security-policy":
		n.tell(d, Left, "a policy of one's own belongs to the app, or the control", "have the app send it; Pavise keeps what it sends")
	default:
		n.tell(d, Left, "Pavise adds no header of the owner's", "have the app send it")
	}
}
