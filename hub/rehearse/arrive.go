package rehearse

import (
	"context"
	"errors"
	"sync"
	"time"

	"openspacewall/hub/crowd"
)

// arrive brings everybody in, spread over the act. Each loads the page as a
// phone does that was never there; or, when it is no act, only shows up.
func (h *hall) arrive(ctx context.Context, visit bool) error {
	var files []string
	if visit {
		var err error
		if files, err = h.door.Page(ctx, h.place.Code); err != nil {
			return err
		}
	}
	var mu sync.Mutex
	var all sync.WaitGroup
	var wrong error
	hands := make(chan struct{}, 64)
	began := time.Now()
	limit := h.come
	if limit == 0 {
		limit = comeWithin
	}
	whole := ctx
	ctx, cancel := context.WithTimeout(ctx, h.Length+limit)
	defer cancel()
	for i := range h.Phones {
		if visit {
			wait := time.Until(began.Add(h.Length * time.Duration(i) / time.Duration(h.Phones)))
			if err := pause(ctx, wait); err != nil {
				break
			}
		}
		hands <- struct{}{}
		all.Go(func() {
			defer func() { <-hands }()
			h.knocked[i] = time.Now()
			cookie, bytes, err := h.enter(ctx, files, visit)
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				wrong = err
				return
			}
			h.cookies[i], h.report.PageBytes = cookie, bytes
			h.crowd.Bring(i)
		})
	}
	all.Wait()
	if wrong != nil && (whole.Err() != nil || h.crowd.Whole(0, h.Phones) == 0) {
		return wrong
	}
	h.report.trouble = wrong
	// Who got no page stays outside; the verdict counts them.
	err := h.crowd.Until(ctx, func() bool { return h.crowd.Whole(0, h.Phones) == h.Phones })
	h.report.Joined = h.crowd.Whole(0, h.Phones)
	switch {
	case h.report.Joined == 0:
		return errors.Join(err, wrong)
	case h.theme == "":
		return h.begin(h.wire.Settings())
	}
	return nil
}

// enter makes one phone a participant. A hub that is full for the moment is
// come back to.
func (h *hall) enter(ctx context.Context, files []string, visit bool) (cookie string, bytes int64, err error) {
	for wait := backFirst; ; wait = min(2*wait, backMost) {
		if visit {
			cookie, bytes, err = h.door.Visit(ctx, h.place.Code, files)
		} else {
			cookie, err = h.door.Mark(ctx, h.place.Code)
		}
		var away *crowd.TurnedAway
		if err == nil || errors.As(err, &away) {
			return cookie, bytes, err
		}
		var later *crowd.Later
		if errors.As(err, &later) {
			wait = max(wait, later.After)
		}
		if pause(ctx, wait) != nil {
			return "", 0, err
		}
	}
}

// pause waits, unless ctx ends first.
func pause(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
