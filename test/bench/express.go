package main

import (
	"os"
	"os/exec"
	"strconv"
)

// express is no proxy but the app itself, which protects itself: it has no worker and
// no HTTP/2, and Helmet's headers.
var express = front{
	name:    "Express with Helmet",
	headers: []string{"Content-Security-Policy", "Strict-Transport-Security", "X-RateLimit-Limit"},
	command: func(s site) (*exec.Cmd, error) {
		cmd := exec.Command("node", "express/app.js", s.WWW, s.Cert, s.Key, strconv.Itoa(s.Port))
		cmd.Env = append(os.Environ(), "NODE_ENV=production")
		return cmd, nil
	},
}
