package redisstore

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"strings"
	"syscall"
	"time"

	"github.com/redis/go-redis/v9"
)

// greet waits until Redis answers, and refuses it when it is not fit for walls.
func (s *Store) greet(ctx context.Context, o Options) error {
	a, err := parseAddress(o.URL)
	if err != nil {
		return err
	}
	var last error // why it waits; not that it was given up
	for {
		found, err := check(ctx, s.client, o)
		if err == nil {
			if err := s.fit(found); err != nil {
				return err
			}
			s.log.Info("the walls are in Redis", "address", a.String(), "warnings", len(found))
			return nil
		}
		if final := hopeless(a, err); final != nil {
			return final
		}
		if ctx.Err() == nil {
			if last == nil {
				s.log.Info("waiting for Redis", "address", a.String(), "err", telling(a, err))
			}
			last = telling(a, err)
		}
		select {
		case <-time.After(askAgain):
		case <-ctx.Done():
			if last == nil {
				last = ctx.Err()
			}
			return fmt.Errorf("this Redis cannot be used, %s: %w", a, last)
		}
	}
}

// fit notes what was found at the start; an error: no hub should run on it.
func (s *Store) fit(found []Finding) error {
	var no []string
	for _, f := range found {
		if f.Refuse {
			no = append(no, f.Text)
		}
	}
	if no != nil {
		return errors.New(strings.Join(no, "\n"))
	}
	s.note(found)
	return nil
}

// hopeless is an answer that no waiting changes, as the operator reads it; nil
// for the others.
func hopeless(a address, err error) error {
	says := func(text string) bool { return strings.Contains(err.Error(), text) }
	watched := a.form == sentinel && says("all sentinels specified") // it is the Sentinels who said so
	var stranger x509.UnknownAuthorityError
	var elsewhere x509.HostnameError
	var invalid x509.CertificateInvalidError
	switch {
	case errors.Is(err, errWatches):
		return err
	case watched && redis.HasErrorPrefix(err, "NOAUTH"):
		return errors.New("the Sentinels ask for a password: put it into WALL_REDIS_SENTINEL_PASSWORD, or into a file for --redis-sentinel-password-file")
	case watched && redis.HasErrorPrefix(err, "WRONGPASS"):
		return errors.New("the Sentinels do not accept the user and the password they were given (--redis-sentinel-username, WALL_REDIS_SENTINEL_PASSWORD)")
	case watched && errors.Is(err, redis.Nil):
		return fmt.Errorf("the Sentinels know no primary by the name %q: at the end of the address stands the name that their \"sentinel monitor\" gives it", a.primary)
	case watched && says("unknown command 'sentinel'"):
		return errors.New("these are no Sentinels: an address that begins with redis+sentinel:// names the Sentinels, whose port is mostly 26379, and not Redis itself")
	case redis.HasErrorPrefix(err, "NOAUTH"):
		return errors.New("this Redis asks for a password: put it into WALL_REDIS_PASSWORD, or into a file for --redis-password-file")
	case redis.HasErrorPrefix(err, "WRONGPASS"):
		return errors.New("this Redis does not accept the user and the password it was given (--redis-username, WALL_REDIS_PASSWORD)")
	case redis.HasErrorPrefix(err, "DENIED"):
		return errors.New("this Redis lets in nobody from other machines (protected-mode) while it has no password: give it a user for the hub")
	case isReply(err) && says("cluster support disabled"):
		return errors.New("this Redis is no Cluster: its address begins with redis://")
	case isReply(err) && says("DB index is out of range"):
		return fmt.Errorf("this Redis has no database %d: leave the number out of the address", a.db)
	case errors.As(err, &stranger):
		return errors.New("the certificate of this Redis is signed by an authority that this machine does not know: give the authority's own with --redis-ca")
	case errors.As(err, &elsewhere):
		return fmt.Errorf("the certificate of this Redis is another host's: %w", elsewhere)
	case errors.As(err, &invalid):
		return fmt.Errorf("the certificate of this Redis is not good: %w", invalid)
	case says("tls: certificate required"):
		return errors.New("this Redis asks for a certificate of the hub: give it, and its key, with --redis-cert and --redis-key")
	case says("remote error: tls: "):
		return fmt.Errorf("this Redis does not accept the certificate of the hub (--redis-cert): %w", err)
	}
	return nil
}

// telling is an error with what is likely behind it, in one line.
func telling(a address, err error) error {
	text := strings.ReplaceAll(err.Error(), "\n", "; ")
	hungUp := errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
	switch late := isLate(err); {
	case hungUp && a.tls:
		return fmt.Errorf("%s (whoever is there hangs up: is that port for TLS, and has Redis fewer connections than its maxclients?)", text)
	case hungUp:
		return fmt.Errorf("%s (whoever is there hangs up: does that port want TLS, rediss://; is Redis in protected-mode; has it as many connections as its maxclients?)", text)
	case late && a.tls:
		return errors.New("it takes connections and does not answer: is that port for TLS?")
	case late:
		return errors.New("it does not answer: is it that port, and does a firewall stand between?")
	}
	return errors.New(text)
}

// isLate says that nothing came in time.
func isLate(err error) bool {
	var network interface{ Timeout() bool }
	return errors.Is(err, context.DeadlineExceeded) || errors.As(err, &network) && network.Timeout()
}
