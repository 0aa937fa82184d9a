package headers

import "strings"

// tells returns the rule that a header offends against by being sent, or "". The
// name is in canonical form. Each is documented by the product that sends it. Not
// here, because scripts of the app read them: X-Request-Id and the like, Next.js
// X-Nextjs-Redirect, -Rewrite, -Matched-Path, -Postponed and -Stale-Time, Drupal
// X-Drupal-Ajax-Token, X-Jenkins, Server-Timing and X-Atmosphere-*.
func tells(name string) string {
	switch name {
	case "Server":
		return tellsServer
	case "X-Powered-By", "X-Powered-By-Plesk", "X-Powered-Cms", "X-Cf-Powered-By", "X-Server-Powered-By", "X-Turbo-Charged-By", "Powered-By",
		"X-Generator", "X-Generated-By", "X-Redirect-By", "X-Content-Encoded-By", "X-Version", "X-Framework", "X-Cms", "Product",
		"X-Aspnet-Version", "X-Aspnetmvc-Version", "X-Owa-Version", "Microsoftsharepointteamservices",
		"X-Php-Version", "X-Joomla-Version", "X-Umbraco-Version", "X-Cocoon-Version", "X-Jitsi-Release",
		"Liferay-Portal", "Oraclecommercecloud-Version", "X-Mod-Pagespeed", "X-Page-Speed":
		return tellsSoftware
	case "Via", "Sourcemap", "X-Sourcemap", "X-Sourcefiles",
		"X-Runtime", "X-Rack-Cache", "X-Debug", "X-Debug-Token", "X-Debug-Token-Link", "X-Clockwork-Id", "X-Clockwork-Version",
		"B3", "X-Cloud-Trace-Context", "X-Oneagent-Js-Injection", "X-Ruxit-Js-Agent",
		"X-Served-By", "X-Backend", "X-Backend-Server", "X-Upstream", "X-Server-Name", "X-Host", "X-Hostname", "X-Node", "Host-Header",
		"X-Beserver", "X-Feserver", "X-Calculatedbetarget", "X-Diaginfo", "X-Backside-Transport", "Pega-Host", "K-Proxy-Request",
		"X-Nextjs-Cache", "X-Nextjs-Page", "X-Old-Content-Length":
		return tellsInternals
	}
	if !strings.HasPrefix(name, "X-") {
		return ""
	}
	for _, prefix := range [...]string{"Envoy-", "Kong-", "B3-", "Varnish", "Litespeed-", "Magento-", "Drupal-Cache", "Drupal-Dynamic-Cache",
		"Kubernetes-", "Dtagentid", "Dthealthcheck", "Dtinjectedservlet"} {
		if strings.HasPrefix(name[2:], prefix) {
			return tellsInternals
		}
	}
	return ""
}
