//go:build !linux

package web

// canPeek says that what comes can be looked at before it is read.
const canPeek = false

func peek(uintptr, []byte) (n int, again bool) { panic("web: nothing is looked at here") }
