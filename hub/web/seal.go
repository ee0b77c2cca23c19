package web

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"hash"
	"io"
	"strings"
	"sync"
)

// seal is the installation's key. Everything that goes out signed, and every
// projector's secret, comes from it; it never leaves the store.
type seal struct {
	macs *sync.Pool // of hash.Hash, keyed
}

func newSeal(key []byte) seal {
	return seal{&sync.Pool{New: func() any { return hmac.New(sha256.New, key) }}}
}

const keyBytes = 32

// loadSeal reads the installation's key, or draws it on the first start.
func (s *Server) loadSeal(ctx context.Context) (seal, error) {
	key, err := s.Hub.Get(ctx, tableKeys, keySeal)
	if err != nil {
		return seal{}, err
	}
	if key == nil {
		drawn := make([]byte, keyBytes)
		if _, err := io.ReadFull(s.Random, drawn); err != nil {
			return seal{}, err
		}
		if _, err := s.swap(ctx, tableKeys, keySeal, nil, drawn); err != nil {
			return seal{}, err
		}
		// Of hubs that start together, all take what the first one drew.
		if key, err = s.Hub.Get(ctx, tableKeys, keySeal); err != nil {
			return seal{}, err
		}
	}
	if len(key) != keyBytes {
		return seal{}, errors.New("web: the installation's key is damaged")
	}
	return newSeal(key), nil
}

// mac is the seal on a text, for one purpose.
func (s seal) mac(purpose string, text []byte) []byte {
	m := s.macs.Get().(hash.Hash)
	defer s.macs.Put(m)
	m.Reset()
	_, _ = io.WriteString(m, purpose)
	m.Write([]byte{'\n'})
	m.Write(text)
	return m.Sum(nil)
}

// sign makes a text that nobody can change unseen.
func (s seal) sign(purpose string, text []byte) string {
	return base64.RawURLEncoding.EncodeToString(text) + "." + base64.RawURLEncoding.EncodeToString(s.mac(purpose, text))
}

// open reads what sign made; ok is false for anything else.
func (s seal) open(purpose, signed string) (text []byte, ok bool) {
	if len(signed) > CookieMost {
		return nil, false
	}
	left, right, found := strings.Cut(signed, ".")
	if !found {
		return nil, false
	}
	strict := base64.RawURLEncoding.Strict() // each text has one form, so that no bit of it is free
	text, err := strict.DecodeString(left)
	if err != nil {
		return nil, false
	}
	mac, err := strict.DecodeString(right)
	if err != nil || !hmac.Equal(mac, s.mac(purpose, text)) {
		return nil, false
	}
	return text, true
}

// NewKey draws 256 bits, as they stand in a link, a cookie or a file.
func NewKey(random io.Reader) (string, error) {
	b := make([]byte, keyBytes)
	if _, err := io.ReadFull(random, b); err != nil {
		return "", err
	}
	return base64.RawURLEncoding.EncodeToString(b), nil
}

func (s *Server) secret() (string, error) { return NewKey(s.Random) }

// digestOf is what is kept of a secret. It is drawn with 256 bits, so a plain
// digest is enough: there is nothing to guess.
func digestOf(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}
