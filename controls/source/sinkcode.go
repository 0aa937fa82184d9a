package source

import (
	"slices"
	"strings"

	"pavise"
)

// textArg is the first argument where it is no function: a string is run as code.
func textArg(u pavise.Use) pavise.Value {
	if u.Arg(0).Kind == pavise.FunctionValue || u.Arg(0).Kind == pavise.CallValue {
		return harmless(u.Arg(0))
	}
	return u.Arg(0)
}

// programOrShell is the name of the program, or with a shell any argument.
func programOrShell(u pavise.Use) pavise.Value {
	for _, options := range u.Args[min(1, len(u.Args)):] {
		if _, told := flag(options, "shell"); told == yes && options.Kind == pavise.ObjectValue {
			return anyArg(u)
		}
	}
	return u.Arg(0)
}

// goCommand is the name of the program, or what a shell is given.
func goCommand(u pavise.Use) pavise.Value {
	args := u.Args
	if strings.HasSuffix(u.Of, "Context") && len(args) > 0 {
		args = args[1:]
	}
	if len(args) == 0 || len(args[0].Asked) > 0 {
		return pavise.Use{Args: args}.Arg(0)
	}
	name := args[0].Text[strings.LastIndexAny(args[0].Text, `/\`)+1:]
	if slices.Contains([]string{"sh", "bash", "zsh", "dash", "ash", "cmd", "cmd.exe", "powershell", "pwsh"}, name) {
		return anyArg(pavise.Use{Args: args[1:]})
	}
	return args[0]
}
