package redistest

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"time"
)

// Error is an error as Redis words it: its first word is its kind.
type Error string

func (e Error) Error() string { return string(e) }

// push is what a server says without having been asked.
type push []any

// readValue reads one value of RESP 2 or 3: a string, int64, bool, nil, []any,
// push or Error; maps are lists of keys and values in turn. Its bytes go to raw.
func readValue(r *bufio.Reader, raw *bytes.Buffer) (any, error) {
	line, err := r.ReadBytes('\n')
	if err != nil {
		return nil, err
	}
	raw.Write(line)
	kind, text := line[0], string(bytes.TrimRight(line[1:], "\r\n"))
	switch kind {
	case '+', ',', '(':
		return text, nil
	case '-':
		return Error(text), nil
	case '_':
		return nil, nil
	case '#':
		return text == "t", nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return nil, fmt.Errorf("redistest: not RESP: %q", line)
	}
	switch kind {
	case ':':
		return n, nil
	case '$', '=', '!':
		if n < 0 {
			return nil, nil
		}
		value := make([]byte, n+2)
		if _, err := io.ReadFull(r, value); err != nil {
			return nil, err
		}
		raw.Write(value)
		if kind == '!' {
			return Error(value[:n]), nil
		}
		return string(value[:n]), nil
	case '*', '~', '>', '%', '|':
		if n < 0 {
			return nil, nil
		}
		if kind == '%' || kind == '|' {
			n *= 2
		}
		list := make([]any, n)
		for i := range list {
			if list[i], err = readValue(r, raw); err != nil {
				return nil, err
			}
		}
		switch kind {
		case '>':
			return push(list), nil
		case '|': // says something about the value that follows
			return readValue(r, raw)
		}
		return list, nil
	}
	return nil, fmt.Errorf("redistest: not RESP: %q", line)
}

// Conn is a plain connection that repeats nothing and hides nothing.
type Conn struct {
	net.Conn
	r *bufio.Reader
}

// patience is how long an answer may take that is not meant to be missing.
const patience = 10 * time.Second

func dial(network, address string) (*Conn, error) {
	c, err := net.DialTimeout(network, address, patience)
	if err != nil {
		return nil, err
	}
	return &Conn{c, bufio.NewReader(c)}, nil
}

// Do asks and reads the answer. An answer that is an error is the error.
func (c *Conn) Do(args ...any) (any, error) {
	if err := c.SetDeadline(time.Now().Add(patience)); err != nil {
		return nil, err
	}
	if err := c.Send(args...); err != nil {
		return nil, err
	}
	return c.Receive()
}

// Send asks and does not wait.
func (c *Conn) Send(args ...any) error {
	var b strings.Builder
	fmt.Fprintf(&b, "*%d\r\n", len(args))
	for _, a := range args {
		text := fmt.Sprint(a)
		if raw, ok := a.([]byte); ok {
			text = string(raw)
		}
		fmt.Fprintf(&b, "$%d\r\n%s\r\n", len(text), text)
	}
	_, err := io.WriteString(c, b.String())
	return err
}

// Receive reads the next value.
func (c *Conn) Receive() (any, error) {
	v, err := readValue(c.r, new(bytes.Buffer))
	if err != nil {
		return nil, err
	}
	if e, ok := v.(Error); ok {
		return nil, e
	}
	return v, nil
}

// isError says whether Redis answered with an error of that kind.
func isError(err error, kind string) bool {
	var e Error
	return errors.As(err, &e) && strings.HasPrefix(string(e), kind)
}
