package config

import (
	"context"
	"fmt"
	"path"
	"strings"

	"pavise"
	"pavise/audit/tree"
)

// readNginx reads nginx.conf as nginx does. What a file includes stands in its place.
func readNginx(r *reader, file string) []pavise.Directive {
	return nginxFile(r, file, path.Dir(file), 0)
}

func nginxFile(r *reader, file, prefix string, depth int) []pavise.Directive {
	var list []pavise.Directive
	r.enter(file, func(text string) {
		p := nginxParser{reader: r, file: file, prefix: prefix, words: nginxWords{text: text, line: 1}}
		var err error
		if list, err = p.block(depth, false); err != nil {
			r.miss(at(file, p.words.line), err.Error())
		}
	})
	return list
}

// An nginxParser reads one file.
type nginxParser struct {
	*reader
	file   string
	prefix string // the folder at which names of files begin: that of nginx.conf
	words  nginxWords
}

// block reads directives up to the end of the file, or of the block that is open.
func (p *nginxParser) block(depth int, open bool) ([]pavise.Directive, error) {
	var list []pavise.Directive
	for {
		words, line, end, err := p.words.statement()
		d := pavise.Directive{File: p.file, Line: line}
		if len(words) > 0 {
			d.Name, d.Args = words[0], words[1:]
		}
		switch {
		case err != nil:
			return list, err
		case len(words) == 0 && end == '}' && open, len(words) == 0 && end == 0 && !open:
			return list, nil
		case end == 0:
			return list, fmt.Errorf("it ends before a \";\" or a \"}\"")
		case end == '}' || len(words) == 0:
			return list, fmt.Errorf("there is a %q too many", end)
		case !p.more(p.file):
			return list, nil
		case end == ';' && d.Name == "include" && len(d.Args) == 1:
			list = append(list, p.include(d.Args[0], depth)...)
			continue
		case end == '{' && depth == MaxDepth:
			return list, fmt.Errorf("more than %d blocks stand in one another", MaxDepth)
		case end == '{' && strings.HasSuffix(d.Name, "_by_lua_block"):
			err = p.words.lua()
		case end == '{':
			d.Block, err = p.block(depth+1, true)
		}
		list = append(list, masked(d))
		if err != nil {
			return list, err
		}
	}
}

func (p *nginxParser) include(pattern string, depth int) []pavise.Directive {
	var list []pavise.Directive
	files, _ := p.glob(pattern, p.prefix)
	for _, file := range files {
		list = append(list, nginxFile(p.reader, file, p.prefix, depth)...)
	}
	return list
}

// nginxWords takes a file apart.
type nginxWords struct {
	text string
	pos  int
	line int
}

// statement reads words up to ";", "{", "}" or the end, which is 0. The line is that of
// the first word.
func (w *nginxWords) statement() (words []string, line int, end byte, err error) {
	for {
		w.blank()
		if w.pos == len(w.text) {
			return words, line, 0, nil
		}
		if c := w.text[w.pos]; c == ';' || c == '{' || c == '}' {
			w.pos++
			return words, line, c, nil
		}
		if line == 0 {
			line = w.line
		}
		word, err := w.word()
		if err != nil {
			return words, line, 0, err
		}
		words = append(words, word)
	}
}

// blank skips white space and comments.
func (w *nginxWords) blank() {
	for comment := false; w.pos < len(w.text); w.pos++ {
		switch c := w.text[w.pos]; {
		case c == '\n':
			comment = false
			w.line++
		case comment || c == ' ' || c == '\t' || c == '\r':
		case c == '#':
			comment = true
		default:
			return
		}
	}
}

// word reads one, without its quotes. nginx ends a bare one at a brace too, unless that
// follows a "$".
func (w *nginxWords) word() (string, error) {
	quote := w.text[w.pos]
	if quote != '"' && quote != '\'' {
		quote = 0
	} else {
		w.pos++
	}
	var b strings.Builder
	for began := w.line; w.pos < len(w.text); w.pos++ {
		c := w.text[w.pos]
		switch {
		case c == '\\' && w.pos+1 < len(w.text):
			w.pos++
			b.WriteString(unescaped(w.text[w.pos]))
		case quote != 0 && c == quote:
			w.pos++
			return b.String(), w.after(began)
		case quote == 0 && (strings.IndexByte(" \t\r\n;", c) >= 0 || c == '{' && w.text[w.pos-1] != '$'):
			return b.String(), nil
		default:
			b.WriteByte(c)
		}
		if w.text[w.pos] == '\n' {
			w.line++
		}
	}
	if quote != 0 {
		return "", fmt.Errorf("a quote is not closed")
	}
	return b.String(), nil
}

// after looks at what follows a closing quote.
func (w *nginxWords) after(began int) error {
	if w.pos < len(w.text) && strings.IndexByte(" \t\r\n;{)", w.text[w.pos]) < 0 {
		return fmt.Errorf("there is no space after the word in quotes that began in line %d", began)
	}
	return nil
}

// unescaped is what nginx makes of a character behind a backslash.
func unescaped(c byte) string {
	switch c {
	case '"', '\'', '\\':
		return string(c)
	case 't':
		return "\t"
	case 'r':
		return "\r"
	case 'n':
		return "\n"
	}
	return string([]byte{'\\', c})
}

// Nginx reads the configuration of an nginx that begins in a file, which may be a part of
// one alone: names of files begin where nginx.conf is, in its folder or one above.
func Nginx(ctx context.Context, t *tree.Tree, file string) pavise.Config {
	r := &reader{ctx: ctx, tree: t, config: pavise.Config{Service: "nginx", File: file}}
	prefix := path.Dir(file)
	for folder := prefix; len(folder) > 1; folder = path.Dir(folder) {
		if there(t, path.Join(folder, "nginx.conf")) {
			prefix = folder
			break
		}
	}
	r.config.Directives = nginxFile(r, file, prefix, 0)
	return r.config
}
