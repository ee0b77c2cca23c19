package hub

import (
	"bytes"
	"compress/flate"
	"errors"
	"io"
	"sync"
)

// Messages may be deflated (RFC 7692), with no context kept from one to the
// next: then one twin of a message is good for everyone, and a connection
// holds no window. Only what the whole hall may see is deflated: how long the
// bytes become says something of what else is in them.

// deflateLeast is how long a message is that is worth it.
const deflateLeast = 1 << 10

// Frames are made many times a second, and quickly. Parts of a snapshot are kept, and
// most of what a phone that comes gets by its socket: of a wall of 300 notes 26.0 KB, not
// 28.5 (visit.spec), for 1.1 ms more (BenchmarkEncode, a snapshot of 500).
var (
	quick    = newDeflaters(flate.BestSpeed)
	thorough = newDeflaters(flate.DefaultCompression)
)

func newDeflaters(level int) *sync.Pool {
	return &sync.Pool{New: func() any {
		w, err := flate.NewWriter(nil, level)
		if err != nil { // only for a level that there is not
			panic(err)
		}
		return w
	}}
}

// deflated is a text as a deflated message, with its header; nil when it is not
// shorter.
func deflated(text []byte, deflaters *sync.Pool) []byte {
	w := deflaters.Get().(*flate.Writer)
	defer deflaters.Put(w)
	var b bytes.Buffer
	b.Grow(len(text)/2 + headMost)
	w.Reset(&b)
	_, _ = w.Write(text) // a buffer takes everything
	_ = w.Flush()
	body := bytes.TrimSuffix(b.Bytes(), []byte{0, 0, 0xFF, 0xFF})
	if len(body) >= len(text) {
		return nil
	}
	return append(head(make([]byte, 0, headMost+len(body)), opText|rsv1Bit, len(body)), body...)
}

// An inflater reads a deflated message, within a limit on what comes out.
type inflater struct {
	in  bytes.Reader
	end bytes.Reader
	z   io.ReadCloser
}

var inflaters = sync.Pool{New: func() any { return &inflater{z: flate.NewReader(nil)} }}

// theEnd is what each message leaves out, and an empty last block.
var theEnd = []byte{0, 0, 0xFF, 0xFF, 1, 0, 0, 0xFF, 0xFF}

// inflated is the text of a deflated message; not 0: the code to close with.
func inflated(body []byte) ([]byte, int) {
	f := inflaters.Get().(*inflater)
	defer inflaters.Put(f)
	f.in.Reset(body)
	f.end.Reset(theEnd)
	if err := f.z.(flate.Resetter).Reset(io.MultiReader(&f.in, &f.end), nil); err != nil {
		return nil, CloseProtocol
	}
	text := make([]byte, 0, min(4*len(body)+64, FrameMax+1))
	for {
		n, err := f.z.Read(text[len(text):cap(text)])
		text = text[:len(text)+n]
		switch {
		case errors.Is(err, io.EOF):
			return text, 0
		case err != nil:
			return nil, CloseProtocol
		case len(text) > FrameMax:
			return nil, CloseTooLarge
		case len(text) == cap(text):
			text = append(make([]byte, 0, min(2*cap(text), FrameMax+1)), text...)
		}
	}
}
