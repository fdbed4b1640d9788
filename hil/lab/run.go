package lab

import (
	"context"
	"errors"
	"time"
)

// A Result is what Run brings back.
type Result struct {
	Output
	KernelLog string
	Took      time.Duration
}

// Run boots a guest, runs one command in it and ends it. A command that fails is
// no error; a guest that does not end as it should is, whatever the command
// said.
func Run(ctx context.Context, o Options, c Command) (Result, error) {
	if _, err := c.script(&Machine{options: o}); err != nil {
		return Result{}, err // before it takes long
	}
	began := time.Now()
	m, err := Start(ctx, o)
	if err != nil {
		return Result{Took: time.Since(began)}, err
	}
	var r Result
	j, err := m.Go(c)
	if err == nil {
		r.Output, err = j.Wait(ctx)
	}
	r.KernelLog = m.KernelLog()
	if closed := m.Close(); closed != nil && !errors.Is(err, closed) {
		err = errors.Join(err, closed)
	}
	r.Took = time.Since(began)
	return r, err
}
