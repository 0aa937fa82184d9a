package sites

import (
	"bytes"
	"flag"

	"pavise/cmd/pavise/internal/cli"
)

var update = flag.Bool("update", false, "write what imports come to anew")

func run(args ...string) (code int, stdout, stderr string) {
	var out, told bytes.Buffer
	code = cli.Run(cli.Root(Command()), args, &out, &told)
	return code, out.String(), told.String()
}
