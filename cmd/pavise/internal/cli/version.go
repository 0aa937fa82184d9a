package cli

// Version is set when a release is built.
var Version = "0.1.0-dev"

// Tool is how reports and requests name this program.
func Tool() string { return "pavise " + Version }
