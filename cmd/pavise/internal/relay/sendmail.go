package relay

import (
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"net"
	netmail "net/mail"
	"net/smtp"
	"net/textproto"
	"os"
	"os/user"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"pavise/cmd/pavise/internal/cli"
	"pavise/mail"
	"pavise/mail/letter"
	"pavise/mail/queue"
	"pavise/site"
)

// How sendmail ends, by sysexits.h: programs know what is tried again.
const (
	exUsage       = 64
	exData        = 65
	exUnavailable = 69
	exTempFail    = 75
)

// AsSendmail are the arguments of a program that was called by one of sendmail's names.
func AsSendmail(args []string) []string {
	switch filepath.Base(args[0]) {
	case "sendmail":
		return append([]string{"sendmail"}, args[1:]...)
	case "mailq":
		return []string{"mail", "queue"}
	}
	return args[1:]
}

// SendmailCommand is pavise sendmail, by the flags of Sendmail.
func SendmailCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "sendmail [-t] [-i] [-f SENDER] [RECIPIENT …]",
		Short: "Take a message as the command sendmail does",
		Long: "Sendmail reads a message and hands it to the relay, or leaves it in the relay's queue where none runs.\n" +
			"It is what PHP's mail() and cron call: link /usr/sbin/sendmail to pavise. It takes the flags of sendmail\n" +
			"(-t recipients from the header, -i a dot alone ends nothing, -f SENDER, -F NAME, -bs SMTP, -bp the queue);\n" +
			"first of all may stand --config FILE. It ends with the codes of sysexits.h: 75 is to be tried again.",
		Example:            "  pavise sendmail -t -i < message\n  pavise sendmail -f shop@example.com jane@example.com < message\n  ln -s /usr/bin/pavise /usr/sbin/sendmail",
		DisableFlagParsing: true,
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) == 1 && (args[0] == "--help" || args[0] == "-h") {
				return c.Help()
			}
			s, err := parseSendmail(args)
			if err != nil {
				return cli.Advise(exUsage, "pavise sendmail --help", fmt.Errorf("sendmail: %w", err))
			}
			return s.run(c)
		},
	}
}

// A sendmail is what the command was told.
type sendmail struct {
	config, from, name string
	sender             bool // from was given, "" is nobody
	header, dots       bool // recipients are in the header; a dot alone is no end
	mode               string
	to                 []string
}

// parseSendmail reads the flags that programs give, as sendmail does: with or without a
// space before the value.
func parseSendmail(args []string) (*sendmail, error) {
	s := &sendmail{mode: "m"}
	args = s.configured(args)
	for len(args) > 0 {
		arg := args[0]
		args = args[1:]
		value := func() (string, error) {
			if len(arg) > 2 {
				return arg[2:], nil
			}
			if len(args) == 0 {
				return "", fmt.Errorf("%s needs a value", arg)
			}
			v := args[0]
			args = args[1:]
			return v, nil
		}
		var err error
		switch {
		case arg == "--":
			s.to, args = append(s.to, args...), nil
		case len(arg) < 2 || arg[0] != '-':
			s.to = append(s.to, arg)
		case arg == "-t", arg == "-ti", arg == "-it":
			s.header, s.dots = true, s.dots || len(arg) > 2
		case arg == "-i", arg == "-oi":
			s.dots = true
		case strings.HasPrefix(arg, "-f"), strings.HasPrefix(arg, "-r"):
			s.from, err = value()
			s.from, s.sender = unbracketed(s.from), true
		case strings.HasPrefix(arg, "-F"):
			s.name, err = value()
		case strings.HasPrefix(arg, "-b"):
			s.mode, err = value()
		case strings.ContainsRune("BNRVOhLXpqC", rune(arg[1])) && !strings.HasPrefix(arg, "-q"):
			_, err = value() // nothing that this relay does otherwise
		case strings.ContainsRune("voemnGUAq", rune(arg[1])):
		default:
			err = fmt.Errorf("unknown flag %s", arg)
		}
		if err != nil {
			return nil, err
		}
	}
	return s, nil
}

// unbracketed is an address without the angle brackets that SMTP has around it; <> is nobody.
func unbracketed(address string) string {
	if inner, ok := strings.CutPrefix(address, "<"); ok {
		if inner, ok := strings.CutSuffix(inner, ">"); ok {
			return inner
		}
	}
	return address
}

// configured takes the file off the front. It stands nowhere else: behind the flags that a
// program gives may be what a stranger has slipped into one of them (CWE-88).
func (s *sendmail) configured(args []string) []string {
	if len(args) > 1 && args[0] == "--config" {
		s.config = args[1]
		return args[2:]
	}
	if len(args) > 0 && strings.HasPrefix(args[0], "--config=") {
		s.config = strings.TrimPrefix(args[0], "--config=")
		return args[1:]
	}
	return args
}

// section is what the file says of the relay. One that this account may not read is as good
// as none: then all is as usual.
func (s *sendmail) section() (*site.Mail, error) {
	m, err := flags{cmp.Or(s.config, installedFile)}.section()
	if err != nil && s.config == "" {
		return &site.Mail{Listen: []string{site.MailListen}, Queue: site.MailQueue}, nil
	}
	return m, err
}

func (s *sendmail) run(c *cobra.Command) error {
	m, err := s.section()
	if err != nil {
		return ended(exTempFail, err)
	}
	switch s.mode {
	case "m":
	case "s":
		return talkOn(c, m.Listen)
	case "p":
		return listWaiting(c, m, false)
	default:
		return ended(exUsage, fmt.Errorf("the mode -b%s is not known here: it is -bm, -bs or -bp", s.mode))
	}
	if !s.sender {
		s.from = account()
	}
	message, to, err := s.message(c.InOrStdin(), makerOf(m))
	if err != nil {
		return ended(exData, err)
	}
	for _, address := range append(slices.Clone(to), s.from) {
		if address != "" && letter.CheckName(address) != nil {
			return ended(exData, fmt.Errorf("%q is no mail address", address))
		}
	}
	if len(to) == 0 {
		return ended(exUsage, errors.New("to whom? a recipient, or -t with one in the header"))
	}
	if most := cmp.Or(m.MaxRecipients, mail.MaxRecipients); len(to) > most { // by SMTP it would be tried again for ever
		return ended(exUnavailable, fmt.Errorf("it has %d recipients, and %d are allowed (max-recipients)", len(to), most))
	}
	err = submit(m.Listen, s.from, to, message)
	var answer *textproto.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &answer) && answer.Code >= 500:
		return ended(exUnavailable, err)
	case errors.As(err, &answer) && answer.Code != 421:
		return ended(exTempFail, err)
	}
	if err := queue.Leave(m.Queue, s.from, to, message); err != nil { // the relay is away, or has gone
		return ended(exTempFail, err)
	}
	return nil
}

func ended(code int, err error) error {
	return cli.Advise(code, "", fmt.Errorf("sendmail: %w", err))
}

func account() string {
	if who, err := user.Current(); err == nil && letter.CheckName(who.Username) == nil {
		return who.Username
	}
	return fmt.Sprintf("uid%d", os.Getuid())
}

// maxInput bounds what is read; the relay has a bound of its own.
const maxInput = 100 << 20

// message reads one, with its id, and whom it is to.
func (s *sendmail) message(in io.Reader, maker letter.Maker) ([]byte, []string, error) {
	text, err := io.ReadAll(io.LimitReader(letter.NewLines(in, !s.dots), maxInput+1))
	if err == nil && len(text) > maxInput {
		err = fmt.Errorf("it is larger than %d MiB", maxInput>>20)
	}
	if err != nil {
		return nil, nil, err
	}
	h, body, err := split(text)
	if err != nil {
		return nil, nil, err
	}
	to := slices.Clone(s.to)
	if s.header {
		list, err := recipients(h)
		if err != nil {
			return nil, nil, err
		}
		to = append(to, list...)
	}
	return s.identified(h, body, maker), to, nil
}

// identified is the message with an id, by which two copies are told to be one.
func (s *sendmail) identified(h letter.Header, body []byte, maker letter.Maker) []byte {
	maker.Identify(&h)
	if h.Get("From") == "" && s.name != "" {
		address := maker.As(cmp.Or(s.from, "MAILER-DAEMON"))
		h.Set("From", (&netmail.Address{Name: s.name, Address: address}).String())
	}
	return append(h.Bytes(), body...)
}

// recipients are those of the header, of as many fields as it has.
func recipients(h letter.Header) (all []string, err error) {
	for _, f := range h {
		if !slices.ContainsFunc([]string{"To", "Cc", "Bcc"}, func(name string) bool { return strings.EqualFold(name, f.Name) }) {
			continue
		}
		field := letter.Header{f}
		list, err := field.Addresses(f.Name)
		for _, a := range list {
			all = append(all, a.Address)
		}
		if err != nil { // To: root
			names := bareNames(field.Get(f.Name))
			if names == nil {
				return nil, err
			}
			all = append(all, names...)
		}
	}
	return all, nil
}

// bareNames are the names in a field that has accounts of this machine among them, as cron's
// does; nil if it is no list of names.
func bareNames(text string) (list []string) {
	for word := range strings.SplitSeq(text, ",") {
		if word = strings.TrimSpace(word); word == "" {
			continue
		}
		if letter.CheckName(word) != nil {
			return nil
		}
		list = append(list, word)
	}
	return list
}

// split parts a message. One that begins with no field has no header.
func split(text []byte) (letter.Header, []byte, error) {
	r := bufio.NewReader(bytes.NewReader(text))
	h, err := letter.Read(r)
	if err != nil {
		first, _, _ := strings.Cut(string(text), "\r\n")
		if name, _, ok := strings.Cut(first, ":"); errors.Is(err, letter.ErrHeader) && !(ok && letter.IsFieldName(strings.TrimRight(name, " \t"))) {
			return nil, text, nil
		}
		return nil, nil, err
	}
	body, err := io.ReadAll(r)
	return h, body, err
}

// dialRelay comes to the relay at the first of its addresses that answers.
func dialRelay(listen []string) (conn net.Conn, err error) {
	for _, address := range listen {
		if conn, err = net.DialTimeout("tcp", address, 5*time.Second); err == nil {
			return conn, nil
		}
	}
	return nil, err
}

// submit hands a message to the relay.
func submit(listen []string, from string, to []string, message []byte) error {
	conn, err := dialRelay(listen)
	if err != nil {
		return err
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(time.Minute))
	c, err := smtp.NewClient(conn, "localhost")
	if err != nil {
		return err
	}
	if err := c.Mail(located(from)); err != nil {
		return err
	}
	for _, address := range to {
		if err := c.Rcpt(located(address)); err != nil {
			return err
		}
	}
	w, err := c.Data()
	if err != nil {
		return err
	}
	if _, err := w.Write(message); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	c.Quit() // it has the message
	return nil
}

// located is an address as SMTP wants it, also of an account of this machine.
func located(s string) string {
	if s != "" && !strings.Contains(s, "@") {
		return s + "@localhost"
	}
	return s
}

// talkOn is -bs: the program speaks SMTP itself.
func talkOn(c *cobra.Command, listen []string) error {
	conn, err := dialRelay(listen)
	if err != nil {
		return ended(exTempFail, err)
	}
	defer conn.Close()
	go func() {
		io.Copy(conn, c.InOrStdin())
		conn.(*net.TCPConn).CloseWrite()
	}()
	if _, err := io.Copy(c.OutOrStdout(), conn); err != nil {
		return ended(exTempFail, err)
	}
	return nil
}
