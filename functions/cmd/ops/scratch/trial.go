package scratch

import (
	"context"

	"github.com/eshopbox/whatsapp-notifications/shared/deadletter"
	"github.com/eshopbox/whatsapp-notifications/shared/queue"
)

// Trier returns what tries replays of dead letters on scratches that a function opens.
func Trier(open func(ctx context.Context) (*Scratch, error)) deadletter.Trier {
	return func(ctx context.Context) (deadletter.Trial, error) {
		s, err := open(ctx)
		if err != nil {
			return nil, err
		}

		return trial{s}, nil
	}
}

// trial is a scratch as [deadletter.Trial] has it.
type trial struct{ s *Scratch }

// Deliver is part of [deadletter.Trial].
func (t trial) Deliver(ctx context.Context, topic string, push queue.Push) deadletter.Outcome {
	o := t.s.Deliver(ctx, topic, push)
	return deadletter.Outcome{Report: o.Report, Err: o.Err, Written: o.Written, Sent: o.Sent}
}

// Close is part of [deadletter.Trial].
func (t trial) Close() error { return t.s.Close() }
